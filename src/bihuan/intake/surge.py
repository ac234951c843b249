"""Surge alarm: many reports that share place and kind within a short time. Pure.

A count is alarming when it is at least a minimum and would come by chance less often than declared, if reports came as
they usually do there (Poisson with the mean of the baseline; half a report is assumed where there was none, so that a
quiet place can still alarm). The numbers are data (`surge.yaml`).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import h3

from bihuan.declare.source import read
from bihuan.registers.pure.durations import Duration

RESOLUTION = 8  # H3 cells of about 0.7 km²: a few blocks
QUIET = 0.5  # reports assumed over a baseline in which there were none


@dataclass(frozen=True)
class SurgeRule:
    """See `surge.yaml`."""

    window: timedelta
    minimum: int
    chance: Decimal
    baseline: timedelta
    level: int


class SurgeReport(NamedTuple):
    """One report as the alarm sees it: `place` is an area code or an H3 cell, `kind` a category cut to the level."""

    at: datetime
    place: str
    kind: str
    case: str


class SurgeAlarm(NamedTuple):
    """Reports that came together; `expected` is how many usually come in such a window."""

    place: str
    kind: str
    first: datetime
    last: datetime
    expected: Decimal
    cases: tuple[str, ...]


@cache
def surge_rule() -> SurgeRule:
    """Return the declared rule. Source: `surge.yaml`; docs/topics/import.md, "Surge alarm"."""
    data = read(Path(__file__).with_name("surge.yaml"))
    return SurgeRule(
        _span(data["window"]),
        int(data["minimum"]),
        Decimal(data["chance"]),
        _span(data["baseline"]),
        int(data["level"]),
    )


def _span(text: str) -> timedelta:
    parsed = Duration.parse(text)
    unit = {"minutes": 1, "hours": 60, "days": 1440}[parsed.unit]
    return timedelta(minutes=parsed.amount * unit)


def place_of(area: str | None, lon_e6: int | None, lat_e6: int | None) -> str | None:
    """Return what "the same place" means: the cell of the position, else the area; None when neither is known.

    Source: docs/topics/import.md, "Surge alarm" (H3 cell of about 0.7 km², else area).
    """
    if lon_e6 is not None and lat_e6 is not None:
        return str(h3.latlng_to_cell(lat_e6 / 1e6, lon_e6 / 1e6, RESOLUTION))
    return area


def kind_of(category: str | None, level: int) -> str | None:
    """Return a category cut to a level of its tree.

    Source: docs/topics/import.md, "Surge alarm" (second level of the tree).
    """
    return ".".join(category.split(".")[:level]) if category else None


def find_surges(signals: Iterable[SurgeReport], now: datetime, by: SurgeRule) -> list[SurgeAlarm]:
    """Return the alarms that stand at `now`, worst first.

    Args:
        signals: Reports of the baseline and the window, in any order.
        now: The end of the window.
        by: The rule.

    Source: docs/topics/import.md, "Surge alarm".
    """
    start = now - by.window
    recent: dict[tuple[str, str], list[SurgeReport]] = defaultdict(list)
    before: dict[tuple[str, str], int] = defaultdict(int)
    for signal in signals:
        if start < signal.at <= now:
            recent[signal.place, signal.kind].append(signal)
        elif start - by.baseline <= signal.at <= start:
            before[signal.place, signal.kind] += 1
    found = []
    for key, group in recent.items():
        usual = max(before[key], QUIET) * (by.window / by.baseline)
        if len(group) >= by.minimum and poisson_tail(len(group), usual) < float(by.chance):
            found.append(_alarm(key, group, usual))
    return sorted(found, key=lambda a: (float(a.expected) - len(a.cases), a.place, a.kind))


def poisson_tail(count: int, mean: float) -> float:
    """Return the chance of at least `count` when the mean is `mean` (Poisson).

    Source: Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, ch. 4 (Poisson).
    """
    if mean <= 0:
        return 0.0 if count else 1.0
    below = sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))
    return max(0.0, 1.0 - below)


def _alarm(key: tuple[str, str], group: Sequence[SurgeReport], usual: float) -> SurgeAlarm:
    ordered = sorted(group)
    expected = Decimal(usual).quantize(Decimal("0.001"))
    return SurgeAlarm(*key, ordered[0].at, ordered[-1].at, expected, tuple(s.case for s in ordered))
