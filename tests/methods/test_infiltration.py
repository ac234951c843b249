"""Sewers: planted ground water, mixed connections and overflows are told apart, honest sewers accused of nothing."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.infiltration import _ends
from tests.methods.running import run

MONITORS = "monitor,population\n"
FLOWS, RAIN = "monitor,time,flow_m3_h\n", "day,rain_mm\n"
ZONE = timezone(timedelta(hours=8))
FIRST = date(2026, 6, 1)
SHAPE = [
    0.35,
    0.3,
    0.25,
    0.25,
    0.3,
    0.6,
    1.3,
    1.8,
    1.6,
    1.3,
    1.2,
    1.2,
    1.3,
    1.2,
    1.1,
    1.0,
    1.0,
    1.2,
    1.5,
    1.7,
    1.5,
    1.2,
    0.9,
    0.55,
]
"""How a day of sewage runs, against its mean."""
WET = {9: 22.0, 16: 12.0, 25: 35.0, 33: 18.0, 41: 8.0}


def sewer(
    name: str, luck: random.Random, people: int = 4_000, ground: float = 0, direct: float = 0, slow: float = 0,
    ceiling: float | None = None, days: int = 50, noise: float = 0.05,
) -> str:  # fmt: skip
    """Hourly rows: people, a constant inflow (m³/d), what a millimetre adds at once and on the two days after (m³)."""
    rows = []
    mean = people * 0.12 / 24
    for day in range(days):
        for hour in range(24):
            flow = mean * SHAPE[hour] + ground / 24 + direct * WET.get(day, 0) / 24 * (2.4 if 8 <= hour < 18 else 0)
            flow += slow * sum(WET.get(day - back, 0) for back in (1, 2)) / 24
            flow = min(flow * (1 + luck.gauss(0, noise)), ceiling or 1e9)
            at = datetime.combine(FIRST, datetime.min.time(), ZONE) + timedelta(days=day, hours=hour)
            rows.append(f"{name},{at.isoformat()},{max(flow, 0):.3f}\n")
    return "".join(rows)


RAINS = RAIN + "".join(f"{FIRST + timedelta(days=n)},{WET.get(n, 0)}\n" for n in range(-3, 50))


def findings(*sewers: str, people: int = 4_000, **options: object) -> dict[str, str]:
    names = {each.partition(",")[0] for each in sewers}
    monitors = MONITORS + "".join(f"{name},{people}\n" for name in sorted(names))
    rows, _ = run("infiltration", monitors, FLOWS + "".join(sewers), RAINS, **options)
    return {row["monitor"]: row["findings"] for row in rows}


def test_each_inflow_is_told_and_an_honest_sewer_is_left_alone() -> None:
    luck = random.Random(5)
    told = findings(
        sewer("clean", luck), sewer("ground", luck, ground=400), sewer("mixed", luck, direct=30), sewer("fed", luck, slow=25),
        sewer("over", luck, direct=60, ceiling=58), sewer("both", luck, ground=400, direct=40),
    )  # fmt: skip
    assert told == {
        "clean": "", "ground": "ground_water", "mixed": "mixed", "fed": "ground_water", "over": "mixed|overflow",
        "both": "ground_water|mixed",
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_planted_amounts_come_back(seed: int) -> None:
    luck = random.Random(seed)
    ground, direct = luck.uniform(200, 600), luck.uniform(20, 60)
    rows, outcome = run(
        "infiltration",
        MONITORS + "a,4000\n",
        FLOWS + sewer("a", luck, ground=ground, direct=direct),
        RAINS,
        shuffle=seed,
    )
    assert abs(float(rows[0]["ground_m3_d"]) - ground) < 0.1 * (480 + ground)
    assert abs(float(rows[0]["jump_m3_mm"]) - direct) < 0.15 * direct
    assert float(rows[0]["jump_low"]) <= float(rows[0]["jump_m3_mm"]) <= float(rows[0]["jump_high"])
    assert outcome.facts["mixed"] == 1


def test_too_few_days_are_said_and_conclude_nothing() -> None:
    luck = random.Random(1)
    rows, _ = run("infiltration", MONITORS + "a,4000\n", FLOWS + sewer("a", luck, ground=900, days=6), RAINS)
    assert (rows[0]["lacking"], rows[0]["findings"], rows[0]["ground_m3_d"]) == ("dry_days", "", "")
    rows, _ = run("infiltration", MONITORS + "a,4000\n", FLOWS + sewer("a", luck, direct=90, days=20), RAINS)
    assert (rows[0]["lacking"], rows[0]["findings"], rows[0]["jump_m3_mm"]) == ("wet_days", "", "")
    rows, _ = run("infiltration", MONITORS + "a,4000\n", FLOWS + sewer("a", luck, direct=90), RAIN + "2026-06-10,20\n")
    assert rows[0]["lacking"] == "dry_days", "a day of which no rain is known is not dry"


def test_wrong_rows_cost_only_themselves() -> None:
    luck = random.Random(2)
    bad = "b,2026-06-01T00:00:00+08:00,5\na,2026-06-01T99:00:00+08:00,5\na,2026-09-01T00:00:00+08:00,-1\n"
    rows, outcome = run("infiltration", MONITORS + "a,4000\n", FLOWS + bad + sewer("a", luck), RAINS)
    assert sorted((each.row, each.field) for each in outcome.rejects) == [(2, "monitor"), (3, "time"), (4, "flow_m3_h")]
    assert rows[0]["findings"] == ""


@settings(deadline=None)
@given(st.integers(1, 200))
def test_the_interval_holds_the_median_in_order(size: int) -> None:
    low, high = _ends(size)
    assert 0 <= low <= high < size
    assert low + high == size - 1
    assert low <= (size - 1) // 2
