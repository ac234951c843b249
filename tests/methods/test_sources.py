"""Pollution sources: exceedances hour by hour beside a plain reference, suspicions beside their honest look-alikes."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.running import by, run

START = datetime.fromisoformat("2026-03-02T00:00:00+08:00")
READINGS, PERMITS = "outlet,factor,time,value,flag\n", "permit,outlet,factor,basis,limit,decimals,from,to\n"
LONG = "2025-01-01T00:00:00+08:00,2027-01-01T00:00:00+08:00"


def _hour(hour: int, *values: str, flag: str = "N", outlet: str = "Q") -> list[str]:
    return [
        f"{outlet},cod,{(START + timedelta(hours=hour, minutes=5 * n)).isoformat()},{value},{flag}"
        for n, value in enumerate(values)
    ]


def _exceed(lines: list[str], permits: str) -> list[tuple[str, str, int]]:
    rows, _ = run("permit-exceed", READINGS + "\n".join(lines), PERMITS + permits, shuffle=1)
    return [(row["permit"], row["from"][5:13], int(row["hours"])) for row in rows]


def test_a_mean_equal_to_the_limit_is_not_above_it_and_halves_go_to_even() -> None:
    permit = f"W,Q,cod,hour,40,0,{LONG}"
    assert _exceed(_hour(1, "40", "41"), permit) == [], "40.5 rounds to 40"
    assert _exceed(_hour(1, "41", "42"), permit) == [("W", "03-02T01", 1)], "41.5 rounds to 42"
    assert _exceed(_hour(1, "40.49", "40.51"), permit.replace(",40,0,", ",40.0,1,")) == [("W", "03-02T01", 1)]


def test_hours_in_a_row_are_one_incident_and_an_invalid_hour_ends_it() -> None:
    permit = f"W,Q,cod,hour,40,0,{LONG}"
    bad = _hour(3, *["90"] * 8) + [each.replace(":00:00+", ":50:00+") for each in _hour(3, "90", flag="M")]
    bad += [f"Q,cod,{(START + timedelta(hours=3, minutes=51 + n)).isoformat()},90,C" for n in range(2)]
    assert _exceed(_hour(1, "50") + _hour(2, "60") + bad + _hour(4, "70"), permit) == [
        ("W", "03-02T01", 2), ("W", "03-02T04", 1),
    ]  # fmt: skip


def test_the_permit_that_holds_at_the_hour_decides() -> None:
    change = (START + timedelta(hours=2)).isoformat()
    permits = f"W1,Q,cod,hour,40,0,{START.isoformat()},{change}\nW2,Q,cod,hour,80,0,{change},\n"
    lines = _hour(1, "50") + _hour(2, "90") + _hour(3, "70") + _hour(4, "81")
    assert _exceed(lines, permits) == [("W1", "03-02T01", 1), ("W2", "03-02T02", 1), ("W2", "03-02T04", 1)]
    assert _exceed(_hour(-1, "900"), permits) == [], "no permit, no limit"


def test_a_day_is_judged_by_its_valid_hours() -> None:
    permit = f"W,Q,cod,day,40,1,{LONG}"
    lines = [line for hour in range(18) for line in _hour(hour, "30" if hour else "230")]
    assert _exceed(lines, permit) == [("W", "03-02T00", 24)], "230 and 17 times 30 make 41.1"
    assert _exceed(lines[1:], permit) == [], "seventeen hours are no day"


def test_permits_and_readings_that_cannot_be_are_told() -> None:
    _, outcome = run(
        "permit-exceed",
        READINGS
        + "Q,cod,2026-02-30T00:00,1,N\nQ,cod,2026-03-01T00:00,x,N\nQ,cod,2026-03-01T01:00,1,N\nQ,cod,2026-03-01T01:00,2,N\n",
        PERMITS + "W,Q,cod,hour,40,0,2026-01-02T00:00,2026-01-01T00:00\n",
    )
    assert sorted((each.file, each.row, each.field) for each in outcome.rejects) == [
        ("input0.csv", 2, "time"), ("input0.csv", 3, "value"), ("input0.csv", 4, "outlet"), ("input0.csv", 5, "outlet"),
        ("input1.csv", 2, "to"),
    ]  # fmt: skip


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(0, 2))
def test_it_agrees_with_exact_fractions_hour_by_hour(seed: int, decimals: int) -> None:
    luck = random.Random(seed)
    limit = luck.randint(30, 50)
    lines, expected, last = [], [], -2
    for hour in range(24):
        values = [(Fraction(luck.randint(300, 520), 10), luck.choice("NNNNNM")) for _ in range(luck.randint(1, 6))]
        lines += [
            f"Q,cod,{(START + timedelta(hours=hour, minutes=9 * n)).isoformat()},{float(v)},{flag}"
            for n, (v, flag) in enumerate(values)
        ]
        good = [value for value, flag in values if flag == "N"]
        if Fraction(len(good), len(values)) < Fraction(3, 4) or round(sum(good) / len(good), decimals) <= limit:
            continue
        expected += [1] if last != hour - 1 else []
        expected[-1] += 0 if last != hour - 1 else 1
        last = hour
    rows = _exceed(lines, f"W,Q,cod,hour,{limit},{decimals},{LONG}")
    assert [hours for _, _, hours in rows] == expected


# -- tampering -------------------------------------------------------------------------------------------


def _plant(seed: int, kind: str) -> list[str]:
    """Twenty-five days of a plant: power with a daily and a slow rhythm, emissions that follow it."""
    luck, level = random.Random(f"{seed}/{kind}"), 0.0
    power, value = [], []
    for hour in range(600):
        level = 0.9 * level + luck.gauss(0, 0.08)
        work = 95 * math.exp(level) * (1 + 0.15 * math.sin(hour / 24 * 2 * math.pi))
        power.append(
            0.5 * work if kind == "halved" and hour >= 300 else 3.0 if kind == "idle" and 200 <= hour < 330 else work
        )
        value.append(0.0 if kind == "idle" and 200 <= hour < 330 else 0.33 * power[-1] * math.exp(luck.gauss(0, 0.1)))
    if kind == "flat":
        value[200:260] = [value[200]] * 60
    elif kind == "cap":
        value = [49 - abs(luck.gauss(0, 0.1)) if each > 40 else each for each in (1.4 * v for v in value)]
    elif kind == "scaled":
        value[300:] = [0.55 * each for each in value[300:]]
    elif kind == "copied":
        value[400:430] = value[100:130]
    elif kind == "trace":
        value = [luck.choice((0.5, 0.6)) for _ in value]
    return [
        f"{kind},{(START + timedelta(hours=h)).isoformat()},{v:.2f},{p:.1f}"
        for h, (v, p) in enumerate(zip(value, power, strict=True))
    ]


@pytest.mark.parametrize("seed", range(3))
def test_tampering_is_suspected_and_honest_plants_are_not(seed: int) -> None:
    kinds = ("flat", "cap", "scaled", "copied", "honest", "halved", "idle", "trace")
    lines = [line for kind in kinds for line in _plant(seed, kind)]
    rows, _ = run(
        "tamper",
        "series,time,value,power\n" + "\n".join(lines),
        limit=50,
        detection_limit=0.5,
        witness="power",
        shuffle=5,
    )
    told = by(rows, "series", "suspicions")
    assert {kind: told[kind] for kind in kinds[:4]} == {kind: kind for kind in kinds[:4]}
    assert {kind: told[kind] for kind in kinds[4:]} == dict.fromkeys(kinds[4:], "")


def test_without_a_witness_a_step_accuses_nobody() -> None:
    lines = [line.rsplit(",", 1)[0] for line in _plant(1, "scaled") + _plant(1, "flat")]
    rows, _ = run("tamper", "series,time,value\n" + "\n".join(lines), limit=50, detection_limit=0.5)
    assert by(rows, "series", "suspicions") == {"scaled": "", "flat": "flat"}
