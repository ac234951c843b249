"""Counting: one set-based query per group fills the cube of a month; the same query lists the cases behind a number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import connection

from bihuan.ledger import store as ledger
from bihuan.loop.indicator_files import Definition, definitions
from bihuan.loop.models import EditionRow
from bihuan.loop.programmes import all_programmes
from bihuan.numbers import queries
from bihuan.numbers.cube import Cube, CubeCell
from bihuan.numbers.periods import Cut, Period
from bihuan.registers.live import current_registers
from bihuan.registers.pure.snapshot import Registers
from bihuan.server import statistics

Part = Literal["numerator", "denominator", "excluded"]


class CountedMember(NamedTuple):
    """One case behind a number: where it counts, and why it was left out (empty when it counts)."""

    case_id: UUID
    area: str
    unit: str
    category: str
    counted: bool
    excluded: str


def month_cube(
    period: Period,
    *,
    cut: Cut | None = None,
    registers: Registers | None = None,
    basis: Basis | None = None,
) -> Cube:
    """Count every indicator of a period.

    Args:
        period: The month or another period, in the district's zone.
        cut: Count only what the log held then; default: what it holds now. Events that are acknowledged but not yet
            in the log (seconds) are not counted, so that the number can be recomputed.
        registers: The district's registers; default: those in force.
        basis: Definitions, queries and declared uses to count by; default: those in force.

    Raises:
        KeyError: the basis names a query whose text is not known any more.

    Source: docs/adr/0080 (1, 3)
    """
    registers = registers or current_registers()
    cut = cut or current_cut()
    basis = basis or present_basis(period)
    _plan_for(cut)
    found = tuple(_count(period, cut, registers, basis))
    return Cube(str(period), cut, basis.definitions, basis.queries, found, roll_up(registers), basis.uses)


@dataclass(frozen=True)
class Basis:
    """What a month is counted by: definitions, the digest of each one's query, and what the programmes declare.

    `uses`: indicator → programme (or `programme@edition`, for what an earlier edition says) → its clock, or null.
    """

    definitions: dict[str, Definition]
    queries: dict[str, str]
    uses: dict[str, dict[str, str | None]]

    def by_query(self) -> dict[str, list[str]]:
        """Return the indicators that each query counts, by its text; raises KeyError for a query that is no more known.

        Source: docs/adr/0080 (2, the text is published by its digest)
        """
        found: dict[str, list[str]] = {}
        for indicator in self.definitions:
            found.setdefault(self.text(indicator), []).append(indicator)
        return found

    def text(self, indicator: str) -> str:
        """Return the query that counts an indicator; raises KeyError when this version does not know it.

        Source: docs/adr/0080 (2, the text is published by its digest)
        """
        text = queries.as_published(self.definitions[indicator], self.queries[indicator])
        if text is None:
            raise KeyError(f"the query {self.queries[indicator]} of {indicator} is not known to this version")
        return text

    def listed(self, indicator: str) -> set[str]:
        """Return the programmes that list an indicator.

        Source: docs/adr/0080 (4, a programme takes part by listing the id; definitions are dated)
        """
        return {p for p in self.uses[indicator] if "@" not in p}


def present_basis(period: Period) -> Basis:
    """Return what is in force for a period: every indicator of a month, of other kinds those that are kept for them.

    Source: docs/adr/0080 (4, a programme takes part by listing the id; definitions are dated)
    """
    known = definitions(period.first)
    if period.kind != "month":
        known = {i: d for i, d in known.items() if period.kind in d.periods} or known
    return Basis(known, {i: queries.digest(d) for i, d in known.items()}, {i: _uses(d) for i, d in known.items()})


def _uses(definition: Definition) -> dict[str, str | None]:
    users = [p for p in all_programmes().values() if definition.id in p.indicator_ids]
    if not definition.requires:
        return {p.id: p.indicator_clocks[definition.id] for p in users}
    uses = {p.id: p.judging_clock(definition.id) for p in users}
    for programme, edition, declared in EditionRow.objects.values_list("programme", "edition", "declared__indicators"):
        for one in declared or ():
            if programme in uses and isinstance(one, dict) and one["id"] == definition.id and one.get("clock"):
                uses[f"{programme}@{edition}"] = one["clock"]
    return uses


def _plan_for(cut: Cut) -> None:
    """Refresh the planner's statistics when they know of less than half the events: see `bihuan.server.statistics`."""
    known = _rows("SELECT reltuples FROM pg_class WHERE oid = 'loop_event'::regclass", {})[0][0]
    if 2 * known < cut.size:
        statistics.refresh()


