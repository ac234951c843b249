"""Shares of whistles are judged by their interval; who was called came, passed by or left, read literally."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import by, run

BAND = "street,cases,whistles\n"
CALLS = "call,unit,lon,lat,called_at,within_min,finished_at\n"
TRACKS = "call,unit,time,lon,lat,accuracy_m\n"
START = datetime(2026, 3, 2, 9, 0)
METRE = 180 / math.pi / 6_371_008.8


def test_flags_need_the_whole_interval() -> None:
    lines = ["few,29,0", "none,2000,0", "much,400,60", "in,3000,90", "edge,60,1", "above,300,21", "wrong,5,6"]
    rows, outcome = run("whistle-band", BAND + "\n".join(lines), shuffle=1)
    assert by(rows, "street", "flag") == {
        "few": "too_few", "none": "low", "much": "high", "in": "inside", "edge": "undecided", "above": "undecided",
    }  # fmt: skip
    assert [(each.row, each.field) for each in outcome.rejects] != []
    assert len(outcome.rejects) == 1


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_the_ends_solve_wilsons_equation(drawn: tuple[int, int]) -> None:
    cases, hits = drawn
    (row,), _ = run("whistle-band", f"{BAND}a,{cases},{hits}\n")
    for end, trivial in (("lower", hits == 0), ("upper", hits == cases)):
        share = float(row[end])
        apart = abs(hits / cases - share) - 1.959963984540054 * math.sqrt(share * (1 - share) / cases)
        assert trivial or abs(apart) < 1e-4, row
    assert float(row["lower"]) <= hits / cases <= float(row["upper"])


def test_no_cases_say_nothing() -> None:
    (row,), _ = run("whistle-band", f"{BAND}a,0,0\n")
    assert (row["rate"], row["lower"], row["upper"], row["flag"]) == ("", "0.000000", "1.000000", "too_few")


def track(call: str, *points: tuple[float, float] | tuple[float, float, float]) -> str:
    """Minutes after the start, metres from the place, accuracy."""
    return "".join(
        f"{call},u,{START + timedelta(minutes=point[0]):%Y-%m-%d %H:%M:%S},116.3,{40 + point[1] * METRE:.9f},"
        f"{point[2] if len(point) > 2 else 10}\n"
        for point in points
    )


def test_every_verdict() -> None:
    calls = "".join(f"{name},u,116.3,40,2026-03-02 09:00:00,30,2026-03-02 11:00:00\n" for name in "ABCDEFGH")
    tracks = (
        track("A", (-5, 0), (10, 150), (15, 190), (118, 20))
        + track("B", (31, 100), (36, 100), (119, 10))
        + track("C", (10, 100), (14, 100), (16, 300), (20, 100), (24, 100))
        + track("D", (10, 201), (20, 500))
        + track("E", (10, 20, 101), (16, 20, 400))
        + track("F", (10, 20), (15, 20), (40, 20), (60, 900), (125, 900))
        + track("G", (10, 20), (15, 20), (109, 20), (130, 900))
    )
    rows, outcome = run("arrival", CALLS + calls, TRACKS + tracks + "Z,u,2026-03-02 09:00:00,116.3,40,1\n", shuffle=4)
    assert by(rows, "call", "verdict") == {
        "A": "arrived", "B": "late", "C": "passed_by", "D": "not_arrived", "E": "not_arrived", "F": "left_early",
        "G": "arrived", "H": "not_arrived",
    }  # fmt: skip
    assert by(rows, "call", "arrived_at")["A"] == "2026-03-02 09:10:00"
    assert [each.field for each in outcome.rejects] == ["call"]


def literal(points: list[tuple[int, bool]], within: int, end: int) -> str:
    """The rule as it is written, over (minute, inside) in order of time."""
    runs: list[list[int]] = []
    before = False
    for minute, inside in points:
        if inside and not before:
            runs.append([])
        if inside:
            runs[-1].append(minute)
        before = inside
    if not runs:
        return "not_arrived"
    stays = [run for run in runs if len(run) >= 2 and run[-1] - run[0] >= 5]
    if not stays:
        return "passed_by"
    last = runs[-1][-1]
    if end - last > 10 and any(last < minute < end for minute, inside in points if not inside):
        return "left_early"
    return "late" if stays[0][0] > within else "arrived"


@given(
    st.dictionaries(st.integers(0, 80), st.booleans(), max_size=25),
    st.integers(0, 60),
    st.integers(0, 80),
    st.integers(),
)
def test_the_verdict_is_the_rule_read_literally(points: dict[int, bool], within: int, end: int, seed: int) -> None:
    ordered = sorted(points.items())
    finished = START + timedelta(minutes=end)
    call = f"{CALLS}A,u,116.3,40,2026-03-02 09:00:00,{within},{finished:%Y-%m-%d %H:%M:%S}\n"
    sent = TRACKS + track("A", *((minute, 50 if inside else 400) for minute, inside in ordered))
    (row,), _ = run("arrival", call, sent, shuffle=seed)
    assert row["verdict"] == literal(ordered, within, end)


@pytest.mark.parametrize("sent", ["A,u,never,116.3,40,1\n", "A,u,2026-03-02 09:00:00,x,40,1\n"])
def test_a_bad_position_is_told_and_the_rest_is_done(sent: str) -> None:
    call = f"{CALLS}A,u,116.3,40,2026-03-02 09:00:00,30,\n"
    (row,), outcome = run("arrival", call, TRACKS + sent + track("A", (10, 0), (16, 0)))
    assert (row["verdict"], len(outcome.rejects)) == ("arrived", 1)
