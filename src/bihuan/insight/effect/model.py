"""The values of the effect room: what is known (`Panel`), how it was planned (`Design`), what follows (`Effect`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bihuan.faults import Fault

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Words = Mapping[str, str]  # a sentence in zh and in en
Method = Literal["auto", "randomised", "balanced", "controls", "synthetic", "interrupted"]
METHODS: tuple[Method, ...] = ("auto", "randomised", "balanced", "controls", "synthetic", "interrupted")
Status = Literal["pass", "caution", "dropped", "refused", "not run"]


class EffectError(Fault, ValueError):
    """A panel or design that cannot be read: what is wrong, and the remedy."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)


@dataclass(frozen=True)
class Panel:
    """Counts of units over periods, and who was treated from when.

    Args:
        units: Names of the n units (cells, communities, cell × type).
        periods: Names of the P periods in their order.
        counts: (n, P) events; not negative.
        treated_from: (n,) index of each unit's first treated period; P for a unit never treated.
        exposure: (n, P) what a count is per (days, residents), positive; None when all are alike.
        stratum: (n,) names of groups compared only within themselves (type, district); None for none.
        holdout: (n,) True for units that were eligible and drawn into the waiting list.
        neighbour: (n,) True for untreated units that treatment may spill over to; they are no controls.
        placebo: (n, P) counts of an outcome the treatment cannot touch; None without.
        season: (P,) season of each period (month 1…12) for interrupted series; None without.
        notes: What was assumed while reading, told with the result.
    """

    units: tuple[str, ...]
    periods: tuple[str, ...]
    counts: Floats
    treated_from: NDArray[np.int64]
    exposure: Floats | None = None
    stratum: tuple[str, ...] | None = None
    holdout: Mask | None = None
    neighbour: Mask | None = None
    placebo: Floats | None = None
    season: NDArray[np.int64] | None = None
    notes: tuple[Words, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.units), len(self.periods))
        for name in ("counts", "exposure", "placebo"):
            values = getattr(self, name)
            if values is None:
                continue
            if values.shape != shape:
                raise EffectError(
                    f"{name}: shape {values.shape}, but there are {shape[0]} units and {shape[1]} periods"
                )
            if not np.all(np.isfinite(values)) or np.any(values < 0):
                raise EffectError(f"{name}: a value is negative or no number", "counts and exposures are 0 or more")
        for name in ("treated_from", "holdout", "neighbour", "stratum"):
            values = getattr(self, name)
            if values is not None and len(values) != shape[0]:
                raise EffectError(f"{name}: {len(values)} values for {shape[0]} units")
        if self.exposure is not None and np.any(self.exposure <= 0):
            raise EffectError("exposure: a value is 0", "leave out periods in which nothing could be counted")

    @property
    def treated(self) -> Mask:
        """(n,) True for units treated at some time."""
        return np.asarray(self.treated_from < len(self.periods))

    @property
    def starts(self) -> list[int]:
        """The distinct first treated periods, ascending."""
        return sorted({int(s) for s in self.treated_from[self.treated]})


@dataclass(frozen=True)
class Design:
    """How the treatment was planned and how strictly its effect is judged.

    Args:
        method: "auto", or one of METHODS to force it (the gates still may refuse).
        selection: Periods (indices) whose counts decided who is treated; () when counts decided nothing (drawn by
            lot among all, or by law); None when unknown — then the regression-to-the-mean gate decides.
        level: Of the two-sided interval.
        margin: Largest tolerated difference where no effect can be (pre-trend, placebos), as a log ratio; 0.2 ≈ 22 %.
        least_events: Fewest treated (and control) events before and expected after.
        permutations: Draws of the randomisation test.
    """

    method: Method = "auto"
    selection: tuple[int, ...] | None = None
    level: float = 0.95
    margin: float = 0.2
    least_events: int = 30
    permutations: int = 999

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise EffectError(f"method: {self.method!r}", f"one of {', '.join(METHODS)}")
        if not 0.5 < self.level < 1:
            raise EffectError(f"level: {self.level} must lie between 0.5 and 1", "for example 0.95")


@dataclass(frozen=True)
class Gate:
    """One check that may refuse a number: its rule, what was found (log ratio or count), and what follows."""

    name: str
    status: Status
    says: Words
    value: float | None = None
    bound: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "name": self.name,
            "status": self.status,
            "value": _rounded(self.value),
            "bound": _rounded(self.bound),
            **self.says,
        }


@dataclass(frozen=True)
class EffectFit:
    """What an estimator found: a log rate ratio with its interval, and the events it stands for."""

    log_ratio: float
    low: float
    high: float
    se: float
    p_value: float
    observed: float
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out no effect. Source: docs/adr/0106 (2): p and interval agree."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Effect:
    """The answer. Percentages are changes of the treated units' rate after the start; negative means fewer events.

    `fit` is None exactly when `refused` says why no number is given.
    """

    method: str
    reason: Words
    gates: tuple[Gate, ...]
    fit: EffectFit | None
    refused: Words | None
    level: float
    size: Mapping[str, Any]
    naive: float | None
    notes: tuple[Words, ...] = ()

    @property
    def estimate(self) -> float | None:
        """Percent change, or None when refused."""
        return None if self.fit is None else _percent(self.fit.log_ratio)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends in percent, or None when refused."""
        return None if self.fit is None else (_percent(self.fit.low), _percent(self.fit.high))

    @property
    def saved(self) -> tuple[float, float, float] | None:
        """Events saved: estimate, low, high; the observed events divided by the ratio, less the observed.

        Source: docs/topics/effect.md, "Example" (events saved).
        """
        if self.fit is None:
            return None
        ends = (self.fit.log_ratio, self.fit.high, self.fit.low)
        middle, low, high = (self.fit.observed * math.expm1(-end) for end in ends)
        return middle, low, high

    def to_json(self) -> dict[str, Any]:
        """One JSON object; `estimate` and `interval` in percent, `ratio` as a rate ratio."""
        fit, saved, interval = self.fit, self.saved, self.interval
        return {
            "estimate": _rounded(self.estimate, 2),
            "interval": None if interval is None else [_rounded(end, 2) for end in interval],
            "unit": "percent",
            "level": self.level,
            "ratio": None if fit is None else _rounded(math.exp(fit.log_ratio)),
            "p_value": None if fit is None else _rounded(fit.p_value),
            "events_saved": None
            if saved is None
            else dict(zip(("estimate", "low", "high"), (_rounded(v, 1) for v in saved), strict=True)),
            "method": self.method,
            "method_reason": dict(self.reason),
            "gates": [gate.to_json() for gate in self.gates],
            "refused": None if self.refused is None else dict(self.refused),
            "size": dict(self.size),
            "before_after": _rounded(self.naive, 2),
            "detail": {} if fit is None else dict(fit.detail),
            "notes": [dict(note) for note in self.notes],
        }


def _percent(log_ratio: float) -> float:
    return 100 * math.expm1(min(log_ratio, 50.0))


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
