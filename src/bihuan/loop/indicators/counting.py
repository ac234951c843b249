"""Counting: one set-based query per group fills the cube of a month; the same query lists the cases behind a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import connection

from bihuan.ledger import store as ledger
from bihuan.loop.indicators import queries
from bihuan.loop.indicators.cube import Cell, Cube
from bihuan.loop.indicators.definitions import Definition, definitions
from bihuan.loop.indicators.kept import cells, recent_cut
from bihuan.loop.indicators.periods import Cut, Month
from bihuan.loop.programmes import all_programmes
from bihuan.registers.live import current_registers
from bihuan.registers.pure.snapshot import Registers
from bihuan.server import statistics

Part = Literal["numerator", "denominator", "excluded"]


class Member(NamedTuple):
    """One case behind a number: where it counts, and why it was left out (empty when it counts)."""

    case_id: UUID
    area: str
    unit: str
    category: str
    counted: bool
    excluded: str


def month_cube(
    month: Month,
    *,
    cut: Cut | None = None,
    registers: Registers | None = None,
    max_age: float = 0.0,
    again: bool = False,
) -> Cube:
    """Count every indicator of a month.

    Args:
        month: The month, in the district's zone.
        cut: Count only what the log held then; default: what it holds now. Events that are acknowledged but not yet
            in the log (seconds) are not counted, so that the number can be recomputed.
        registers: The district's registers; default: those in force.
        max_age: Without a cut, one up to so many seconds old will do.
        again: Count even if this very log was counted before, as recomputing must.
    """
    registers = registers or current_registers()
    cut = cut or recent_cut(registers.district.code, max_age, current_cut)
    known = definitions(month.first)
    digests = {i: queries.digest(d.group) for i, d in known.items()}
    listed = _listed(known)
    versions = tuple((i, d.digest, digests[i], tuple(sorted(listed[i]))) for i, d in known.items())

    def count() -> tuple[Cell, ...]:
        _plan_for(cut)
        return tuple(_count(month, cut, registers, known, listed))

    found = count() if again else cells((registers.district.code, month, cut.size, versions), cut.root, count)
    return Cube(str(month), cut, known, digests, found, roll_up(registers))


def _plan_for(cut: Cut) -> None:
    """Refresh the planner's statistics when they know of less than half the events: see `bihuan.server.statistics`."""
    known = _rows("SELECT reltuples FROM pg_class WHERE oid = 'loop_event'::regclass", {})[0][0]
    if 2 * known < cut.size:
        statistics.refresh()


def _count(
    month: Month, cut: Cut, registers: Registers, known: dict[str, Definition], listed: dict[str, set[str]]
) -> Iterator[Cell]:
    for group in queries.GROUPS:
        wanted = {i for i, d in known.items() if d.group == group}
        parameters = _parameters(month, cut, registers, known, listed)
        parameters["programmes"] = sorted(set().union(*(listed[i] for i in wanted)))
        for row in _rows(queries.fragment("aggregate", group), parameters):
            if row[0] in wanted and row[1] in listed[row[0]]:
                yield Cell(*row)


def members(
    month: Month, indicator: str, *, cut: Cut | None = None, registers: Registers | None = None
) -> list[Member]:
    """List the cases behind an indicator of a month, rolled up like the cube; raises KeyError for an unknown one."""
    registers = registers or current_registers()
    known = definitions(month.first)
    if indicator not in known:
        raise KeyError(f"no indicator {indicator!r} in {month}; known: {', '.join(known)}")
    listed = _listed(known)
    lift = roll_up(registers)
    rows = _rows(
        queries.fragment("members", known[indicator].group),
        {**_parameters(month, cut or current_cut(), registers, known, listed), "indicator": indicator},
    )
    return [
        Member(case, lift["area"](area), lift["unit"](unit), lift["category"](category), counted, excluded)
        for case, programme, area, unit, category, counted, excluded in rows
        if programme in listed[indicator]
    ]


def part_of(found: list[Member], part: Part) -> list[UUID]:
    """Return the case ids of one part of a number."""
    if part == "excluded":
        return [m.case_id for m in found if m.excluded]
    counted = [m for m in found if not m.excluded]
    return [m.case_id for m in counted if m.counted or part == "denominator"]


def current_cut() -> Cut:
    """Return the cut at the present end of the log."""
    return cut_at(ledger.size())


def cut_at(size: int) -> Cut:
    """Return the cut of the first `size` leaves; its root is that of the newest signed head of that size, if any."""
    rows = _rows(queries.fragment("cut"), {"size": size})
    at, root = rows[0]
    return Cut(size, _iso(at), bytes(root).hex() if root else "")


def roll_up(registers: Registers) -> dict[str, Callable[[str], str]]:
    """Return how keys are grouped: areas by sub-district, units by code, categories by their first level."""
    areas, organisations = registers.areas, registers.organisations

    def area(code: str) -> str:
        return (areas.up_to_level(code, "street") if code in areas else None) or code

    def unit(key: str) -> str:
        return organisations.spans(key)[-1].code if key in organisations else key

    return {"area": area, "unit": unit, "category": lambda code: code.split(".")[0]}


def _listed(known: dict[str, Definition]) -> dict[str, set[str]]:
    """Per indicator, the programmes that list it."""
    programmes = all_programmes().values()
    return {i: {p.id for p in programmes if i in p.indicators} for i in known}


def _parameters(
    month: Month, cut: Cut, registers: Registers, known: dict[str, Definition], listed: dict[str, set[str]]
) -> dict[str, Any]:
    start, until = month.bounds(registers.calendar.zone)
    return {
        "district": registers.district.code,
        "cut": cut.size,
        "start": start,
        "until": until,
        "programmes": sorted(set().union(*listed.values())),
        "appealable": [i for i, d in known.items() if d.exclusions == "appeal"],
        "clock_contact": known["response_rate"].parameters["clock"],
        "clock_on_time": known["on_time_rate"].parameters["clock"],
    }


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _iso(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else ""
