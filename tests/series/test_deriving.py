"""Derived values are exact, by the edition of their day, with minimum counts; a window waits for its end."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.series.declared import SeriesFile
from bihuan.series.deriving import Made, WindowInput, made_windows, robust_z
from bihuan.series.instants import micros
from tests.series.declaring import declared, hourly

FIRST = datetime(2026, 2, 28, 16, tzinfo=UTC)  # midnight of 1 March in the zone
HOUR = 3_600_000_000


def derived(folder: Path, derive: str, precision: int = 0, unit: str = "ug/m3") -> SeriesFile:
    return declared(
        f"name: {{zh: 派生, en: Derived}}\nsubject: station\nquantity: {{zh: 量, en: Q}}\nunit: {unit}\n"
        f"zone: Asia/Shanghai\nprecision: {precision}\nderive: {derive}\n", folder,
    )  # fmt: skip


def inputs(*values: int | None, batch: int = 1) -> list[WindowInput]:
    at = micros(FIRST)
    return [
        WindowInput(at + number * HOUR, None if value is None else Fraction(value), batch)
        for number, value in enumerate(values)
        if value != -1
    ]


FAR = micros(FIRST + timedelta(days=400))
DAY = "{from: hourly, window: day, statistic: mean, editions: [{minimum: 20}]}"


def test_a_day_needs_twenty_hours_and_rounds_half_to_even(tmp_path: Path) -> None:
    series, origin = derived(tmp_path, DAY), hourly(tmp_path)
    twenty = [345] * 10 + [365] * 10  # mean 35.5, last digit 0.1
    assert made_windows(series, origin, inputs(*twenty), FAR) == [Made(micros(FIRST), 36, "N", 20, 1)]
    assert made_windows(series, origin, inputs(*[345] * 20), FAR) == [Made(micros(FIRST), 34, "N", 20, 1)]
    short = [*[345] * 19, None, None]
    assert made_windows(series, origin, inputs(*short), FAR) == [Made(micros(FIRST), None, "X", 19, 1)]


def test_a_window_waits_for_its_end(tmp_path: Path) -> None:
    series, origin = derived(tmp_path, DAY), hourly(tmp_path)
    given = inputs(*[100] * 23)
    assert made_windows(series, origin, given, micros(FIRST) + 23 * HOUR) == []
    assert len(made_windows(series, origin, given, micros(FIRST) + 24 * HOUR)) == 1


def test_eight_hours_roll_and_the_maximum_of_a_day_takes_windows_that_end_from_eight_on(tmp_path: Path) -> None:
    origin = hourly(tmp_path)
    rolling = derived(tmp_path, "{from: hourly, window: 8 h, statistic: mean, editions: [{minimum: 6}]}", 1)
    hours = [*range(10, 250, 10)] + [2000] * 8  # the next day's first hours are high
    made = made_windows(rolling, origin, inputs(*hours), micros(FIRST) + 32 * HOUR)
    ends = {(each.at - micros(FIRST)) // HOUR + 8: each for each in made}
    assert min(ends) == 1
    assert ends[5].value is None
    assert (ends[8].value, ends[8].inputs) == (45, 8)
    assert ends[24].value == 205
    top = (
        "{from: r, window: day, statistic: max, hours: {from: 8, to: 24}, editions: [{minimum: 14, unless_above: 160}]}"
    )
    daily = derived(tmp_path, top)
    given = [WindowInput(each.at, None if each.value is None else Fraction(each.value), 1) for each in made]
    own = [each for each in made_windows(daily, rolling, given, FAR) if each.at == micros(FIRST)]
    assert own == [Made(micros(FIRST), 20, "N", 17, 1)]  # 20.5, half to even
    few = made_windows(daily, rolling, given[7:12], FAR)
    assert few == [Made(micros(FIRST), None, "X", 5, 1)]
    high = [each._replace(value=Fraction(1610)) for each in given[7:12]]
    assert made_windows(daily, rolling, high, FAR)[0].value == 161


def test_a_missing_hour_does_not_take_the_window_away(tmp_path: Path) -> None:
    rolling = derived(tmp_path, "{from: hourly, window: 3 h, statistic: max, editions: [{minimum: 2}]}", 1)
    made = made_windows(rolling, hourly(tmp_path), inputs(10, 20, -1, 40), micros(FIRST) + 4 * HOUR)
    assert [(each.value, each.inputs) for each in made] == [(None, 1), (20, 2), (20, 2), (40, 2)]


def test_the_edition_of_the_day_decides(tmp_path: Path) -> None:
    text = (
        "{from: h, window: day, statistic: mean, editions: [{minimum: 1}, {from: 2026-03-02, minimum: 3, decimals: 0}]}"
    )
    series = derived(tmp_path, text, 1)
    made = made_windows(series, hourly(tmp_path), inputs(*[354] * 24, 354, 354, 354), FAR)
    assert [each.value for each in made] == [354, 350]


@pytest.mark.parametrize(
    ("window", "days"), [("month", (1, 31)), ("quarter", (1, 90)), ("year", (1, 365)), ("hour", (0, 1))]
)
def test_windows_of_the_calendar(tmp_path: Path, window: str, days: tuple[int, int]) -> None:
    series = derived(tmp_path, f"{{from: h, window: {window}, statistic: count}}", 0, "'1'")
    january = micros(datetime(2025, 12, 31, 16, tzinfo=UTC))
    made = made_windows(series, hourly(tmp_path), [WindowInput(january + 5 * HOUR * days[0], Fraction(1), 7)], FAR)
    begin = january + 5 * HOUR if window == "hour" else january
    length = 1 if window == "hour" else days[1] * 24
    assert [each.at for each in made] == [begin if window != "hour" else january]
    late = made_windows(series, hourly(tmp_path), [WindowInput(january, Fraction(1), 7)], january + length * HOUR - 1)
    assert late == []


VALUES = st.integers(-1000, 1000).filter(lambda value: value != -1)  # for `inputs`, −1 leaves an hour out


@given(st.lists(VALUES, min_size=1, max_size=30), st.integers(1, 99))
def test_percentiles_are_those_of_numpy(
    tmp_path_factory: pytest.TempPathFactory, values: list[int], percent: int
) -> None:
    folder = tmp_path_factory.mktemp("p")
    series = derived(folder, f"{{from: h, window: year, statistic: percentile, percent: {percent}}}", 9)
    (made,) = made_windows(series, hourly(folder), inputs(*values), FAR)
    assert made.value is not None
    assert made.value / 1e9 == pytest.approx(float(np.percentile(values, percent)) / 10, abs=1e-8)


def test_a_value_is_compared_with_its_neighbours(tmp_path: Path) -> None:
    series = derived(tmp_path, "{from: h, statistic: robust_z, neighbours: 4}", 2, "'1'")
    at = micros(FIRST)
    values = {1: 100, 2: 102, 3: 98, 4: 101, 5: 300}
    given = {line: WindowInput(at, Fraction(value), line) for line, value in values.items()}
    found = robust_z(series, hourly(tmp_path), at, given)
    others = [100, 102, 98, 101]
    middle = statistics.median(others)
    expected = 0.6745 * (300 - middle) / statistics.median([abs(value - middle) for value in others])
    assert found[5].value == round(expected * 100)
    assert (found[5].inputs, found[5].version) == (4, 5)
    assert abs(found[1].value or 0) < 100
    del given[4]
    assert robust_z(series, hourly(tmp_path), at, given)[5].value is None
