"""Rates 比率: a published share is a value that says how it was counted, never a bare number.

Numerator, denominator, what was excluded and why, the definition's version, the data cut and the interval travel
together; the share itself is an exact Fraction until it is shown.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import Interval, proportion_interval
from bihuan.rules.quantities import fixed_text, number_text

_NO_EXCLUSIONS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of counted cases.

    definition, version: which indicator, and which edition of its definition.
    numerator, denominator: counts after exclusions.
    exclusions: cases taken out of the denominator, by reason.
    data_cut: the moment up to which events were counted, ISO 8601.
    method, level: of the interval.   min_n: below this denominator the rate is shown but not ranked.
    """

    definition: str
    version: str
    numerator: int
    denominator: int
    exclusions: Mapping[str, int] = field(default_factory=lambda: _NO_EXCLUSIONS)
    data_cut: str = ""
    method: str = "wilson"
    level: Decimal = Decimal("0.95")
    min_n: int = 1

    def __post_init__(self) -> None:
        for name in ("numerator", "denominator", "min_n"):
            _check_count(name, getattr(self, name))
        for reason, count in self.exclusions.items():
            _check_count(f"exclusions[{reason}]", count)
        if self.numerator > self.denominator:
            raise InputError(f"{self.definition}: numerator {self.numerator} exceeds denominator {self.denominator}.")

    @property
    def value(self) -> Fraction | None:
        """The exact share; None without cases. Source: docs/adr/0010 (6)."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def enough(self) -> bool:
        """Whether there are cases enough to rank by.

        Source: docs/topics/rules.md, "Rates and how sure they are" (`min_n`).
        """
        return self.denominator >= max(1, self.min_n)

    @property
    def gross(self) -> int:
        """Cases before any exclusion. Source: docs/topics/rules.md, "Rates and how sure they are"."""
        return self.denominator + sum(self.exclusions.values())

    @property
    def exclusion_share(self) -> Fraction | None:
        """Excluded cases as a share of all; published beside the rate. None without cases.

        Source: docs/topics/rules.md, "Rates and how sure they are" (no exclusion is silent).
        """
        return Fraction(self.gross - self.denominator, self.gross) if self.gross else None

    @property
    def interval(self) -> Interval | None:
        """The interval by the declared method and level; None without cases.

        Source: Wilson (1927) or Clopper & Pearson (1934), as declared; see `intervals`.
        """
        if not self.denominator:
            return None
        return proportion_interval(self.numerator, self.denominator, float(self.level), self.method)

    def percent(self, digits: int = 2) -> str:
        """The share in per cent, rounded half to even in one step ('97.30 %'); '–' without cases.

        Source: GB/T 8170-2008, 3.2.
        """
        return "–" if self.value is None else f"{fixed_text(self.value * 100, digits)} %"

    def __add__(self, other: "Rate") -> "Rate":
        """Both counts together; raises InputError unless definition, version, cut, method and level agree."""
        for name in ("definition", "version", "data_cut", "method", "level", "min_n"):
            if getattr(self, name) != getattr(other, name):
                raise InputError(
                    f"Rates of different {name} cannot be added: {getattr(self, name)} and {getattr(other, name)}."
                )
        return Rate(
            self.definition,
            self.version,
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            dict(Counter(self.exclusions) + Counter(other.exclusions)),
            self.data_cut,
            self.method,
            self.level,
            self.min_n,
        )

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats: the exact share as 'n/d', the interval as decimal text."""
        value, interval = self.value, self.interval
        return {
            "definition": self.definition,
            "version": self.version,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "exclusions": dict(sorted(self.exclusions.items())),
            "data_cut": self.data_cut,
            "value": None if value is None else number_text(value),
            "percent": None if value is None else fixed_text(value * 100, 2),
            "interval": None if interval is None else interval.to_json(),
            "min_n": self.min_n,
            "enough": self.enough,
        }


def _check_count(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError(f"{name}: {value!r} is not a count; give an int of 0 or more.")
