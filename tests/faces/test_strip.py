"""Strips of time: hours stay hours, months months; late lines are not blamed; colours follow the limit of the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from bihuan.faces.panels.kinds import strip
from bihuan.series.catalogue import current_catalogue
from bihuan.series.instants import micros
from bihuan.series.limits import LimitInForce

LAST = datetime(2024, 3, 10, 4, tzinfo=UTC)
BANDS = [
    {"name": {"zh": "内", "en": "in"}, "colour": "good", "below": 1.000001},
    {"name": {"zh": "外", "en": "out"}, "colour": "heavy"},
]


def axis(series: str, days: int) -> Any:
    return strip._Axis(current_catalogue().get(series), LAST, days)


def panel(**more: Any) -> strip.StripPanel:
    return strip.StripPanel.model_validate(
        {"kind": "strip", "name": {"zh": "带", "en": "strip"}, "series": "cod-hour", "bands": BANDS} | more
    )


def test_hours_days_and_months_have_cells_of_their_own() -> None:
    hours, days, months = axis("cod-hour", 31), axis("water-class-day", 60), axis("water-nh3n-month", 731)
    assert (hours.size, days.size, months.size) == (744, 60, 24)
    assert hours.cell(LAST - timedelta(hours=5)) == 738
    assert days.cell(LAST - timedelta(days=5)) == 54
    assert [months.cell(datetime(*month, 3, tzinfo=UTC)) for month in ((2024, 3), (2024, 1), (2022, 4))] == [23, 21, 0]
    assert (months.said(23), months.said(0)) == ("2024-03", "2022-04")


def test_capture_counts_from_the_first_value_of_a_line_that_began_within() -> None:
    values = [""] * 720 + ["10"] * 18 + [""] * 6
    told = [strip._strip(panel(), axis("cod-hour", 31), "x", "/", values, older, None) for older in (False, True)]
    assert [each.captured for each in told] == ["75 %", "2 %"]


def test_colours_follow_the_limit_that_held_at_the_hour(monkeypatch: Any) -> None:
    change = micros(LAST - timedelta(hours=2))
    held = [
        LimitInForce(0, change, Fraction(50), "mg/L", "PW1"),
        LimitInForce(change, micros(LAST + timedelta(days=9)), Fraction(100), "mg/L", "PW2"),
    ]
    limits: Any = SimpleNamespace(in_force=lambda kind, key, limit: held if limit.field == "limit_cod" else [])
    at = strip._limit_at(limits, "discharge-outlet", "DA1", "limit_cod")
    values = [""] * 740 + ["60", "60", "50", "100"]
    told = strip._strip(panel(share_of="limit_cod"), axis("cod-hour", 31), "x", "/", values, False, at)
    assert [kind for _, kind, _ in told.cells[740:]] == ["band-heavy", "band-good", "band-good", "band-good"]
    assert told.newest == "100 / 100"
    nobody = strip._limit_at(limits, "discharge-outlet", "DA1", "limit_nox")
    told = strip._strip(panel(share_of="limit_nox"), axis("cod-hour", 31), "x", "/", values, False, nobody)
    assert {kind for _, kind, _ in told.cells} == {"band-none"}, "no limit, no colour"
