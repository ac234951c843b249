"""Samples anybody can draw again: order plays no part, sizes add up, every case has its declared chance."""

import json
from collections import Counter
from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from bihuan.rules.errors import InputError
from bihuan.rules.sampling import draw_sample, list_digest, lot, neyman, proportional

POPULATION = {"a": [f"a{n}" for n in range(50)], "b": [f"b{n}" for n in range(20)]}

strata = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 300), min_size=1)


def test_the_lot_is_as_documented() -> None:
    assert lot("seed", "一", "c1") == sha256('["seed","一","c1"]'.encode()).digest()
    # No two different triples give the same text.
    assert lot("s", "a", "bc") != lot("s", "ab", "c")


def test_order_plays_no_part_and_the_seed_decides() -> None:
    sizes = {"a": 5, "b": 3}
    one = draw_sample("2026-11", POPULATION, sizes)
    shuffled = {name: list(reversed(POPULATION[name])) for name in ("b", "a")}
    assert draw_sample("2026-11", shuffled, sizes).to_json() == one.to_json()
    assert draw_sample("2026-12", POPULATION, sizes).drawn != one.drawn
    assert one.digest == list_digest(POPULATION)
    assert json.loads(json.dumps(one.to_json()))["strata"]["a"] == {"population": 50, "sampled": 5}


def test_a_larger_sample_contains_the_smaller() -> None:
    small = {one.id for one in draw_sample("s", POPULATION, {"a": 5, "b": 3}).drawn}
    large = {one.id for one in draw_sample("s", POPULATION, {"a": 9, "b": 3}).drawn}
    assert small < large


def test_inclusion_probabilities_and_weights() -> None:
    sample = draw_sample("s", POPULATION, {"a": 5, "b": 20})
    assert {one.probability for one in sample.drawn if one.stratum == "a"} == {Fraction(1, 10)}
    assert sum(one.weight for one in sample.drawn) == 70


def test_every_case_is_drawn_equally_often() -> None:
    counts = Counter(one.id for n in range(4000) for one in draw_sample(str(n), {"b": POPULATION["b"]}, {"b": 5}).drawn)
    assert chisquare([counts[case_id] for case_id in POPULATION["b"]]).pvalue > 0.001


def test_pairs_are_drawn_independently_of_their_names() -> None:
    ids = [str(n) for n in range(6)]
    pairs = Counter(
        tuple(sorted(one.id for one in draw_sample(f"s{n}", {"x": ids}, {"x": 2}).drawn)) for n in range(6000)
    )
    assert len(pairs) == 15
    assert chisquare(list(pairs.values())).pvalue > 0.001


@pytest.mark.parametrize(
    ("seed", "population", "sizes", "message"),
    [
        ("", {"a": ["1"]}, {"a": 1}, "empty seed"),
        ("s", {"a": ["1"]}, {"b": 1}, "differ"),
        ("s", {"a": ["1"]}, {"a": 2}, "cannot be drawn from 1"),
        ("s", {"a": ["1", "1"]}, {"a": 1}, "appears twice"),
        ("s", {"a": ["1"], "b": ["1"]}, {"a": 1, "b": 1}, "appears twice"),
    ],
)
def test_impossible_draws_are_refused(
    seed: str, population: dict[str, list[str]], sizes: dict[str, int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        draw_sample(seed, population, sizes)


@given(strata, st.integers(0, 1500), st.integers(0, 5))
def test_proportional_sizes_add_up_within_their_limits(sizes: dict[str, int], total: int, minimum: int) -> None:
    floors = {name: min(minimum, size) for name, size in sizes.items()}
    want = min(total, sum(sizes.values()))
    if sum(floors.values()) > want:
        with pytest.raises(InputError, match="minimum"):
            proportional(total, sizes, minimum)
        return
    found = proportional(total, sizes, minimum)
    assert sum(found.values()) == want
    assert all(floors[name] <= found[name] <= sizes[name] for name in sizes)
    if minimum == 0 and sum(sizes.values()):
        for name, size in sizes.items():
            assert abs(found[name] - Fraction(want * size, sum(sizes.values()))) < 1


@given(strata, st.integers(0, 1500), st.integers(0, 2), st.data())
def test_neyman_sizes_add_up_within_their_limits(
    sizes: dict[str, int], total: int, minimum: int, data: st.DataObject
) -> None:
    spreads = {name: Fraction(data.draw(st.integers(0, 50)), 100) for name in sizes}
    want = min(total, sum(sizes.values()))
    if sum(min(minimum, size) for size in sizes.values()) > want:
        return
    found = neyman(total, sizes, spreads, minimum)  # type: ignore[arg-type]  # dict is invariant
    assert sum(found.values()) == want
    assert all(min(minimum, size) <= found[name] <= size for name, size in sizes.items())


def test_neyman_by_hand() -> None:
    # N·S: 1000·0.5 = 500, 1000·0.3 = 300, 1000·0.2 = 200.
    assert neyman(100, {"a": 1000, "b": 1000, "c": 1000}, {"a": "0.5", "b": "0.3", "c": "0.2"}) == {
        "a": 50,
        "b": 30,
        "c": 20,
    }
    # The small stratum is taken whole, the rest goes to the others by N·S.
    assert neyman(100, {"a": 10, "b": 1000, "c": 1000}, {"a": 50, "b": 1, "c": 2}) == {"a": 10, "b": 30, "c": 60}
    with pytest.raises(InputError, match="negative"):
        neyman(1, {"a": 10}, {"a": -1})


def test_proportional_is_deterministic_about_remainders() -> None:
    assert proportional(10, {"c": 5, "b": 5, "a": 5}) == {"a": 4, "b": 3, "c": 3}
    assert proportional(10, {"a": 1000, "b": 10, "c": 1}, minimum=2) == {"a": 7, "b": 2, "c": 1}
