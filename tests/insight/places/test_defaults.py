"""A point that stands for "unknown" is found, a trouble spot is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bihuan.insight.places import defaults


def _city(seed: int = 3) -> tuple[np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    places = rng.uniform((116.0, 39.0), (116.1, 39.1), (2000, 2))
    which = rng.integers(0, 2000, 6000)
    return places[which, 0], places[which, 1], [f"{i} Elm St" for i in which]


def test_many_addresses_at_one_point_are_a_default() -> None:
    lon, lat, said = _city()
    lon[:400], lat[:400] = 116.05, 39.05
    found = defaults(lon, lat, said)
    assert [(one.lon, one.lat, one.reports) for one in found] == [(116.05, 39.05, 400)]
    assert found[0].addresses is not None
    assert found[0].addresses > 300


def test_a_trouble_spot_with_one_address_is_none() -> None:
    lon, lat, said = _city()
    lon[:400], lat[:400] = 116.05, 39.05
    said[:400] = ["1 City Market"] * 400
    assert defaults(lon, lat, said) == []


def test_an_even_city_has_none_and_missing_points_are_left_out() -> None:
    lon, lat, said = _city()
    lon[:2000] = np.nan
    assert defaults(lon, lat, said) == []
    assert defaults(np.array([np.nan]), np.array([1.0])) == []


def test_columns_must_be_equally_long() -> None:
    with pytest.raises(ValueError, match="equally long"):
        defaults(np.zeros(3), np.zeros(2))


def test_city_hall_of_the_real_data_is_found_without_being_told(shared_data: Path) -> None:
    from bihuan.cli.frames import read_frame

    frame = read_frame(shared_data / "data/service_requests/boston_2011_07_10.csv.gz", "boston")
    found = defaults(frame.numbers("lon"), frame.numbers("lat"), frame.strings("location"))
    assert [(round(one.lon, 3), round(one.lat, 3)) for one in found] == [(-71.059, 42.359)]
    assert 0.07 < found[0].share < 0.09
