"""Plants of the sample: what they draw, what they discharge, and what their data loggers say of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck

EACH = 4
"""Values an hour."""


@dataclass
class Plant:
    """A plant and its logger, hour by hour.

    Args:
        outlet: Its number. limit: In the unit of its factor. luck: Its own.
        above: Hours whose mean lies above the limit → by what factor. flags: Hours → the flag the logger sends.
        silent, idle: Hours without data; hours of a shutdown. tampers: Name of what is done to the data, or empty.
        clock: Seconds its frames lag behind. raised: From which hour values lie between the old limit and a new one.
    """

    outlet: str
    limit: float
    luck: Luck
    above: dict[int, float] = field(default_factory=dict)
    flags: dict[int, str] = field(default_factory=dict)
    silent: range = range(0)
    idle: range = range(0)
    tampers: str = ""
    clock: int = 0
    raised: int = 1 << 30
    _level: float = 0.0
    _power: list[float] = field(default_factory=list)
    _hours: list[float] = field(default_factory=list)

    def power(self, hour: int) -> float:
        """What the plant draws in an hour, in kW."""
        self._until(hour)
        return self._power[hour]

    def said(self, hour: int) -> float:
        """The hour's mean as the logger tells it."""
        self._until(hour)
        value = self._hours[hour]
        if self.tampers == "flat" and 60 <= hour < 110:
            return self._hours[60]
        if self.tampers == "cap":
            return min(2.3 * value, 0.98 * self.limit - 0.004 * self.limit * self.luck.between(0, 1))
        if self.tampers == "scaled" and hour >= 96:
            return 0.55 * value
        if self.tampers == "copied" and 120 <= hour < 152:
            return self._hours[hour - 72]
        return value

    def rows(self, first: datetime, hours: range) -> Iterator[dict[str, Any]]:
        """The values of some hours as they are sent."""
        for hour in hours:
            if hour in self.silent:
                continue
            mean = self.said(hour)
            for part in range(EACH):
                wave = 0.0 if self.tampers else (0.02, -0.02, 0.01, -0.01)[part] * mean
                yield {
                    "subject": self.outlet, "time": (first + timedelta(hours=hour, minutes=15 * part)).isoformat(),
                    "value": f"{mean + wave:.2f}", "flag": self.flags.get(hour, "N"),
                }  # fmt: skip

    def _until(self, hour: int) -> None:
        while len(self._hours) <= hour:
            now = len(self._hours)
            self._level = 0.85 * self._level + 0.06 * _bell(self.luck)
            work = 100 * math.exp(self._level) * (1 + 0.12 * math.sin(now / 24 * 2 * math.pi))
            idle = now in self.idle
            self._power.append(3.0 if idle else work)
            value = 0.0 if idle else 0.0045 * self.limit * work * math.exp(0.05 * _bell(self.luck))
            if now in self.above:
                value = self.above[now] * self.limit
            elif now in self.flags:
                value = 2.4 * self.limit
            elif now >= self.raised:
                value = (1.15 + 0.1 * self.luck.between(0, 1)) * self.limit
            self._hours.append(value if self.tampers else min(value, 5 * self.limit))


def _bell(luck: Luck) -> float:
    """Nearly normal, of variance one."""
    return sum(luck.between(0, 1) for _ in range(12)) - 6.0
