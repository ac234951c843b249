"""A month as every face shows it: published when closed, else counted now; and why a number is so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from bihuan.loop.facts import LoopFacts
from bihuan.loop.indicator_files import Definition
from bihuan.loop.models import CaseRow
from bihuan.loop.store import current_facts
from bihuan.numbers.closing import Closed, basis_of, published
from bihuan.numbers.counting import Part, members, month_cube, part_of
from bihuan.numbers.cube import WHOLE, Cube, Dimension, Number
from bihuan.numbers.kinds import kinds
from bihuan.numbers.periods import Period, PeriodError
from bihuan.rules.errors import NoRuleError
from bihuan.rules.rates import Rate

RESIDENTS = "residents"


@dataclass(frozen=True)
class Report:
    """A month: its cube, and whether it was published."""

    month: Period
    cube: Cube
    closed: Closed | None
    facts: LoopFacts

    @property
    def status(self) -> str:
        """`open`, `closed` or `restated`. Source: docs/topics/indicators.md, "Closing a month"."""
        if self.closed is None:
            return "open"
        return "restated" if self.closed.row.sequence else "closed"

    def numbers(self, indicator: str, by: Dimension = "district", programme: str | None = None) -> dict[str, Number]:
        """Return an indicator's numbers by a dimension; the district's is there even without cases.

        Source: docs/topics/indicators.md, "In Python".
        """
        found = self.cube.slice(indicator, by, programme=programme, population=self._population)
        if by == "district" and not found:
            return {WHOLE: self.cube.one(indicator, programme)}
        return found

    def to_json(self, by: Dimension = "district", programme: str | None = None) -> dict[str, Any]:
        """Return everything about the month, by one dimension, without floats.

        Source: docs/topics/indicators.md, "In Python".
        """
        found = {i: self.numbers(i, by, programme) for i in self.cube.definitions}
        keys = sorted({key for numbers in found.values() for key in numbers})
        return {
            "period": str(self.month),
            "status": self.status,
            "by": by,
            "programme": programme,
            "cut": self.cube.cut.to_json(),
            "names": {key: self.name(by, key) for key in keys},
            "indicators": {i: self._indicator(i, numbers) for i, numbers in found.items()},
        }

    def indicator_json(self, indicator: str, by: Dimension = "district") -> dict[str, Any]:
        """Return one indicator by one dimension, as in `to_json`. Source: docs/topics/indicators.md, "In Python"."""
        return self._indicator(indicator, self.numbers(indicator, by))

    def name(self, by: Dimension, key: str) -> dict[str, str]:
        """Return what a key is called, in both languages."""
        registers = self.facts.registers
        if by == "area" and (area := registers.areas.get(key)):
            return {"zh": area.name_zh, "en": area.name_en}
        if by == "unit" and key in registers.organisations:
            unit = registers.organisations.spans(key)[-1]
            return {"zh": unit.name_zh, "en": unit.name_en}
        if key == WHOLE:
            return {"zh": registers.district.name_zh, "en": registers.district.name_en}
        return {"zh": key or "未定", "en": key or "not set"}

    def _indicator(self, indicator: str, numbers: dict[str, Number]) -> dict[str, Any]:
        definition = self.cube.definitions[indicator]
        return {
            "name": definition.name.model_dump(),
            "better": definition.better,
            "verified": definition.verified,
            "shown": definition.shown,
            "query": self.cube.queries[indicator],
            "values": {key: number.to_json() for key, number in numbers.items()},
            **_alarms(definition, numbers),
        }

    def _population(self, key: str) -> int | None:
        place = self.facts.registers.district.code
        try:
            table = self.facts.book.of("").table(RESIDENTS, self.month.first, place)
        except NoRuleError:
            return None
        found = table.find(area=place if key == WHOLE else key) if key else None
        return int(str(found.value)) if found else None


def _alarms(definition: Definition, numbers: dict[str, Number]) -> dict[str, Any]:
    """Return the band of a two-sided rate and who lies surely outside it; nothing for other indicators."""
    if definition.band is None:
        return {}
    rates = {key: n for key, n in numbers.items() if isinstance(n, Rate) and n.denominator}
    sides = {
        key: definition.alarm(rate.interval.low, rate.interval.high) for key, rate in rates.items() if rate.interval
    }
    return {"band": [str(end) for end in definition.band], "alarms": {key: side for key, side in sides.items() if side}}


def month_report(month: Period, *, live: bool = False, facts: LoopFacts | None = None) -> Report:
    """Return a period as published, or counted whole while it is open or when `live` asks for it.

    Pages read what is kept instead, see `bihuan.numbers.reading`.

    Source: docs/topics/indicators.md, "In Python".
    """
    facts = facts or current_facts()
    closed = None if live else published(month, registers=facts.registers)
    cube = closed.cube if closed else month_cube(month, registers=facts.registers)
    return Report(month, cube, closed, facts)


def why_number(reference: str, *, facts: LoopFacts | None = None, limit: int = 20) -> dict[str, Any]:
    """Explain a number: definition, query, cut, counts and the cases behind it.

    Args:
        reference: `INDICATOR@YYYY-MM`, or `INDICATOR@YYYY-MM/DIMENSION/KEY`.
        limit: Cases listed per part.

    Raises:
        PeriodError: the reference is malformed, or there is no such number.

    Source: DESIGN §3 (`why` is a return type); docs/topics/indicators.md, "Every number can be recomputed".
    """
    indicator, month, by, key = _parsed(reference)
    report = month_report(month, facts=facts)
    if indicator not in report.cube.definitions:
        raise PeriodError(f"no indicator {indicator!r} in {month}; known: {', '.join(report.cube.definitions)}")
    numbers = report.numbers(indicator, by)
    if key not in numbers:
        raise PeriodError(f"{indicator} of {month} has no {by} {key!r}; known: {', '.join(numbers)}")
    definition = report.cube.definitions[indicator]
    return {
        "number": numbers[key].to_json(),
        "name": report.name(by, key),
        "status": report.status,
        "definition": definition.to_json(),
        "query": report.cube.queries[indicator],
        "cut": report.cube.cut.to_json(),
        "cases": cases_behind(report, indicator, by, key, limit),
    }


def cases_behind(
    report: Report, indicator: str, by: Dimension = "district", key: str = WHOLE, limit: int | None = None
) -> dict[str, list[str]]:
    """Return the numbers of the cases in numerator, denominator and exclusions, at the report's own cut.

    Source: DESIGN §3 (`why` is a return type); docs/topics/indicators.md, "Every number can be recomputed".
    """
    basis = basis_of(report.closed) if report.closed else None
    found = members(report.month, indicator, cut=report.cube.cut, registers=report.facts.registers, basis=basis)
    if by != "district":
        found = [m for m in found if getattr(m, by) == key]
    return {part: _numbers_of(part_of(found, part), limit) for part in get_args(Part)}


def _numbers_of(ids: list[Any], limit: int | None) -> list[str]:
    rows = CaseRow.objects.filter(pk__in=ids).order_by("number").values_list("number", flat=True)
    return list(rows if limit is None else rows[:limit])


def _parsed(reference: str) -> tuple[str, Period, Dimension, str]:
    head, _, rest = reference.partition("/")
    indicator, at, month = head.partition("@")
    if not at:
        raise PeriodError(f"{reference!r} names no month; write INDICATOR@YYYY-MM or INDICATOR@YYYY-MM/unit/KEY")
    if not rest:
        return indicator, kinds().parse(month), "district", WHOLE
    by, _, key = rest.partition("/")
    if by not in get_args(Dimension) or not key:
        raise PeriodError(f"{rest!r} is no dimension and key; use one of {', '.join(get_args(Dimension))}, then /KEY")
    return indicator, kinds().parse(month), by, key  # type: ignore[return-value]  # checked against Dimension just above
