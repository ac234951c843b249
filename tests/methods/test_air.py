"""Air: both editions at every published value, days and years by fractions, warnings as the plan gives them."""

from __future__ import annotations

import math
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.parts.rulebook import method_rules
from tests.methods.running import run

HEAD = "id,date,report,pm25,pm10,so2,no2,co,o3_8h,o3_1h\n"
ITEMS = HEAD.strip().split(",")[3:]


def _index(item: str, value: object, day: str, report: str = "daily") -> tuple[str, str]:
    cells = [str(value) if name == item else "" for name in ITEMS]
    rows, _ = run("aqi", f"{HEAD}x,{day},{report},{','.join(cells)}")
    return rows[0][f"iaqi_{item}"], rows[0]["status"]


@pytest.mark.parametrize(
    ("item", "value", "day", "report", "index"),
    [
        ("pm25", 35, "2026-03-01", "daily", 50), ("pm25", 60, "2026-03-01", "daily", 100),
        ("pm25", 75, "2026-03-01", "daily", 114), ("pm25", 800, "2026-03-01", "daily", 500),
        ("pm25", 75, "2026-02-28", "daily", 100), ("pm10", 150, "2026-03-01", "daily", 112),
        ("pm10", 150, "2026-02-28", "daily", 100), ("so2", 150, "2026-03-01", "daily", 100),
        ("so2", 475, "2026-03-01", "daily", 150), ("so2", 475, "2026-03-01", "hourly", 97),
        ("so2", 801, "2026-03-01", "hourly", 200), ("o3_8h", 801, "2026-03-01", "daily", 300),
        ("o3_1h", 160, "2026-03-01", "hourly", 50), ("no2", 350, "2026-03-01", "hourly", 115),
        ("co", 4, "2026-03-01", "daily", 100), ("co", "2.2", "2025-03-01", "daily", 55),
        ("pm25", "60.11", "2026-03-01", "daily", 100), ("pm25", "60.5", "2026-03-01", "daily", 100),
        ("pm25", "61.5", "2026-03-01", "daily", 102),
    ],
)  # fmt: skip
def test_published_values(item: str, value: object, day: str, report: str, index: int) -> None:
    assert _index(item, value, day, report)[0] == str(index)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["pm25", "pm10", "so2", "no2", "o3_8h"]), st.integers(0, 900), st.booleans())
def test_the_index_is_that_of_the_rule_table(item: str, value: int, new: bool) -> None:
    day = date(2026, 3, 1) if new else date(2025, 3, 1)
    code = item if item.startswith("o3") else f"{item}_24h"
    want = method_rules().lookup("air.iaqi.mass", day, "*", item=code, concentration=value)["iaqi"]
    assert int(_index(item, value, day.isoformat())[0]) == int(str(want))


def test_primary_and_publication() -> None:
    rows, outcome = run(
        "aqi",
        f"{HEAD}a,2026-07-21,daily,75,150,,,,,\nb,2026-07-21,daily,58,61,,31,,90,\nc,2025-07-21,daily,75,150,1,1,0.1,1,"
        "\nd,2026-07-21,daily,,,,,,,\ne,2026-07-21,daily,-1,,,,,,",
    )
    told = {row["id"]: (row["aqi"], row["level"], row["primary"], row["status"]) for row in rows}
    assert told["a"] == ("114", "3", "pm25", "ok"), "above 100 it is published with few items"
    assert told["b"] == ("", "", "", "not_published")
    assert told["c"] == ("100", "2", "pm25|pm10", "ok")
    assert told["d"] == ("", "", "", "no_data")
    assert [(r.row, r.field) for r in outcome.rejects] == [(6, "pm25")]


hours = st.dictionaries(st.integers(0, 23), st.integers(0, 400), max_size=24)


