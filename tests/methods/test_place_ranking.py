"""Places ranked by daily values: planted means under common weather, and what must not change the answer."""

from __future__ import annotations

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.running import run


def days(seed: int, means: dict[str, float], length: int = 30, noise: float = 6.0) -> str:
    """Daily values of places below one weather that remembers the day before."""
    luck, weather, rows = random.Random(seed), 0.0, ["place,date,value"]
    for number in range(length):
        weather = 0.7 * weather + luck.gauss(0, 20)
        day = date(2026, 4, 1) + timedelta(days=number)
        rows += [
            f"{name},{day},{max(0, 60 + weather + mean + luck.gauss(0, noise)):.0f}" for name, mean in means.items()
        ]
    return "\n".join(rows)


def test_places_far_apart_are_told_apart_and_equal_ones_are_not() -> None:
    rows, outcome = run("place-ranking", days(3, {"far": 40, "near": 0, "twin": 0}))
    told = {row["place"]: row for row in rows}
    assert (told["far"]["rank"], told["far"]["best"], told["far"]["worst"]) == ("3", "3", "3")
    for name in ("near", "twin"):
        assert (told[name]["best"], told[name]["worst"]) == ("1", "2")
    assert outcome.facts == {"places": 3, "ranked": 3, "days": 30}


def test_the_ends_hold_the_true_rank() -> None:
    """Twenty months of eight places: 95 % at least hold the true rank, though weather moves all by far more."""
    means = {f"p{n}": 1.5 * n for n in range(8)}
    held = 0
    for seed in range(20):
        rows, _ = run("place-ranking", days(seed, means))
        held += sum(int(row["best"]) <= int(row["place"][1:]) + 1 <= int(row["worst"]) for row in rows)
    assert held >= 0.95 * 20 * 8


def test_a_place_with_too_few_days_is_shown_and_not_ranked() -> None:
    text = days(5, {"a": 0, "b": 9}) + "\n" + "\n".join(f"c,2026-04-{n:02},1" for n in range(1, 15))
    rows, outcome = run("place-ranking", text)
    assert [(row["place"], row["rank"], row["capture"]) for row in rows] == [
        ("a", "1", "100.0"), ("b", "2", "100.0"), ("c", "", "46.7")
    ]  # fmt: skip
    assert outcome.facts["ranked"] == 2


def test_stations_of_a_place_count_as_their_mean_and_much_may_be_good() -> None:
    text = "place,date,value,station\n" + "\n".join(
        f"{place},2026-04-{n:02},{value + n},{station}"
        for n in range(1, 11)
        for place, station, value in (("x", "1", 10), ("x", "2", 20), ("y", "3", 14))
    )
    rows, _ = run("place-ranking", text, best="high")
    assert [(row["place"], row["mean"]) for row in rows] == [("x", "20.50"), ("y", "19.50")]


@settings(max_examples=10)
@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_the_order_of_rows_says_nothing(seed: int, shuffle: int) -> None:
    text = days(seed, {"a": 0, "b": 3, "c": 9}, length=9)
    assert run("place-ranking", text)[0] == run("place-ranking", text, shuffle=shuffle)[0]


def test_nothing_gives_nothing() -> None:
    assert run("place-ranking", "place,date,value")[0] == []
