"""What a source writes becomes a value, a missing value or a refusal; never a guess."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.series.instants import SeriesClock, instant_of, micros
from bihuan.series.measures import MeasureError, conversion_factor
from bihuan.series.rounding import exact_number, scaled, shown, unscaled
from bihuan.series.values import Reading, ValueMeaning, ValueRefusal, effective
from tests.series.declaring import hourly


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("mg/m3", "ug/m3", Fraction(1000)),
        ("μg/m³", "mg/m^3", Fraction(1, 1000)),
        ("10^4 m3", "m3", Fraction(10_000)),
        ("10^4 kWh", "MWh", Fraction(10)),
        ("kWh", "MJ", Fraction(18, 5)),
        ("ppm", "%", Fraction(1, 10_000)),
        ("NTU", "NTU", Fraction(1)),
        ("m3/h", "L/s", Fraction(5, 18)),
    ],
)
def test_units_are_converted_exactly(source: str, target: str, factor: Fraction) -> None:
    assert conversion_factor(source, target) == factor


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("", "kg"),
        ("kg", "m"),
        ("furlongs!", "m"),
        ("degF", "degC"),
        ("g^99^99", "kg"),
        ("g**999999", "kg"),
        ("m" * 90, "m"),
    ],
)
def test_units_that_do_not_fit_are_refused_with_a_remedy(source: str, target: str) -> None:
    with pytest.raises(MeasureError) as caught:
        conversion_factor(source, target)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "flag", "kept"),
    [
        ("0.0352", "", Reading(352, "N")),
        ("0.03525", "ok", Reading(352, "N", True)),  # half to even
        ("0.03535", "", Reading(354, "N", True)),
        ("0.025L", "", Reading(250, "L")),
        ("<0.025", "", Reading(250, "L")),
        (">1", "", Reading(10_000, "G")),
        ("-999", "", Reading(None, "X")),
        ("-00999.000", "", Reading(None, "X")),
        ("", "", Reading(None, "X")),
        ("0.01", "cal", Reading(100, "C")),
        ("3", "", Reading(30_000, "P")),
        ("-0.001", "", Reading(-10, "P")),
        ("1e-3", "", Reading(10, "N")),
    ],
)
def test_a_text_means_a_value(tmp_path: Path, text: str, flag: str, kept: Reading) -> None:
    meaning = ValueMeaning(hourly(tmp_path), "mg/m3", {"ok": "N", "cal": "C"})
    assert meaning.read(text, flag) == kept


@pytest.mark.parametrize(
    ("text", "flag", "field"),
    [("12a", "", "value"), ("１２", "", "value"), ("1,5", "", "value"), ("1" * 18, "", "value"), ("1", "ok?", "flag")],
)
def test_what_is_no_value_is_refused_with_rule_and_remedy(tmp_path: Path, text: str, flag: str, field: str) -> None:
    refusal = ValueMeaning(hourly(tmp_path), "mg/m3").read(text, flag)
    assert isinstance(refusal, ValueRefusal)
    assert refusal.field == field
    assert refusal.rule
    assert refusal.remedy


def test_a_value_below_detection_is_refused_where_nobody_declared_what_it_means(tmp_path: Path) -> None:
    assert isinstance(ValueMeaning(hourly(tmp_path, censored=""), "ug/m3").read("0.5L"), ValueRefusal)


def test_how_a_value_takes_part(tmp_path: Path) -> None:
    series = hourly(tmp_path)
    assert effective(series, 25, "L") == Fraction(25, 2)
    assert effective(series, 25, "N") == 25
    assert effective(series, 25, "P") is None
    assert effective(series, None, "X") is None
    assert effective(hourly(tmp_path, censored="zero"), 25, "L") == 0


@given(st.integers(-(10**15), 10**15), st.integers(0, 9))
def test_a_kept_value_is_shown_and_read_back(value: int, decimals: int) -> None:
    text = shown(value, decimals)
    number = exact_number(text)
    assert number is not None
    assert scaled(number, decimals) == value
    assert unscaled(value, decimals) == number


BEGIN = datetime(2026, 2, 28, 15, 0, tzinfo=UTC)  # 23:00 in the zone


@pytest.mark.parametrize(
    "written",
    ["2026-03-01 00:00", "2026-03-01T00:00:00+08:00", "2026-02-28T16:00Z", "20260301000000", "2026/3/1 00:00",
     "2026年3月1日 00:00", "2026-02-28 24:00", datetime(2026, 3, 1)],
)  # fmt: skip
def test_an_hour_labelled_at_its_end_begins_the_day_before(tmp_path: Path, written: object) -> None:
    at = SeriesClock(hourly(tmp_path)).read(written)
    assert isinstance(at, int)
    assert instant_of(at) == BEGIN


def test_an_hour_labelled_at_its_start(tmp_path: Path) -> None:
    at = SeriesClock(hourly(tmp_path, label="start"), zone="UTC").read("2026-02-28 15:00")
    assert at == micros(BEGIN)


@pytest.mark.parametrize(
    "written", ["2026-02-30 00:00", "tomorrow", "", None, "0001-01-01 00:00", "9999-12-31 24:00", "2026-03-01 00:30"]
)
def test_what_is_no_instant_of_the_series_is_refused(tmp_path: Path, written: object) -> None:
    assert isinstance(SeriesClock(hourly(tmp_path)).read(written), ValueRefusal)


def test_an_hour_that_a_zone_leaves_out_is_refused(tmp_path: Path) -> None:
    refusal = SeriesClock(hourly(tmp_path), zone="Europe/Berlin").read("2026-03-29 02:00")
    assert isinstance(refusal, ValueRefusal)
    assert "zone" in refusal.remedy
