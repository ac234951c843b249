"""Where a limit that is no fixed number comes from: a table of rules, or a field of the subject valid at that time.

This room asks and does not know who answers; whoever keeps subjects or tables gives a provider.
Source: DESIGN §14 (loops and series ask one question: the value of a thing at an instant, with its citation).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

from bihuan.series.alarms.model import LimitSpan
from bihuan.series.catalogue import Series
from bihuan.series.measures import conversion_factor
from bihuan.series.rounding import scaled
from bihuan.series.rules import SeriesLimit


class LimitInForce(NamedTuple):
    """A limit from one instant to another, with its own unit.

    Args:
        first, end: Microseconds since 1970 (UTC); the end is not in it.
        value: Exact, in `unit`.
        unit: Compared with that of the series and converted; never guessed.
        cited: Which version said so: permit, edition, row.
    """

    first: int
    end: int
    value: Fraction
    unit: str
    cited: str


class LimitProvider(Protocol):
    """Answers which limits held for a subject."""

    def in_force(self, subject_type: str, subject: str, limit: SeriesLimit) -> Sequence[LimitInForce]:
        """Every version of a limit, by its beginning."""
        ...


class NoLimits:
    """Nobody answers: rules by table or field judge nothing."""

    def in_force(self, subject_type: str, subject: str, limit: SeriesLimit) -> Sequence[LimitInForce]:
        """Nothing."""
        return ()


def spans_of(series: Series, subject: str, limit: SeriesLimit | None, limits: LimitProvider) -> list[LimitSpan]:
    """Return the spans of a limit in the last digit of a series; a fixed one needs none.

    Raises:
        MeasureError: a limit has no unit, or measures something else.
    """
    if limit is None or limit.fixed is not None:
        return []
    declared = series.declared
    return sorted(
        LimitSpan(
            each.first,
            each.end,
            scaled(each.value * conversion_factor(each.unit, declared.unit), declared.precision),
            each.cited,
        )
        for each in limits.in_force(declared.subject, subject, limit)
    )
