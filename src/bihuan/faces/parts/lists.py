"""Lists of cases: filtering, paging, and what each line needs, without a query per line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from bihuan.loop import stuck
from bihuan.loop.kernel.model import Case
from bihuan.loop.models import CaseRow
from bihuan.loop.store.read import UnreadableCase, case_of

PAGE = 40
SHORTEST = 2  # characters from which the words of reports are searched: shorter ones are in nearly all of them
MOST_ASKED, MOST_FOUND = 100, 1000


@dataclass
class Line:
    """One line: the row's own columns, its fold for the ring, and who is editing it."""

    row: CaseRow
    fold_case: Case
    editor: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@dataclass(frozen=True)
class Page:
    """One page of a list. `total` counts every match; `next` is the number of the next page or None."""

    lines: list[Line]
    total: int
    number: int
    next: int | None


def by_deadline(cases: QuerySet[CaseRow]) -> QuerySet[CaseRow]:
    """Most pressing first; what has no running clock comes last."""
    return cases.order_by(F("deadline").asc(nulls_last=True), "opened_at", "id")


def page_of(cases: QuerySet[CaseRow], wanted: str | None, size: int = PAGE) -> Page:
    """One page of an ordered query (two statements)."""
    number = int(wanted) if wanted and wanted.isdecimal() and 0 < int(wanted) < 10_000 else 1
    total = cases.count()
    rows = list(cases[(number - 1) * size : number * size])
    return Page([line_of(row) for row in rows], total, number, number + 1 if number * size < total else None)


def line_of(row: CaseRow, extra: dict[str, Any] | None = None) -> Line:
    """The line of a row; one whose fold cannot be read is shown by its columns, marked, and reported as stuck."""
    try:
        return Line(row, case_of(row.fold), extra=extra or {})
    except UnreadableCase as error:
        stuck.set_aside("lists", str(row.pk), row.number, stuck.why(error))
        bare = Case(id=UUID(str(row.pk)), version=row.version, programme=row.programme, kind=row.kind, state=row.state)
        return Line(row, bare, extra={**(extra or {}), "unreadable": True})


FILTERS = {"state": "state", "urgency": "urgency", "channel": "channel", "programme": "programme",
           "area": "area__startswith", "category": "category__startswith"}  # fmt: skip


def filtered(cases: QuerySet[CaseRow], asked: Mapping[str, str]) -> QuerySet[CaseRow]:
    """Apply the filters of the address line; `q` searches numbers, and words where this person reads them.

    Args:
        cases: From `visible_to`, whose `words_seen` says of which cases the words may be read.
    """
    for name, column in FILTERS.items():
        if value := asked.get(name):
            cases = cases.filter(**{column: value})
    if words := question(asked):
        cases = cases.filter(Q(number__startswith=words.upper()) | Q(number=words) | _said(words))
    return cases


def question(asked: Mapping[str, str]) -> str:
    """What is searched for, if anything; a search looks through every list, not only the chosen one."""
    return asked.get("q", "").replace("\x00", "").strip()[:MOST_ASKED]


def _said(words: str) -> Q:
    """Cases in which these words were written: in the heading or, by the index over pairs of characters, anywhere."""
    if len(words) < SHORTEST:
        return Q(title__icontains=words)
    found = RawSQL("SELECT loop_search(%s, %s)", (words, MOST_FOUND))
    return Q(title__icontains=words) | Q(words_seen=True, pk__in=found)
