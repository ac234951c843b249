"""Air: published index values go through the series room, limits by phase, keepers, what urgency follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from bihuan.loop.programmes import all_programmes, rule_book
from bihuan.series.beside import _answer
from bihuan.series.catalogue import current_catalogue
from bihuan.series.deriving import WindowInput, combined, looked_up
from bihuan.series.instants import micros
from bihuan.watches.catalogue import current_catalogue as watches
from bihuan.watches.model import WhileStands

NAME = "air"
OLD, NEW = date(2026, 2, 28), date(2026, 3, 1)


def index(item: str, value: int, day: date) -> int | None:
    """The index that the series of an item gives a day's value, in the last digit of the series."""
    catalogue = current_catalogue()
    made = catalogue.get(f"{item}-iaqi").declared
    assert made.derive is not None
    rule, origin = made.derive, catalogue.get(made.derive.origins[0]).declared
    at = micros(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
    asked = WindowInput(at, Fraction(value), 1)
    return looked_up(made, origin, asked, lambda number, on: _answer(origin, rule, number, on)).value


@pytest.mark.parametrize(
    ("item", "value", "day", "expected"),
    [
        ("pm25", 75, OLD, 100), ("pm10", 150, OLD, 100), ("pm25", 35, NEW, 50), ("pm25", 60, NEW, 100),
        ("pm25", 75, NEW, 114), ("pm25", 500, NEW, 500), ("pm25", 800, NEW, 500), ("pm10", 120, NEW, 100),
        ("pm10", 150, NEW, 112), ("so2", 150, NEW, 100), ("so2", 475, NEW, 150), ("co", 40, NEW, 100),
        ("co", 22, NEW, 55), ("o3", 160, NEW, 100), ("o3", 801, NEW, 300),
    ],
)  # fmt: skip
def test_published_index_values_go_through_the_series_room(item: str, value: int, day: date, expected: int) -> None:
    assert index(item, value, day) == expected


@pytest.mark.parametrize(
    ("day", "values", "expected"),
    [
        (OLD, [80], 80), (NEW, [80], None), (NEW, [130], 130), (NEW, [10, 20, 80, 5, 7, 30], 80),
        (NEW, [10, 20, 80, 5, 7], None), (OLD, [], None),
    ],
)  # fmt: skip
def test_the_days_index_is_the_greatest_and_the_new_edition_wants_six(
    day: date, values: Sequence[int], expected: int | None
) -> None:
    made, origin = (current_catalogue().get(name).declared for name in ("aqi-day", "pm25-iaqi"))
    at = micros(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
    found = combined(made, origin, at, [WindowInput(at, Fraction(value), 1) for value in values])
    assert (found.value if found is not None else None) == expected


@pytest.mark.parametrize(
    ("day", "item", "limit"),
    [
        (OLD, "pm25_24h", 75), (NEW, "pm25_24h", 60), (date(2030, 12, 31), "pm25_year", 30),
        (date(2031, 1, 1), "pm25_year", 25), (date(2031, 1, 1), "so2_1h", 150),
    ],
)  # fmt: skip
def test_the_day_of_the_observation_chooses_the_limit(day: date, item: str, limit: int) -> None:
    found = rule_book().of(NAME).table("air_limit", day).lookup(item=item, **{"class": "2"})
    assert found.value == limit


def test_dust_is_scored_as_it_is_published() -> None:
    table = rule_book().of(NAME).table("air_road_dust", NEW)
    assert [float(str(table.lookup(dust=dust).value)) for dust in (10, 25, 40, 70, 90)] == [100, 75, 50, 0, 0]


def test_every_series_asks_the_station_who_keeps_it_and_every_watch_is_in_use() -> None:
    series = [each for each in current_catalogue().series.values() if each.programme == NAME]
    assert len(series) > 20
    assert {getattr(each.declared.keeper, "field", None) for each in series} == {"keeper"}
    mine = {name: each for name, each in watches().watches.items() if each.programme == NAME}
    assert sorted(mine) == [
        "back_again",
        "dust_street_scene",
        "dust_trucks",
        "hot_cell",
        "hot_cell_department",
        "one_visit",
        "site_dust",
        "smell_near_hot_cell",
        "station_silent",
        "station_stuck",
        "warning_inspections",
    ]
    opens = mine["hot_cell"].declared.opens
    assert opens is not None
    assert isinstance(opens.urgency, WhileStands)


def test_a_hot_cell_is_verified_beyond_its_neighbours_by_nobody_who_handles_it() -> None:
    verify = all_programmes()[NAME].cases["hotspot"].verify
    assert verify is not None
    assert verify.observed is not None
    assert (verify.observed.background, verify.observed.neighbours) == ("kind", 5)
    assert {"handler", "unit"} <= set(verify.independent_of)
    assert timedelta(hours=6) == timedelta(hours=int(str(verify.observed.window).rstrip("h")))
