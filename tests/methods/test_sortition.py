"""Panels by lot keep quotas, sizes and one seat for an address; the least chance is as great as it can be."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bihuan.methods.parts import lotteries
from tests.methods.running import by, run

QUOTAS = "feature,value,min,max\n"


def town(people: int, seed: int, homes: int) -> tuple[str, list[dict[str, str]]]:
    dice = random.Random(seed)
    rows = [
        {"id": f"n{n:03}", "address": f"h{dice.randrange(homes)}", "sex": dice.choice("fm"), "age": dice.choice("abc")}
        for n in range(people)
    ]
    head = "id,address,sex,age\n"
    return head + "".join(",".join(row.values()) + "\n" for row in rows), rows


def check_lottery(rows: list[dict[str, str]], quotas: list[tuple[str, str, int, int]], size: int, told: Any) -> None:
    """Every panel of the portfolio is one; chances are those of the portfolio; nobody's chance is far below the bound."""
    lines, outcome = told
    people = {row["id"]: row for row in rows}
    chance: Counter[str] = Counter()
    for panel in outcome.facts["portfolio"]:
        members = [people[name] for name in panel["members"]]
        assert (
            len(members) == len({each["id"] for each in members}) == len({each["address"] for each in members}) == size
        )
        for feature, value, least, most in quotas:
            assert least <= sum(each[feature] == value for each in members) <= most
        chance.update(dict.fromkeys(panel["members"], panel["weight"]))
    assert sum(panel["weight"] for panel in outcome.facts["portfolio"]) == pytest.approx(1)
    assert {row["id"]: float(row["probability"]) for row in lines} == pytest.approx(
        {name: chance[name] for name in people}, abs=1e-7
    )
    least = min(chance[name] for name in people)
    assert 0.99 * outcome.facts["bound"] <= least <= outcome.facts["bound"] + 1e-9
    drawn = [row["id"] for row in lines if row["chosen"] == "1"]
    assert drawn in [panel["members"] for panel in outcome.facts["portfolio"]]


def test_the_closed_form_is_met() -> None:
    lines = "".join(f"w{n},a{n},f\n" for n in range(10)) + "".join(f"m{n},b{n},m\n" for n in range(30))
    rows, outcome = run(
        "sortition", "id,address,sex\n" + lines, QUOTAS + "sex,f,2,2\nsex,m,2,2\n", size=4, seed="2026", shuffle=3
    )
    assert outcome.facts["min_probability"] == pytest.approx(2 / 30)
    assert outcome.facts["bound"] == pytest.approx(2 / 30)
    assert {row["probability"] for row in rows if row["id"].startswith("w")} == {"0.20000000"}


def test_the_seed_draws_and_the_order_of_rows_does_not() -> None:
    text, rows = town(40, 5, 25)
    quotas = [("sex", "f", 3, 5), ("sex", "m", 3, 5), ("age", "a", 1, 4)]
    said = QUOTAS + "".join(f"{f},{v},{a},{b}\n" for f, v, a, b in quotas)
    first = run("sortition", text, said, size=8, seed="spring")
    again = run("sortition", text, said, size=8, seed="spring", shuffle=9)
    assert first[0] == again[0]
    check_lottery(rows, quotas, 8, first)
    panels = {tuple(by(run("sortition", text, said, size=8, seed=n)[0], "id", "chosen").values()) for n in range(4)}
    assert len(panels) > 1


def test_what_cannot_be_says_which_quotas_must_give_way() -> None:
    text = "id,address,sex\n" + "".join(f"w{n},a{n},f\n" for n in range(9)) + "m0,b,m\nm1,b,m\n"
    rows, outcome = run("sortition", text, QUOTAS + "sex,f,2,2\nsex,m,2,2\n", size=4)
    assert rows == []
    assert outcome.facts["feasible"] is False
    moved = {(each["value"], each["min"], each["max"]) for each in outcome.facts["relax"]}
    assert moved == {("m", 1, 2), ("f", 2, 3)}
    _, few = run("sortition", text, QUOTAS + "sex,f,0,9\n", size=11)
    assert (few.facts["feasible"], few.facts["relax"]) == (False, [])


def test_quotas_that_say_nothing_are_told() -> None:
    text, _ = town(20, 1, 20)
    _, outcome = run("sortition", text, QUOTAS + "car,yes,1,2\nsex,f,5,2\nsex,m,0,9\n", size=5)
    assert [(each.row, each.field) for each in outcome.rejects] == [(2, "feature"), (3, "min")]
    assert outcome.facts["feasible"] is True


@settings(max_examples=15)
@given(st.integers(8, 30), st.integers(2, 6), st.integers(0, 10**6), st.integers(5, 30))
def test_every_lottery_is_fair(people: int, size: int, seed: int, homes: int) -> None:
    text, rows = town(people, seed, homes)
    quotas = [("sex", "f", size // 3, size), ("age", "a", 0, size // 2), ("age", "b", 0, size)]
    said = QUOTAS + "".join(f"{f},{v},{a},{b}\n" for f, v, a, b in quotas)
    told = run("sortition", text, said, size=size, seed=seed)
    assume(told[1].facts["feasible"])
    check_lottery(rows, quotas, size, told)


def test_many_kinds_of_homes_are_kept_by_the_dealing() -> None:
    text, rows = town(900, 5, 500)
    quotas = [("sex", "f", 12, 18), ("sex", "m", 12, 18), ("age", "a", 8, 12), ("age", "b", 8, 12), ("age", "c", 8, 12)]
    limits = QUOTAS + "".join(",".join(map(str, each)) + "\n" for each in quotas)
    check_lottery(rows, quotas, 30, run("sortition", text, limits, size=30, seed="s", shuffle=2))


def test_where_the_dealing_fails_homes_are_in_the_programmes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty people in twenty homes, all to be drawn at once: leaving homes out cannot be dealt, so they come in."""
    monkeypatch.setattr(lotteries, "MANY", 0)
    text, rows = town(40, 1, 10)
    size = len({row["address"] for row in rows})
    quotas = [("sex", "f", 0, size), ("sex", "m", 0, size)]
    limits = QUOTAS + "".join(",".join(map(str, each)) + "\n" for each in quotas)
    check_lottery(rows, quotas, size, run("sortition", text, limits, size=size, seed="s"))
