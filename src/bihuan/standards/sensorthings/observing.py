"""Observations: the values that hold, page by page; comparisons of `phenomenonTime` become bounds of the search.

Source: OGC 18-088, 8.2.7; docs/adr/0255 (3, 6); docs/adr/0369.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from bihuan.series.catalogue import SeriesCatalogue
from bihuan.series.instants import instant_of
from bihuan.series.showing import BEGINNING, END
from bihuan.series.store.paging import WITHDRAWN, LineHead, count_rows, page_rows
from bihuan.series.store.rows import NONE
from bihuan.standards.sensorthings.entities import EntityPage, StaEntity, page_of
from bihuan.standards.sensorthings.expressions import OdataNode, SpanOfTime, WrongExpression, time_bounds
from bihuan.standards.sensorthings.options import EntitiesAsked
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.pure.types import SubjectType

SCANNED = 200_000
"""Values that are looked at for a question which the search itself cannot answer; more are refused, never cut."""
TICK = timedelta(microseconds=1)
BY_TIME = OdataNode("path", ("phenomenonTime",))


class Readable(Protocol):
    """What observations ask of the shelf of their request."""

    @property
    def catalogue(self) -> SeriesCatalogue:
        """The declared series."""

    @property
    def lines(self) -> dict[int, LineHead]:
        """Every line, by number."""

    @property
    def kinds(self) -> dict[str, SubjectType]:
        """Types whose subjects are Things."""

    def one_held(self, kind: SubjectType, key: str) -> HeldFacts | None:
        """One subject today."""

    def feature(self, kind: SubjectType, held: HeldFacts) -> StaEntity | None:
        """The place of a subject as what was observed."""

    def datastream(self, head: LineHead) -> StaEntity:
        """A line as a Datastream."""


def observations(shelf: Readable, heads: Sequence[LineHead], asked: EntitiesAsked) -> EntityPage:
    """Return a page of the observations of some lines.

    Raises:
        WrongExpression: more than `SCANNED` values would have to be looked at.

    Source: OGC 18-088, 9.3.3; docs/adr/0369.
    """
    if not heads or (asked.top == 0 and not asked.count):
        return EntityPage([], False, 0)
    by_time = asked.order in ((), ((BY_TIME, False),), ((BY_TIME, True),))
    falling = bool(asked.order and asked.order[0][1])
    steps = {shelf.catalogue.series[head.series].declared.seconds for head in heads}
    first, end, whole = _bounds(asked.where, steps.pop() if len(steps) == 1 else None)
    if whole and by_time and (len(heads) == 1 or not asked.order):
        return _page(shelf, heads, asked, first, end, falling=falling)
    found = page_rows([head.id for head in heads], first, end, limit=SCANNED + 1)
    if len(found.rows) > SCANNED:
        raise WrongExpression(f"more than {SCANNED} values would have to be looked at; bound phenomenonTime")
    return page_of(_made(shelf, heads, found.rows.tolist(), found.batches.tolist()), asked)


def _page(
    shelf: Readable, heads: Sequence[LineHead], asked: EntitiesAsked, first: datetime, end: datetime, *, falling: bool
) -> EntityPage:
    if falling and asked.top == 1 and not asked.skip and not asked.count and (first, end) == (BEGINNING, END):
        (head,) = heads
        if head.at is None:
            return EntityPage([])
        if head.flag != WITHDRAWN:  # the newest value of a line is kept beside it
            return EntityPage(
                [_observation(shelf, head, head.at, head.value, head.flag, head.arrived, head.batch)], True
            )
    lines = [head.id for head in heads]
    found = page_rows(lines, first, end, limit=asked.top + 1, skip=asked.skip, newest_first=falling)
    made = _made(shelf, heads, found.rows.tolist()[: asked.top], found.batches.tolist()[: asked.top])
    return EntityPage(made, len(found.rows) > asked.top, count_rows(lines, first, end) if asked.count else None)


def observation(shelf: Readable, key: str) -> StaEntity | None:
    """Return one observation by `LINE.MICROSECONDS`, or None. Source: OGC 18-088, 9.2.2."""
    at = place_of(key)
    head = shelf.lines.get(at[0]) if at else None
    if at is None or head is None:
        return None
    found = page_rows([head.id], at[1], at[1] + TICK, limit=1)
    made = _made(shelf, [head], found.rows.tolist(), found.batches.tolist())
    return made[0] if made else None


def place_of(key: str) -> tuple[int, datetime] | None:
    """Return line and instant of an observation's id, or None. Source: docs/adr/0369."""
    line, dot, micros = key.partition(".")
    sign = micros.removeprefix("-")
    if not (dot and line.isascii() and line.isdigit() and len(line) < 10 and sign.isascii() and sign.isdigit()):
        return None
    try:
        return int(line), instant_of(int(micros))
    except OverflowError:
        return None


def _made(shelf: Readable, heads: Sequence[LineHead], rows: Sequence[Any], batches: Sequence[int]) -> list[StaEntity]:
    by_id = {head.id: head for head in heads}
    return [
        _observation(
            shelf, by_id[line], instant_of(at), None if value == NONE else value, chr(flag), instant_of(arrived), batch
        )
        for (line, at, arrived, value, flag, _, _), batch in zip(rows, batches, strict=True)
    ]  # fmt: skip


def _observation(
    shelf: Readable,
    head: LineHead,
    at: datetime,
    value: int | None,
    flag: str,
    arrived: datetime | None,
    batch: int | None,
) -> StaEntity:
    declared = shelf.catalogue.series[head.series].declared
    span = SpanOfTime(at, at + timedelta(seconds=declared.seconds)) if declared.seconds else at
    body = {
        "phenomenonTime": span, "resultTime": arrived,
        "result": None if value is None else Decimal(value).scaleb(-declared.precision),
        "resultQuality": flag, "parameters": {"flag": flag, "vintage": batch},
    }  # fmt: skip
    kind = shelf.kinds.get(declared.subject)

    def feature() -> StaEntity | None:
        held = None if kind is None else shelf.one_held(kind, head.subject)
        return None if kind is None or held is None else shelf.feature(kind, held)

    micros = int((at - instant_of(0)) / TICK)
    return StaEntity("Observations", f"{head.id}.{micros}", body, {
        "Datastream": lambda: shelf.datastream(head), "FeatureOfInterest": feature,
    })  # fmt: skip


def _bounds(where: OdataNode | None, step: int | None) -> tuple[datetime, datetime, bool]:
    """First and end of the beginnings to be searched, and whether they say all that is asked."""
    first, end = BEGINNING, END
    found, whole = time_bounds(where)
    back = timedelta(seconds=step or 0)
    for kind, at in found:
        if kind in ("gt", "ge"):
            first = max(first, at + TICK if kind == "gt" else at)
        else:  # a value's time ends then
            end = min(end, at - back if kind == "lt" else at - back + TICK) if step is not None else min(end, at + TICK)
    return first, max(first, end), whole and (step is not None or not found)
