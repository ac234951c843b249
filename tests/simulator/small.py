"""A small district for the simulator: four sub-districts of the shipped one, so that every unit has enough cases."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from bihuan.loop.facts import LoopFacts
from bihuan.simulator.geography import CommunityArea
from bihuan.simulator.stage import Stage
from bihuan.simulator.town import AcceptedOrder, Plan, Town
from tests.loop.district import book, programme, registers

END = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class SmallStage(Stage):
    """The shipped district with the communities of four sub-districts only."""

    def areas(self) -> list[CommunityArea]:
        """See `Stage.areas`."""
        found = super().areas()
        streets = sorted({a.street for a in found})[:4]
        return [a for a in found if a.street in streets]


def stage(end: datetime = END) -> SmallStage:
    """A fresh stage over the flagship programme."""
    return SmallStage(registers(), programme(), "request", LoopFacts(registers(), book(), end, "seed"), end)


def town(seed: int = 5, days: int = 21, per_day: float = 70) -> Town:
    """A town that has not been played yet; it keeps every event."""
    return Town(stage(), Plan(days, seed, END, per_day), keep=True)


@cache
def played(seed: int = 5, days: int = 21) -> tuple[Town, list[AcceptedOrder]]:
    """A town played to its end, with its steps."""
    it = town(seed, days)
    return it, list(it.steps())
