"""The played district comes up on every day: acts look at the state of their own moment, calendars may end.

Merging and withdrawing are far more common here than in the shipped district, so that a small town meets in a few days
what the whole one meets once in a quarter of a million events.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.simulator.parameters import parameters
from bihuan.simulator.town import Plan, Town
from tests.loop import invariants
from tests.loop.district import book, programme, registers
from tests.simulator.small import SmallStage

pytestmark = pytest.mark.slow

TODAYS = (
    # the turn of the year, of a published calendar and of two unpublished ones
    "2023-12-30", "2023-12-31", "2024-01-01", "2025-12-30", "2025-12-31", "2026-01-01", "2026-12-30", "2026-12-31",
    "2027-01-01", "2027-01-11", "2027-12-30", "2028-01-01",
    # the leap day, published and not
    "2024-02-28", "2024-02-29", "2024-03-01", "2028-02-29",
    # both sides of the Spring Festival: published, and after the last published calendar
    "2025-01-27", "2025-02-05", "2026-02-14", "2026-02-15", "2026-02-24", "2027-02-05", "2027-02-15", "2028-01-26",
    # the National Day, make-up workdays, and ordinary days
    "2026-09-20", "2026-10-01", "2026-10-10", "2026-11-29", "2027-06-15", "2029-10-08",
)  # fmt: skip


def busy_town(today: str, seed: int) -> Town:
    """A small town in which half the residents who wait take their report back, played up to 18:13 of a day."""
    end = datetime.combine(datetime.fromisoformat(today), time(10, 13), UTC)
    shipped = parameters()
    many = shipped.model_copy(
        update={
            "desk": shipped.desk.model_copy(update={"merge": 1.0}),
            "resident": shipped.resident.model_copy(update={"withdraws": 0.5}),
        }
    )
    facts = LoopFacts(registers(), book(), end, "seed")
    stage = SmallStage(registers(), programme(), "request", facts, end, parameters=many)
    return Town(stage, Plan(18, seed, end, 30), keep=True)


def test_thirty_different_days_are_tried() -> None:
    assert len(set(TODAYS)) == 30


@pytest.mark.parametrize("today", TODAYS)
def test_the_kernel_refuses_nothing_on_any_day(today: str) -> None:
    town = busy_town(today, seed=1 + TODAYS.index(today))
    steps = list(town.steps())
    assert town.house.refused == []
    assert len(steps) > 1000
    assert town.house.kinds["reporter_joined"] == town.house.kinds["merged"] > 5
    assert town.house.kinds["withdrawn"] > 20
    invariants.conserved(town.stage.rules, town.house.cases.values())
    for case in town.house.cases.values():
        invariants.alive(town.stage.rules, case)