@settings(max_examples=60, deadline=None)
@given(hours, st.booleans())
def test_a_day_is_that_of_fractions_hour_by_hour(found: dict[int, int], ends: bool) -> None:
    start = date(2025, 6, 1)
    lines = []
    for hour, value in found.items():
        at = hour + ends
        day = start + timedelta(days=at // 24)
        lines.append(f"s,{day}T{at % 24:02}:00:00+08:00,{value},{value * 10}")
    if not lines:
        return
    text = "station,time,o3,co\n" + "\n".join(lines)
    rows, _ = run("air-days", text, hour_label="end" if ends else "start", co_unit="ug/m3", shuffle=1)
    assert [row["date"] for row in rows] == ["2025-06-01"]
    means = [
        Fraction(sum(window), len(window))
        for last in range(8, 25)
        if len(window := [found[h] for h in range(last - 8, last) if h in found]) >= 6
    ]
    best = max(means, default=None)
    valid = best is not None and (len(means) >= 14 or best > 160)
    assert rows[0]["o3_8h"] == (str(round(best)) if valid and best is not None else "")
    co = Fraction(sum(found.values()) * 10, len(found) * 1000)
    assert rows[0]["co"] == (f"{Fraction(round(co * 10), 10) * 1.0:.1f}" if len(found) >= 20 else "")


def test_the_unit_of_co_is_never_guessed() -> None:
    from bihuan.methods.declared.running import WrongCallError

    with pytest.raises(WrongCallError, match="co_unit"):
        run("air-days", "station,time,co\ns,2025-06-01T00:00:00+08:00,1", hour_label="start")


def test_percentiles_and_composite_of_a_ramp() -> None:
    lines = []
    for number in range(365):
        day = date(2025, 1, 1) + timedelta(days=number)
        value = number + 1
        lines += [f"r,{day}T{h:02}:00:00+08:00,{value},{value},{value},{value},{value},{value}" for h in range(24)]
    text = "station,time,pm25,pm10,so2,no2,co,o3\n" + "\n".join(lines)
    rows, outcome = run("air-year", text, hour_label="start", co_unit="mg/m3", from_="2025-01-01", to="2025-12-31")
    row = rows[0]
    assert (row["pm25_p"], row["so2_p"], row["o3_8h_p"]) == ("346.800", "357.720", "328.600")
    assert (row["pm25_mean"], row["pm25_valid"], row["composite"]) == ("183.000", "yes", "104.224")
    assert (row["complete_days"], outcome.editions["air.year"]) == ("365", "2013")
    assert math.isclose(outcome.facts["city"]["pm25"], 183.0)


@pytest.mark.parametrize(
    ("indices", "level"),
    [
        ([201], "yellow"), ([151, 151], "yellow"), ([151], "none"), ([200, 200], "yellow"), ([201, 201], "orange"),
        ([151, 160, 170], "orange"), ([201, 201, 201], "orange"), ([201, 301, 201], "red"),
        ([301, 100, 301, 301], "orange"), ([155, None, 155], "none"),
    ],
)  # fmt: skip
def test_warnings_as_the_plan_gives_them(indices: list[int | None], level: str) -> None:
    lines = [f"2025-10-15,{date(2025, 10, 16) + timedelta(n)},{'' if v is None else v}" for n, v in enumerate(indices)]
    rows, _ = run("air-warning", "issued,day,aqi\n" + "\n".join(lines), shuffle=1)
    assert [(row["issued"], row["level"]) for row in rows] == [("2025-10-15", level)]


@pytest.mark.parametrize(
    ("issued", "indices", "level"),
    [
        ("2014-10-15", [201], "blue"), ("2014-10-15", [301], "yellow"), ("2014-10-15", [201, 301, 201], "orange"),
        ("2014-10-15", [301, 301, 301], "red"), ("2017-10-15", [201], "blue"), ("2017-10-15", [201, 201], "yellow"),
        ("2017-10-15", [201, 201, 201], "orange"), ("2017-10-15", [201, 301, 301, 201], "red"),
        ("2017-10-15", [201, 301, 201, 301], "orange"), ("2017-10-15", [500], "red"), ("2017-10-15", [160] * 5, "none"),
    ],
)  # fmt: skip
def test_earlier_plans_have_other_colours_and_days(issued: str, indices: list[int], level: str) -> None:
    day = date.fromisoformat(issued)
    lines = [f"{issued},{day + timedelta(n + 1)},{value}" for n, value in enumerate(indices)]
    rows, _ = run("air-warning", "issued,day,aqi\n" + "\n".join(lines))
    assert [row["level"] for row in rows] == [level]


def test_no_plan_in_force_is_said() -> None:
    rows, outcome = run("air-warning", "issued,day,aqi\n2012-10-15,2012-10-16,201")
    assert rows == []
    assert outcome.rejects[0].field == "issued"
