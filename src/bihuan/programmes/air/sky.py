"""The air of the sample, hour by hour: what all stations have in common, what one source adds, what instruments do.

Values are whole µg/m³ drawn from the seed; a haze gathers from the fifth day on, and a front clears it on the eighth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck

Row = dict[str, Any]
HOUR = timedelta(hours=1)
LEVELS = (46, 44, 47, 45, 58, 92, 118, 122, 38, 36, 37, 35, 36, 37)
"""What is there everywhere at the beginning of each day of the sample, before luck."""


@dataclass
class Source:
    """Something that adds to one station's values from one hour until it is stopped."""

    begins: datetime
    adds: int
    ends: datetime | None = None

    def at(self, when: datetime) -> int:
        """What it adds to the hour that ends at `when`."""
        return self.adds if when > self.begins and (self.ends is None or when <= self.ends) else 0


@dataclass
class Oddity:
    """What an instrument does from one hour to another: `value` in place of the air's, a `flag`, or nothing at all."""

    begins: datetime
    ends: datetime
    value: int | None = None
    flag: str = ""
    silent: bool = False

    def at(self, when: datetime) -> bool:
        """Whether it touches the hour that ends at `when`."""
        return self.begins < when <= self.ends


class Sky:
    """The values of all stations. `sources` and `oddities` are by station."""

    def __init__(self, luck: Luck, start: datetime) -> None:
        self.start = start
        self.sources: dict[str, list[Source]] = {}
        self.oddities: dict[str, list[Oddity]] = {}
        self._luck = luck
        self._factor: dict[str, float] = {}
        self._whole = {day: level * luck.between(0.96, 1.04) for day, level in enumerate((*LEVELS, LEVELS[-1]))}

    def everywhere(self, when: datetime) -> float:
        """What the district has in common in the hour that ends at `when`, in µg/m³."""
        day, part = divmod((when - self.start) / timedelta(days=1), 1)
        first, second = (self._whole[min(int(day) + n, len(LEVELS))] for n in (0, 1))
        return first + (second - first) * part

    def rows(self, stations: list[str], first: datetime, last: datetime) -> list[Row]:
        """The hours of some stations that end after `first` and until `last`, as a logger writes them."""
        found: list[Row] = []
        when = first + HOUR
        while when <= last:
            common = self.everywhere(when)
            for station in stations:
                found += self._row(station, when, common)
            when += HOUR
        return found

    def _row(self, station: str, when: datetime, common: float) -> list[Row]:
        luck = self._luck
        factor = self._factor.setdefault(station, luck.between(0.94, 1.06))
        noise = sum(luck.roll() for _ in range(4)) / 2 - 1  # between −1 and 1, mostly small
        value = round(common * factor * (1 + 0.09 * noise)) + sum(s.at(when) for s in self.sources.get(station, []))
        flag = "ok"
        for odd in self.oddities.get(station, []):
            if odd.at(when):
                if odd.silent:
                    return []
                value, flag = value if odd.value is None else odd.value, odd.flag or flag
        return [{"subject": station, "time": when.isoformat(), "value": str(value), "flag": flag}]
