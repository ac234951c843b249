"""Lists of cases: filtering, paging and counting, without a query per line and without reading a wide row in vain.

A list is ordered and filtered over the narrow entries of an index; only the rows of the page itself are read whole. A
page goes on after the last line of the one before, so cases that arrive meanwhile neither repeat nor hide a line.
Counts end at `MOST_COUNTED`, so no list costs more because it has grown.

**Source:** ADR 0233.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet

from bihuan.loop import stuck
from bihuan.loop.kernel.model import Case
from bihuan.loop.models import CaseRow
from bihuan.loop.store.read import UnreadableCase, case_of

PAGE = 40
SHORTEST = 2  # characters from which the words of reports are searched: shorter ones are in nearly all of them
MOST_ASKED, MOST_FOUND = 100, 200
NEWEST = 1_000  # cases in whose headings a single character is looked for
MOST_COUNTED = 10_000
"""Where counting ends: a badge then says `10000+`."""
FARTHEST = 100_000
"""Lines that an address of an earlier version (`?page=N`) may pass over; beyond, the first page is shown."""


@dataclass
class CaseLine:
    """One line: the row's own columns, its fold for the ring, and who is editing it."""

    row: CaseRow
    fold_case: Case
    editor: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


class ListCount(int):
    """A number of cases; as text `10000+` when counting ended there."""

    def __str__(self) -> str:
        return f"{MOST_COUNTED}+" if self > MOST_COUNTED else int.__repr__(self)


@dataclass(frozen=True)
class ListPage:
    """One page of a list.

    Args:
        total: How many cases match.
        next: What `?page=` says for the next page; None on the last.
        later: Whether this is not the first page.
    """

    lines: list[CaseLine]
    total: ListCount
    next: str | None
    later: bool = False


@dataclass(frozen=True)
class ListOrder:
    """The order of a list: columns, ascending or (`-name`) descending, what is empty last.

    The last column tells two rows apart.

    Args:
        columns: Of the case row.
        keys: The same columns as a narrower table calls them, where the list is read from one.
    """

    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()

    def of(self, cases: QuerySet[Any], names: Sequence[str] = ()) -> QuerySet[Any]:
        """Return the query in this order; `names` stand for the columns.

        Source: docs/adr/0233 (order, counts and pages of queues)
        """
        return cases.order_by(*(
            F(name[1:]).desc(nulls_last=True) if name.startswith("-") else F(name).asc(nulls_last=True)
            for name in names or self.columns
        ))  # fmt: skip


PRESSING = ListOrder(("deadline", "opened_at", "id"))
"""Most pressing first; what has no running clock comes last."""

type Streams = Sequence[QuerySet[Any]]
"""A list as parts, of which each is read in the list's order from an index of its own; together they are the list."""


def by_deadline(cases: QuerySet[CaseRow]) -> QuerySet[CaseRow]:
    """Most pressing first; what has no running clock comes last.

    Source: docs/adr/0233 (order, counts and pages of queues)
    """
    return PRESSING.of(cases)


def tally(lists: Mapping[str, Streams]) -> dict[str, ListCount]:
    """Return how many rows each of some lists has, each stream counted to `MOST_COUNTED`; one statement for all.

    Args:
        lists: By name; the streams of one share no row.

    Source: docs/adr/0233 (order, counts and pages of queues)
    """
    parts: list[str] = []
    values: list[Any] = []
    for streams in lists.values():
        counted = ["0"]
        for rows in streams:
            with suppress(EmptyResultSet):
                sql, given = rows.order_by().values("pk")[: MOST_COUNTED + 1].query.sql_with_params()
                counted.append(f"(SELECT count(*) FROM ({sql}) l)")  # noqa: S608 - of Django's own making
                values += given
        parts.append(" + ".join(counted))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip(lists, map(ListCount, cursor.fetchone()), strict=True))


def page_of(
    cases: QuerySet[CaseRow],
    wanted: str | None,
    size: int = PAGE,
    *,
    streams: Streams = (),
    order: ListOrder = PRESSING,
    total: ListCount | None = None,
) -> ListPage:
    """One page of a list: one statement, two where the lines without a deadline begin.

    Args:
        cases: What is listed, with what its lines show.
        wanted: `?page=`: what `Page.next` said, or the number of a page as addresses of earlier versions have it.
        streams: The same cases as narrow parts; without them `cases` itself is the one part.
        order: Of the lines.
        total: How many there are, when it is known; else it is counted (one statement).

    Source: docs/adr/0233 (order, counts and pages of queues)
    """
    after, skipped = _read_mark(wanted, order), 0
    if after is None:
        skipped = _skipped(wanted, size)
    rows: list[CaseRow] = []
    names = order.keys if streams and order.keys else order.columns
    for bound in _bounds(names, after):
        end = skipped + size + 1 - len(rows)
        chosen = [order.of(part.filter(bound), names).values(names[-1])[:end] for part in streams or (cases,)]
        every = chosen[0].union(*chosen[1:], all=True) if len(chosen) > 1 else chosen[0]
        rows += order.of(cases.filter(pk__in=every))[skipped:end]
        if len(rows) > size:
            break
    if total is None:
        total = tally({"": streams or (cases,)})[""]
    mark = _mark(rows[size - 1], order) if len(rows) > size else None
    return ListPage([line_of(row) for row in rows[:size]], total, mark, after is not None or skipped > 0)


