"""The cube of a month: for every indicator, counts by area, unit and category; computed once and kept.

Every published slice (the district, one street, a class of subjects) is a sum of its cells. No Django.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from bihuan.loop.indicator_files import Definition
from bihuan.numbers.periods import Cut
from bihuan.rules.quantities import fixed_text
from bihuan.rules.rates import Rate

Dimension = Literal["district", "area", "unit", "category"]
WHOLE = "*"


class CubeCell(NamedTuple):
    """Cases that agree in everything that is asked for; empty strings where an event did not say."""

    indicator: str
    programme: str
    area: str
    unit: str
    category: str
    excluded: str  # reason code, empty when counted in the denominator
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Count:
    """A number that is no share: how many, and per ten thousand residents where the population is known."""

    definition: str
    version: str
    count: int
    population: int | None
    data_cut: str

    @property
    def value(self) -> Fraction | None:
        """Per ten thousand residents; None when the population is not known.

        Source: docs/topics/indicators.md, "What is counted" (per 10,000 residents)
        """
        return Fraction(self.count * 10_000, self.population) if self.population else None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON without floats. Source: DESIGN §3 (a number is a value)."""
        return {
            "definition": self.definition,
            "version": self.version,
            "count": self.count,
            "population": self.population,
            "per_10000": None if self.value is None else fixed_text(self.value, 2),
            "data_cut": self.data_cut,
        }


Number = Rate | Count


@dataclass(frozen=True)
class Cube:
    """A month's counts with what they were counted by."""

    period: str
    cut: Cut
    definitions: dict[str, Definition]
    queries: dict[str, str]
    cells: tuple[CubeCell, ...]
    roll_up: dict[str, Callable[[str], str]] = field(default_factory=dict)
    uses: dict[str, dict[str, str | None]] = field(default_factory=dict)  # what programmes declared, see counting.Basis

    def slice(
        self,
        indicator: str,
        by: Dimension = "district",
        *,
        programme: str | None = None,
        population: Callable[[str], int | None] = lambda key: None,
    ) -> dict[str, Number]:
        """Return one number per key of a dimension (`*` for the whole district).

        Args:
            indicator: An indicator of `definitions`.
            by: The dimension; areas are rolled up to sub-districts, categories to their first level.
            programme: Count only this programme's cases.
            population: Residents of a key, for counts.

        Source: docs/adr/0080 (3, slices are sums over cells)
        """
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        lift = self.roll_up.get(by, _same)
        for cell in self.cells:
            if cell.indicator != indicator or (programme and cell.programme != programme):
                continue
            key = WHOLE if by == "district" else lift(getattr(cell, by))
            if cell.excluded:
                reasons[key][cell.excluded] += cell.denominator
                sums[key][1] += 0
            else:
                sums[key][0] += cell.numerator
                sums[key][1] += cell.denominator
        definition = self.definitions[indicator]
        if definition.kind != "proportion":
            return {
                k: Count(*self._head(definition), n, population(k), self.cut.at) for k, (n, _) in sorted(sums.items())
            }
        return {k: self._rate(definition, n, d, reasons[k]) for k, (n, d) in sorted(sums.items())}

    def one(self, indicator: str, programme: str | None = None) -> Number:
        """Return the district's number, of no cases when there were none.

        Source: docs/adr/0080 (3, slices are sums over cells)
        """
        found = self.slice(indicator, programme=programme)
        if WHOLE in found:
            return found[WHOLE]
        definition = self.definitions[indicator]
        if definition.kind != "proportion":
            return Count(*self._head(definition), 0, None, self.cut.at)
        return self.none(indicator)

    def none(self, indicator: str) -> Rate:
        """Return the rate of no cases. Source: docs/adr/0080 (3, slices are sums over cells)."""
        return self._rate(self.definitions[indicator], 0, 0, Counter())

    @staticmethod
    def _head(definition: Definition) -> tuple[str, str]:
        return definition.id, f"{definition.edition}+{definition.digest}"

    def _rate(self, definition: Definition, numerator: int, denominator: int, reasons: Counter[str]) -> Rate:
        return Rate(
            *self._head(definition),
            numerator,
            denominator,
            dict(reasons),
            self.cut.at,
            definition.method,
            Decimal(definition.level),
            definition.min_n,
        )


def _same(key: str) -> str:
    return key


def cells_to_json(cells: Iterable[CubeCell]) -> list[list[Any]]:
    """Return cells as rows, sorted, so that the same counts always have the same bytes.

    Source: docs/adr/0080 (5, a closed month's row recomputes to the byte)
    """
    return sorted([list(cell) for cell in cells])


def cells_from_json(rows: Iterable[list[Any]]) -> tuple[CubeCell, ...]:
    """Return the cells of `cells_to_json`. Source: docs/adr/0080 (5, a closed month's row recomputes to the byte)."""
    return tuple(CubeCell(*row) for row in rows)
