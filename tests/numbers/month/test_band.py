"""The two-sided alarm: only a rate that is surely outside its band is said to be."""

from __future__ import annotations

from datetime import date

import pytest

from bihuan.loop.indicator_files import definition
from bihuan.rules.intervals import wilson


@pytest.mark.parametrize(
    ("called", "cases", "side"),
    [(0, 3000, "low"), (0, 100, None), (30, 1000, None), (300, 1000, "high"), (3, 12, None)],
)
def test_a_whistle_rate_alarms_on_both_sides_and_never_by_chance(called: int, cases: int, side: str | None) -> None:
    found = wilson(called, cases)
    assert definition("whistle_rate", date(2026, 11, 1)).alarm(found.low, found.high) == side


def test_an_indicator_without_a_band_never_alarms() -> None:
    assert definition("response_rate", date(2026, 11, 1)).alarm(0.0, 0.0) is None