def _bounds(names: Sequence[str], after: Sequence[Any] | None) -> list[Q]:
    """Return what lies after a line, as conditions one after the other of which each is a range of the list's index."""
    if after is None:
        return [Q()]
    first, value, beyond = names[0], after[0], _beyond(names, after)
    empty = Q(**{f"{first.lstrip('-')}__isnull": True})
    return [empty & beyond] if value is None else [_further(first, "e", value) & beyond, empty]


def _beyond(names: Sequence[str], after: Sequence[Any]) -> Q:
    """Return what comes after a line in the order of `names`, what is empty last."""
    name, value, rest = names[0].lstrip("-"), after[0], names[1:]
    empty = Q(**{f"{name}__isnull": True})
    if not rest:
        return _further(names[0], "", value)
    if value is None:
        return empty & _beyond(rest, after[1:])
    return _further(names[0], "", value) | empty | Q(**{name: value}) & _beyond(rest, after[1:])


def _further(name: str, or_equal: str, value: Any) -> Q:
    return Q(**{f"{name[1:]}__lt{or_equal}" if name.startswith("-") else f"{name}__gt{or_equal}": value})


def _mark(row: CaseRow, order: ListOrder) -> str:
    """Return a line as `?page=` names it: what it is ordered by, and nothing of what it says."""
    values = [getattr(row, name.lstrip("-")) for name in order.columns]
    said = [value.isoformat() if isinstance(value, datetime) else value and str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _read_mark(wanted: str | None, order: ListOrder) -> list[Any] | None:
    """The values of the line that `?page=` names; None when it names none of ours, which shows the first page."""
    if not wanted or wanted.isdecimal():
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(wanted[:400] + "=" * (-len(wanted[:400]) % 4)))
        *moments, key = said
        values = [value if value is None else _moment(value) for value in moments]
        return [*values, UUID(key)] if len(said) == len(order.columns) else None
    except (binascii.Error, ValueError, TypeError, AttributeError):
        return None


def _moment(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"{text} names no zone")
    return value


def _skipped(wanted: str | None, size: int) -> int:
    """Return how many lines an address with the number of a page passes over."""
    number = int(wanted) if wanted and wanted.isascii() and wanted.isdecimal() and len(wanted) < 6 else 1
    skipped = (max(number, 1) - 1) * size
    return skipped if skipped <= FARTHEST else 0


def line_of(row: CaseRow, extra: dict[str, Any] | None = None) -> CaseLine:
    """Return the line of a row; one whose fold cannot be read is shown by its columns, marked, and reported as stuck.

    Source: docs/topics/faces.md ("One bad case spoils no list")
    """
    try:
        return CaseLine(row, case_of(row.fold), extra=extra or {})
    except UnreadableCase as error:
        stuck.set_aside("lists", str(row.pk), row.number, stuck.why(error))
        bare = Case(id=UUID(str(row.pk)), version=row.version, programme=row.programme, kind=row.kind, state=row.state)
        return CaseLine(row, bare, extra={**(extra or {}), "unreadable": True})


FILTERS = {"state": "state", "urgency": "urgency", "channel": "channel", "programme": "programme",
           "area": "area__startswith", "category": "category__startswith"}  # fmt: skip


def filtered(cases: QuerySet[CaseRow], asked: Mapping[str, str]) -> QuerySet[CaseRow]:
    """Apply the filters of the address line; `q` searches numbers, and words where this person reads them.

    Args:
        cases: From `visible_to`, whose `words_seen` says of which cases the words may be read.

    Source: docs/topics/faces.md ("Found")
    """
    for name, column in FILTERS.items():
        if value := asked.get(name):
            cases = cases.filter(**{column: value})
    words = question(asked)
    return _found(cases, words) if words else cases


def question(asked: Mapping[str, str]) -> str:
    """Return what is searched for, if anything; a search looks through every list, not only the chosen one.

    Source: docs/topics/faces.md ("Found")
    """
    return asked.get("q", "").replace("\x00", "").strip()[:MOST_ASKED]


NUMBERED = """
SELECT id, TRUE FROM (SELECT id FROM loop_case WHERE number >= %(from)s AND number < %(to)s
                      AND starts_with(number, %(from)s) ORDER BY number LIMIT %(most)s) n
UNION ALL SELECT id, TRUE FROM loop_case WHERE number = %(words)s
"""
SAID = "UNION ALL SELECT found, FALSE FROM loop_search(%(words)s, %(most)s) found"


def _found(cases: QuerySet[CaseRow], words: str) -> QuerySet[CaseRow]:
    """The cases that a search finds (one statement): by number, and by words, newest first, at most `MOST_FOUND`.

    A single character is in nearly every report, so it is looked for in the headings of the newest cases only.
    """
    upper = words.upper()
    given: dict[str, str | int] = {"from": upper, "to": upper + chr(0x10FFFF), "words": words, "most": MOST_FOUND}
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED + (SAID if len(words) >= SHORTEST else ""), given)
        rows = cursor.fetchall()
    numbered = Q(pk__in=[key for key, by_number in rows if by_number])
    said = [key for key, by_number in rows if not by_number]
    if len(words) < SHORTEST:
        newest = cases.order_by("-opened_at").values("pk")[:NEWEST]
        said = list(cases.filter(pk__in=newest, title__icontains=words).values_list("pk", flat=True))
    every = [key for key, _by_number in rows] + said
    return cases.filter(pk__in=every).filter(numbered | Q(words_seen=True, pk__in=said))
