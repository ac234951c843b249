"""What one life may know of the district and of all others: its stage, its truth, the house, who is how diligent."""

from __future__ import annotations

from dataclasses import dataclass, field

from bihuan.simulator.house import House
from bihuan.simulator.stage import Stage
from bihuan.simulator.truth import Truth
from bihuan.simulator.units import Temperament

MERGEABLE = ("dispatched", "in_progress")


@dataclass
class Surroundings:
    """What the lives ask.

    Args:
        stage: the district and its rules. truth: what is really so. house: every case as the kernel folded it.
        events: event of the stream → key of its first case.
    """

    stage: Stage
    truth: Truth
    house: House
    events: dict[int, str] = field(default_factory=dict)
    _tempers: dict[str, Temperament] = field(default_factory=dict)

    def temper(self, unit: str) -> Temperament:
        """Return the temperament of a unit by id; a community behaves like the street it belongs to.

        Source: docs/topics/simulator.md, "The truth".
        """
        found = self._tempers.get(unit)
        if found is None:
            found = self._tempers[unit] = self.truth.units[self.stage.code(unit)]
        return found

    def parent_of(self, index: int, key: str) -> str | None:
        """Return the key of an earlier case of the same event that a unit is still handling.

        Args:
            index: the report's row in the stream. key: its own key.

        Source: docs/topics/simulator.md, "The truth".
        """
        first = self.events.get(int(self.truth.stream.event[index]))
        if first is None or first == key:
            return None
        parent = self.house.cases[first]
        return first if parent.state in MERGEABLE and parent.restricted is None else None
