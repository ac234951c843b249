"""The drains of the sample: trees of nodes with people, days of flow and ammonia at monitors, hours with rain."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
NODES, MONITORS, DAYS, HOURLY = 20, 6, 6, 45
HEAD_KG, HEAD_M3 = 0.008, 0.12
"""What a person makes in a day: kilograms of ammonia nitrogen, cubic metres."""
SHAPE = (0.35, 0.3, 0.25, 0.25, 0.3, 0.6, 1.3, 1.8, 1.6, 1.3, 1.2, 1.2, 1.3, 1.2, 1.1, 1.0, 1.0, 1.2, 1.5, 1.7, 1.5,
         1.2, 0.9, 0.55)  # fmt: skip
RAIN = {8: 22.0, 15: 12.0, 24: 35.0, 31: 18.0, 39: 9.0}


class DrainTree:
    """A network: node n drains into an earlier one; some nodes are monitored, the root among them."""

    def __init__(self, luck: Luck, name: str) -> None:
        self.luck, self.name = luck, name
        self.down = {n: luck.whole(max(0, n - 4), n - 1) for n in range(1, NODES)}
        self.people = {n: luck.whole(80, 400) for n in range(NODES)}
        self.monitors = sorted({0, *luck.sample(range(1, NODES), MONITORS - 1)})
        self.foul: int | None = None

    def key(self, node: int) -> str:
        """The number of a node in the register."""
        return f"{self.name}-{node:02d}"

    def segment_of(self, node: int) -> int:
        """The monitor that closes the segment of a node."""
        while node not in self.monitors:
            node = self.down[node]
        return node

    def above(self, node: int) -> list[int]:
        """A node and everything that drains through it."""
        found = [node]
        for n in range(node + 1, NODES):
            if self.down[n] in found:
                found.append(n)
        return found

    def samples(self, play: Play, first: int, diluted: float = 1.0) -> list[Row]:
        """Flow and ammonia of some days at the monitors; ground water dilutes and brings no load."""
        rows = []
        for monitor in self.monitors:
            mine = self.above(monitor)
            people = sum(self.people[n] for n in mine)
            load = people * HEAD_KG + (people_of_segment(self) * 1.5 * HEAD_KG if self.foul in mine else 0.0)
            for day in range(DAYS):
                flow = people * HEAD_M3 * diluted * self.luck.between(0.96, 1.04)
                rows.append({
                    "number": f"{self.key(monitor)}/{first + day}", "network": self.name, "node": self.key(monitor),
                    "day": play.on(first + day).isoformat(), "flow": f"{flow:.1f}",
                    "nh3n": f"{load * self.luck.between(0.97, 1.03) / flow * 1000:.2f}",
                })  # fmt: skip
        return rows

    def hours(self, play: Play, first: int, ground: float, direct: float) -> list[Row]:
        """Hourly flow at the outlet of the network: people, ground water, and what rain adds at once."""
        people, rows = sum(self.people.values()), []
        mean = people * HEAD_M3 / 24
        for day in range(HOURLY):
            for hour in range(24):
                flow = mean * SHAPE[hour] + ground * mean
                flow += direct * mean * RAIN.get(day, 0.0) / 10 * (2.4 if 8 <= hour < 18 else 0)
                at = play.day(first + day) + timedelta(hours=hour)
                value = f"{flow * self.luck.between(0.95, 1.05):.2f}"
                rows.append({"monitor": self.name, "time": at.isoformat(), "flow_m3_h": value})
        return rows


def people_of_segment(tree: DrainTree) -> float:
    """The people of the segment in which something foul gets in."""
    assert tree.foul is not None
    closing = tree.segment_of(tree.foul)
    return sum(tree.people[n] for n in range(NODES) if tree.segment_of(n) == closing)


def rain_days(play: Play, first: int) -> list[Row]:
    """The rain of each day, from some days before on."""
    return [{"day": play.on(first + n).isoformat(), "rain_mm": RAIN.get(n, 0.0)} for n in range(-4, HOURLY)]
