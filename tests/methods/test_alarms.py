"""Alarms: hysteresis, gaps, corrections, any order of arrival."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.methods.running import run

START = datetime.fromisoformat("2024-03-04T08:00:00+08:00")
RULES = "rule,series,high,clear,on_count,off_count,max_gap_minutes\nhot,pump-*,80,70,2,2,15\n"
HEAD = "series,time,value,flag,arrived"


def _line(minute: int, value: str, flag: str = "N", late: int = 0, series: str = "pump-1") -> str:
    at = START + timedelta(minutes=minute)
    return f"{series},{at.isoformat()},{value},{flag},{(at + timedelta(seconds=late)).isoformat()}"


def _told(lines: list[str], **more: int) -> list[tuple[int, int | None, str]]:
    rows, _ = run("alarms", "\n".join([HEAD, *lines]), RULES, **more)

    def minute(text: str) -> int | None:
        return int((datetime.fromisoformat(text) - START).total_seconds() // 60) if text else None

    return [(minute(row["opened"]) or 0, minute(row["closed"]), row["peak"]) for row in rows]


def test_an_alarm_opens_at_the_first_and_closes_at_the_last() -> None:
    values = ["60", "81", "79", "81", "95.50", "75", "69", "72", "69", "68", "60"]
    lines = [_line(5 * n, value) for n, value in enumerate(values)]
    assert _told(lines) == [(15, 45, "95.50")], "81 alone opens nothing; 69 and 72 close nothing"
    assert _told(lines[:-2]) == [(15, None, "95.50")], "what has not closed is open"


def test_a_bound_itself_neither_opens_nor_closes() -> None:
    assert _told([_line(0, "80"), _line(5, "80")]) == []
    lines = [_line(0, "81"), _line(5, "81"), _line(10, "70"), _line(15, "70")]
    assert _told(lines) == [(0, None, "81")]


def test_a_gap_starts_counting_anew_only_while_closed() -> None:
    assert _told([_line(0, "90"), _line(16, "90")]) == []
    assert _told([_line(0, "90"), _line(15, "90")]) == [(0, None, "90")]
    lines = [_line(0, "90"), _line(5, "90"), _line(10, "60"), _line(60, "60")]
    assert _told(lines) == [(0, 60, "90")]


def test_the_last_arrival_counts_and_only_good_flags() -> None:
    lines = [_line(0, "90"), _line(5, "90"), _line(5, "60", late=60), _line(10, "90"), _line(15, "99", "C")]
    assert _told(lines) == [], "the correction took the second high value back, calibration does not count"
    lines += [_line(5, "91", late=120)]
    assert _told(lines) == [(0, None, "91")]


def test_no_series_that_no_rule_names_and_no_rule_that_contradicts_itself() -> None:
    rows, outcome = run(
        "alarms", "\n".join([HEAD, _line(0, "900", series="noise-1"), _line(5, "900", series="noise-1")]),
        RULES + "odd,noise-*,10,20,1,1,15\n",
    )  # fmt: skip
    assert rows == []
    assert outcome.rejects[0].field == "clear"


READINGS = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from(["60", "72", "81", "90.5"]), st.sampled_from("NNND"), st.integers(0, 3)
    ),
    max_size=40,
)


@given(READINGS, st.integers(0, 1_000_000))
@settings(max_examples=examples(40))
def test_any_order_of_arrival_gives_the_same_incidents(readings: list[tuple[int, str, str, int]], seed: int) -> None:
    lines = [_line(5 * minute, value, flag, late) for minute, value, flag, late in readings]
    other = list(lines)
    random.Random(seed).shuffle(other)
    assert _told(lines) == _told(other)