def _count(period: Period, cut: Cut, registers: Registers, basis: Basis) -> Iterator[CubeCell]:
    parameters = _parameters(period, cut, registers, basis)
    for text, wanted in basis.by_query().items():
        listed = {i: basis.listed(i) for i in wanted}
        parameters["programmes"] = sorted(set().union(*listed.values()))
        for row in _rows(queries.wrapped("aggregate", text), parameters):
            if row[0] in listed and row[1] in listed[row[0]]:
                yield CubeCell(*row)


def members(
    period: Period,
    indicator: str,
    *,
    cut: Cut | None = None,
    registers: Registers | None = None,
    basis: Basis | None = None,
) -> list[CountedMember]:
    """List the cases behind an indicator of a period, rolled up like the cube; raises KeyError for an unknown one.

    Source: docs/topics/indicators.md, "Every number can be recomputed" (down to its cases)
    """
    registers = registers or current_registers()
    basis = basis or present_basis(period)
    if indicator not in basis.definitions:
        raise KeyError(f"no indicator {indicator!r} in {period}; known: {', '.join(basis.definitions)}")
    lift = roll_up(registers)
    parameters = _parameters(period, cut or current_cut(), registers, basis)
    rows = _rows(queries.wrapped("members", basis.text(indicator)), {**parameters, "indicator": indicator})
    return [
        CountedMember(case, lift["area"](area), lift["unit"](unit), lift["category"](category), counted, excluded)
        for case, programme, area, unit, category, counted, excluded in rows
        if programme in basis.listed(indicator)
    ]


def part_of(found: list[CountedMember], part: Part) -> list[UUID]:
    """Return the case ids of one part of a number.

    Source: docs/topics/indicators.md, "Every number can be recomputed" (down to its cases)
    """
    if part == "excluded":
        return [m.case_id for m in found if m.excluded]
    counted = [m for m in found if not m.excluded]
    return [m.case_id for m in counted if m.counted or part == "denominator"]


def current_cut() -> Cut:
    """Return the cut at the present end of the log. Source: docs/adr/0080 (1, a log size and not an instant)."""
    return cut_at(ledger.size())


def cut_at(size: int) -> Cut:
    """Return the cut of the first `size` leaves; its root is that of the newest signed head of that size, if any.

    Source: docs/adr/0080 (1, a log size and not an instant)
    """
    rows = _rows(queries.fragment("cut"), {"size": size})
    at, root = rows[0]
    return Cut(size, _iso(at), bytes(root).hex() if root else "")


def roll_up(registers: Registers) -> dict[str, Callable[[str], str]]:
    """Return how keys are grouped: areas by sub-district, units by code, categories by their first level.

    Source: docs/adr/0080 (3, rolling up uses the registers)
    """
    areas, organisations = registers.areas, registers.organisations

    def area(code: str) -> str:
        return (areas.up_to_level(code, "street") if code in areas else None) or code

    def unit(key: str) -> str:
        return organisations.spans(key)[-1].code if key in organisations else key

    return {"area": area, "unit": unit, "category": lambda code: code.split(".")[0]}


def parameters_of(district: str, start: datetime, until: datetime, cut: int, basis: Basis) -> dict[str, Any]:
    """Return what every query is given: the district, the instants of the period, the cut, and what is declared.

    Source: docs/adr/0080 (2)
    """
    known = basis.definitions
    return {
        "district": district,
        "cut": cut,
        "start": start,
        "until": until,
        "programmes": sorted(set().union(*(basis.listed(i) for i in known))),
        "appealable": [i for i, d in known.items() if d.exclusions == "appeal"],
        "clock_contact": _clock(known, "response_rate"),
        "clock_on_time": _clock(known, "on_time_rate"),  # of months published before 2026-11
        "clocks": json.dumps(basis.uses.get("on_time_rate", {})),
    }


def _parameters(period: Period, cut: Cut, registers: Registers, basis: Basis) -> dict[str, Any]:
    start, until = period.bounds(registers.calendar.zone)
    return parameters_of(registers.district.code, start, until, cut.size, basis)


def _clock(known: dict[str, Definition], indicator: str) -> str | None:
    """The clock that a definition names for every programme; none where the definition is away or leaves it to them."""
    return known[indicator].parameters.get("clock") if indicator in known else None


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _iso(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else ""
