"""Shares by group, loads by the mix of matters, minutes by item: against statsmodels and loops, and on what is planted."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from tests.methods.running import by, run

MATTERS, STAFF = "community,kind,minutes\n", "community,workers\n"
ITEMS, TASKS = "item,sender,minutes_month\n", "item,community,day,minutes\n"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=60))
def test_shares_are_those_of_statsmodels(drawn: list[tuple[str, bool]]) -> None:
    text = "group,hit\n" + "".join(f"{group},{'yes' if hit else 'no'}\n" for group, hit in drawn)
    rows, outcome = run("group-shares", text, shuffle=1)
    for row in rows:
        said = [hit for group, hit in drawn if group == row["group"]]
        low, high = proportion_confint(sum(said), len(said), method="wilson")
        assert (int(row["rows"]), int(row["hits"])) == (len(said), sum(said))
        assert float(row["lower"]) == pytest.approx(low, abs=2e-6)
        assert float(row["upper"]) == pytest.approx(high, abs=2e-6)
    assert outcome.facts["hits"] == sum(hit for _, hit in drawn)


def test_neither_yes_nor_no_is_refused_and_nothing_is_no_share() -> None:
    rows, outcome = run("group-shares", "group,hit\na,yes\na,perhaps\n")
    assert by(rows, "group", "rows") == {"a": "1"}
    assert [each.field for each in outcome.rejects] == ["hit"]
    rows, outcome = run("group-shares", "group,hit\n")
    assert rows == []
    assert (outcome.facts["lower"], outcome.facts["upper"]) == (0.0, 1.0)


def test_loads_by_hand() -> None:
    """Kind x takes 10 and 30 (mean 20), kind y 60: a carries 20 + 60 by the standard, b 20; a has two workers, b one."""
    rows, outcome = run("community-load", f"{MATTERS}a,x,10\nb,x,30\na,y,60\nc,y,60\n", f"{STAFF}a,2\nb,1\n", least=1)
    assert by(rows, "community", "load") == {"a": "40.0", "b": "20.0", "c": ""}
    assert by(rows, "community", "ratio") == {"a": "0.875", "b": "1.500", "c": "1.000"}
    assert by(rows, "community", "flag")["c"] == "nobody"
    assert outcome.facts["overall"] == pytest.approx(100 / 3, abs=0.05)


def test_who_takes_long_has_no_heavier_load_and_three_times_the_matters_is_three_times() -> None:
    luck = random.Random(4)
    minutes = {"x": 15, "y": 40, "z": 90}
    text = MATTERS
    for name, count, pace in (("plain", 200, 1.0), ("slow", 200, 2.0), ("busy", 600, 1.0), ("few", 9, 1.0)):
        for _ in range(count):
            kind = luck.choice("xyz")
            text += f"{name},{kind},{round(minutes[kind] * pace * luck.uniform(0.7, 1.3))}\n"
    rows, _ = run("community-load", text, STAFF + "plain,5\nslow,5\nbusy,5\nfew,5\n", shuffle=3)
    flags, load = by(rows, "community", "flag"), {k: float(v) for k, v in by(rows, "community", "load").items()}
    assert flags == {"plain": "lighter", "slow": "lighter", "busy": "heavier", "few": "too_few"}
    assert load["busy"] / load["plain"] == pytest.approx(3, rel=0.12)
    assert load["slow"] == pytest.approx(load["plain"], rel=0.12)
    told = {row["community"]: row for row in rows}
    assert float(told["slow"]["ratio_low"]) > 1.2
    assert all(float(row["low"]) <= float(row["load"]) <= float(row["high"]) for row in rows)


def test_the_interval_holds_a_planted_load_in_nineteen_of_twenty() -> None:
    luck, held = random.Random(9), 0
    names = [f"c{n:03}" for n in range(200)]
    text = MATTERS
    for name in names:
        for kind, minutes, rate in (("x", 20, 40), ("y", 50, 20)):
            count = sum(luck.random() < rate / 1000 for _ in range(1000))
            text += "".join(f"{name},{kind},{minutes}\n" for _ in range(count))
    rows, _ = run("community-load", text, STAFF + "".join(f"{name},1\n" for name in names))
    held = sum(float(row["low"]) <= 40 * 20 + 20 * 50 <= float(row["high"]) for row in rows)
    assert 180 <= held <= 198


Task = tuple[str, str, int, int]


@given(
    st.lists(
        st.tuples(st.sampled_from("ijk"), st.sampled_from("ab"), st.integers(1, 3), st.integers(0, 90)), max_size=20
    )
)
def test_minutes_add_up_by_item_community_and_month(drawn: list[Task]) -> None:
    text = TASKS + "".join(f"{item},{place},2026-0{month}-15,{minutes}\n" for item, place, month, minutes in drawn)
    rows, _ = run("access-minutes", f"{ITEMS}i,civil,60\nj,health,\n", text, shuffle=2)
    expected: dict[tuple[str, str, str], int] = defaultdict(int)
    for item, place, month, minutes in drawn:
        expected[item, place, f"2026-0{month}"] += minutes
    assert {(row["item"], row["community"], row["month"]): int(row["minutes"]) for row in rows} == expected
    for row in rows:
        sender, most = {"i": ("civil", 60), "j": ("health", None), "k": ("", None)}[row["item"]]
        assert row["sender"] == sender
        assert row["left"] == ("" if most is None else str(most - int(row["minutes"])))
