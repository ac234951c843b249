"""The waters of the sample: sections on reaches of three rivers, what flows in each day, what pumps lift.

Values are drawn from the seed about a clean level of each section, well within its target; a discharge, a storm or an
instrument changes them from one day to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck

Row = dict[str, Any]
ITEMS = ("nh3n", "cod", "tp", "do")
CLEAN = {
    3: {"nh3n": (0.55, 0.85), "cod": (12, 17), "tp": (0.11, 0.17), "do": (5.6, 7.2)},
    4: {"nh3n": (1.05, 1.3), "cod": (22, 27), "tp": (0.21, 0.27), "do": (3.4, 4.8)},
}
"""Between what a clean section of a target lies, in mg/L."""
LIMIT = {
    3: {"nh3n": "1.0", "cod": "20", "tp": "0.2", "do": "5"},
    4: {"nh3n": "1.5", "cod": "30", "tp": "0.3", "do": "3"},
}
"""What still is in the class."""
DIGITS = {"nh3n": 3, "cod": 1, "tp": 3, "do": 2}
FOUL = {"nh3n": (2.6, 9.0), "cod": (46, 95), "tp": (0.45, 1.6), "do": (0.4, 1.6)}
"""What a discharge makes of a section: worse than class V."""


@dataclass
class Foulness:
    """Something that makes a section worse from one instant until it is stopped.

    Args:
        flag: What the station says of its values. silent: It is corrected later: the values of the air are not known.
    """

    begins: datetime
    ends: datetime | None = None
    flag: str = "ok"

    def at(self, when: datetime) -> bool:
        """Whether it touches a value taken at an instant."""
        return when > self.begins and (self.ends is None or when <= self.ends)


class River:
    """Daily values of all sections and hourly ones of pumps. `foul`, `fixed` and `still` are by section and pump."""

    def __init__(self, luck: Luck) -> None:
        self.foul: dict[str, list[Foulness]] = {}
        self.fixed: dict[str, dict[str, str]] = {}
        self.still: dict[str, list[Foulness]] = {}
        self._luck = luck

    def values(self, section: str, target: int, when: datetime) -> dict[str, tuple[str, str]]:
        """Value and flag of each item, as the station writes them."""
        touched = next((each for each in self.foul.get(section, []) if each.at(when)), None)
        told = {}
        for item in ITEMS:
            low, high = (FOUL if touched else CLEAN[target])[item]
            text = f"{self._luck.between(low, high):.{DIGITS[item]}f}"
            if touched is None:
                text = self.fixed.get(section, {}).get(item, text)
            told[item] = (text, touched.flag if touched else "ok")
        return told

    def rows(self, sections: list[Row], when: datetime) -> dict[str, list[Row]]:
        """The rows of one sampling, by item."""
        rows: dict[str, list[Row]] = {item: [] for item in ITEMS}
        for section in sections:
            for item, (value, flag) in self.values(section["number"], int(section["target"]), when).items():
                rows[item].append(
                    {"subject": section["number"], "time": when.isoformat(), "value": value, "flag": flag}
                )
        return rows

    def flows(self, pumps: list[str], first: datetime, hours: int) -> list[Row]:
        """What pumps lift in so many hours, m³/h."""
        rows = []
        for n in range(1, hours + 1):
            when = first + timedelta(hours=n)
            for pump in pumps:
                odd = next((each for each in self.still.get(pump, []) if each.at(when)), None)
                value = "0.0" if odd else f"{self._luck.between(60, 180):.1f}"
                rows.append(
                    {"subject": pump, "time": when.isoformat(), "value": value, "flag": odd.flag if odd else "ok"}
                )
        return rows
