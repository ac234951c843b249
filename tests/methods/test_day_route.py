"""A day's way: the shortest of all orders where there are few stops, a bound below it where there are many."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from bihuan.methods.parts.tours import distances, length, short_tour
from tests.methods.running import run

HEAD = "id,whose,lon,lat\n"


def places(seed: int, count: int) -> list[tuple[float, float]]:
    """Stops within some kilometres of each other."""
    luck = np.random.default_rng(seed)
    return [(116.3 + x / 10, 39.9 + y / 10) for x, y in luck.random((count, 2))]


@pytest.mark.parametrize("seed", range(6))
def test_few_stops_are_visited_in_the_best_of_all_orders(seed: int) -> None:
    metres = distances(places(seed, 7))
    best = min(length(metres, order) for order in permutations(range(7)))
    told = short_tour(metres)
    assert (told.metres, told.bound, length(metres, told.order)) == (best, best, best)


@pytest.mark.parametrize(("seed", "count"), [(1, 11), (2, 18), (3, 30), (4, 40)])
def test_many_stops_have_a_way_near_its_bound(seed: int, count: int) -> None:
    metres = distances(places(seed, count))
    told = short_tour(metres)
    assert sorted(told.order) == list(range(count))
    assert 0.88 * told.metres < told.bound <= told.metres == length(metres, told.order)
    luck = np.random.default_rng(seed)
    assert all(length(metres, list(luck.permutation(count))) >= told.metres for _ in range(500))


def test_the_bound_lies_below_the_best_of_all_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bihuan.methods.parts.tours.EXACT", 2)
    for seed in range(8):
        metres = distances(places(seed, 7))
        best = min(length(metres, order) for order in permutations(range(7)))
        told = short_tour(metres)
        assert told.bound <= best <= told.metres <= best * 1.05


def test_the_way_is_told_by_person_and_does_not_depend_on_the_order_of_rows() -> None:
    line = [f"s{n},{'ab'[n % 2]},{116.3 + 0.01 * ((n * 7) % 12)},39.9" for n in range(12)]
    rows, outcome = run("day-route", HEAD + "\n".join(line))
    assert rows == run("day-route", HEAD + "\n".join(line), shuffle=5)[0]
    mine = [float(next(each for each in line if each.startswith(f"{row['id']},")).split(",")[2])
            for row in rows if row["whose"] == "a"]  # fmt: skip
    assert mine in (sorted(mine), sorted(mine, reverse=True)), "along a street, one end to the other"
    day = outcome.facts["days"][0]
    assert (day["stops"], day["metres"], day["decided_m"]) == (6, day["bound_m"], None)
    assert sum(int(row["leg_m"]) for row in rows if row["whose"] == "a") == day["metres"]


def test_what_somebody_decided_is_measured_beside_it() -> None:
    text = "id,whose,lon,lat,place\na,x,116.30,39.9,1\nb,x,116.32,39.9,2\nc,x,116.31,39.9,3\nd,y,200,39.9,1\n"
    _, outcome = run("day-route", text, shuffle=2)
    day = outcome.facts["days"][0]
    assert day["decided_m"] == pytest.approx(day["metres"] * 1.5, abs=2)
    assert [(each.row, each.field) for each in outcome.rejects] in (
        [(2, "lon")],
        [(3, "lon")],
        [(4, "lon")],
        [(5, "lon")],
    )
    assert run("day-route", HEAD)[1].facts["days"] == []
