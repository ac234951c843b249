"""Cells, their ranking, and the measures of a ranking."""

from datetime import date

import numpy as np
import pytest

from bihuan.insight.forecast import TooLittle, cells, hotspots
from bihuan.insight.forecast.ranking import RANKINGS, _best
from bihuan.insight.forecast.spots import judge_ranking
from bihuan.insight.forecast.weeks import count_weeks, mean_history, steady_picture

pytestmark = pytest.mark.slow


def city(weeks=14, seed=1, side=20):
    """Reports on a lattice of 200 m with gamma rates: coordinates, days, types, rates per place and week."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.5, 1.2, side * side)
    place = np.repeat(np.arange(side * side), rng.poisson(rate * weeks))
    day = np.datetime64("2026-03-02") + rng.integers(0, 7 * weeks, len(place))
    lon = 116.3 + (place % side + 0.5) * 0.00235
    lat = 39.9 + (place // side + 0.5) * 0.0018
    return lon, lat, day, np.where(place % 3 == 0, "noise", "waste").tolist(), rate, place


def test_a_square_has_its_size_and_keeps_its_id():
    lon, lat, *_ = city()
    both, half = cells.square_cells(lon, lat), cells.square_cells(lon[: len(lon) // 2], lat[: len(lat) // 2])
    assert set(half.ids) <= set(both.ids)
    east = (both.lon[both.of_report] - lon) * cells.METRES_PER_DEGREE * np.cos(np.deg2rad(39.9))
    north = (both.lat[both.of_report] - lat) * cells.METRES_PER_DEGREE
    assert np.abs(east).max() <= 126
    assert np.abs(north).max() <= 126


def test_hexagons_are_h3():
    import h3

    lon, lat, *_ = city()
    found = cells.hexagon_cells(lon, lat, 9)
    assert found.ids[found.of_report[0]] == h3.latlng_to_cell(lat[0], lon[0], 9)
    with pytest.raises(ValueError, match="resolution 5"):
        cells.hexagon_cells(lon, lat, 5)


def test_kernel_spreads_one_unit_over_the_plane():
    x, y = np.meshgrid(np.arange(41), np.arange(41))
    lon, lat = 116.3 + x.ravel() * 250 / (111_320 * np.cos(np.deg2rad(39.9))), 39.9 + y.ravel() * 250 / 111_320
    found = cells.square_cells(lon, lat)
    middle = np.argmin((found.lon - np.median(lon)) ** 2 + (found.lat - np.median(lat)) ** 2)
    assert found.kernel(500.0)[middle].sum() == pytest.approx(1.0, abs=0.05)


def test_unplaced_and_default_points():
    rng = np.random.default_rng(1)
    lon = np.concatenate([116 + rng.random(900), np.full(100, 116.4), [np.nan, 0.0]])
    lat = np.concatenate([39 + rng.random(900), np.full(100, 39.9), [39.9, 0.0]])
    assert cells.default_points(lon, lat) == [(116.4, 39.9)]
    assert cells.default_points(lon[:900], lat[:900]) == []
    assert (cells.square_cells(lon, lat).of_report[-2:] == -1).all()
    with pytest.raises(ValueError, match="no report has a place"):
        cells.square_cells(lon[-1:], lat[-1:])


def test_pai_and_pei_by_hand():
    truth = np.array([5.0, 0, 0, 10, 5, 0, 0, 0, 0, 0])
    found = judge_ranking(np.array([9.0, 1, 1, 0, 1, 1, 1, 1, 1, 1]), truth, share=0.1)
    assert (found.chosen, found.hits, found.total) == (1, 5, 20)
    assert found.pai == pytest.approx(2.5)
    assert found.pei == pytest.approx(0.5)
    assert judge_ranking(truth, truth, share=0.3, elsewhere=20).pai == pytest.approx(0.5 / 0.3)


def test_hot_places_are_found_and_the_interval_covers():
    lon, lat, day, types, _rate, place = city(15)
    made = cells.square_cells(lon, lat)
    cut = date(2026, 6, 8)  # the last of the fifteen weeks is hidden
    found = hotspots(made, day, types, until=cut)
    assert found.week == cut
    ahead = day >= np.datetime64(cut)
    truth = np.bincount(made.of_report[ahead], minlength=len(made.ids)).astype(float)
    assert judge_ranking(found.expected, truth).pei > 0.5
    assert found.expected.sum() == pytest.approx(truth.sum(), rel=0.15)
    assert 0.82 <= ((found.low <= truth) & (truth <= found.high)).mean() <= 0.98
    assert sorted(found.rank) == list(range(1, len(made.ids) + 1))
    assert found.expected[found.rank == 1] == found.expected.max()
    assert "近四周" in found.why[0]
    assert "a week lately" in found.why[0]
    assert place.max() < 400


def test_the_future_does_not_matter():
    lon, lat, day, types, _rate, _place = city(15)
    made = cells.square_cells(lon, lat)
    cut = date(2026, 6, 8)
    whole = hotspots(made, day, types, until=cut)
    moved = np.where(day >= np.datetime64(cut), np.datetime64("2026-06-08"), day)
    assert np.array_equal(whole.expected, hotspots(made, moved, types, until=cut).expected)


def test_without_types_and_with_few_weeks():
    lon, lat, day, *_ = city(5)
    assert hotspots(cells.square_cells(lon, lat), day).method["ranking"] == "history"
    with pytest.raises(TooLittle, match="at least 4"):
        hotspots(cells.square_cells(lon, lat), day, until=date(2026, 3, 20))


def test_history_stays_unless_another_caught_more():
    same = {name: [0.5, 0.6] for name in RANKINGS}
    assert _best(same) == "history"
    assert _best(same | {"boosted": [0.5, 0.59]}) == "history"
    assert _best(same | {"boosted": [0.5, 0.61]}) == "boosted"
    assert _best(same | {"steady": [float("nan"), 0.7]}) == "steady"  # a week without a report judges nothing


def test_one_burst_does_not_outweigh_steady_reports():
    rng = np.random.default_rng(3)
    place = np.concatenate([np.zeros(24, dtype=int), np.ones(30, dtype=int), rng.integers(2, 60, 200)])
    week = np.concatenate([np.repeat(np.arange(12), 2), np.full(30, 4), rng.integers(0, 12, 200)])
    lon, lat = 116.3 + place * 0.02, np.full(len(place), 39.9)
    made = cells.square_cells(lon, lat)
    day = 7 * week + np.arange(len(week)) % 7
    counted = count_weeks(made, day, np.ones(len(day), dtype=bool), 84, ["waste"] * len(day))
    calm, burst = made.of_report[0], made.of_report[24]
    assert mean_history(counted, 12)[burst] > mean_history(counted, 12)[calm]
    assert steady_picture(counted, 12)[calm] > 1.5 * steady_picture(counted, 12)[burst]
    assert steady_picture(counted, 12).sum() == pytest.approx(counted.counts.sum() / 12, rel=0.3)
