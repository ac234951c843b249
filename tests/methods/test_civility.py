"""The combined ratio from sites drawn in strata: by hand, by its formula, and over repeated draws."""

from __future__ import annotations

import random
from fractions import Fraction
from math import sqrt

from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import run

FRAME, SEEN = "stratum,sites\n", "stratum,site,item,points,max\n"


def test_by_hand_with_an_item_that_does_not_apply_everywhere() -> None:
    lines = ["s,a,signs,4,5", "s,b,signs,,5", "t,c,signs,1,2", "t,d,signs,2,2", "s,b,paint,3,3"]
    rows, outcome = run("field-estimate", FRAME + "s,10\nt,4\n", SEEN + "\n".join(lines), shuffle=2)
    paint, signs = rows
    rate = Fraction(10 * 2 + 4 * Fraction(3, 2), 10 * Fraction(5, 2) + 4 * 2)
    assert signs["rate"] == f"{float(rate):.6f}"
    left = {"s": [4 - rate * 5, Fraction(0)], "t": [1 - rate * 2, 2 - rate * 2]}
    spread = {name: (one - two) ** 2 / 2 for name, (one, two) in left.items()}
    variance = 100 * Fraction(8, 10) * spread["s"] / 2 + 16 * Fraction(2, 4) * spread["t"] / 2
    reach = 1.959963984540054 * sqrt(variance) / float(10 * Fraction(5, 2) + 8)
    assert (signs["low"], signs["high"]) == (
        f"{max(0.0, float(rate) - reach):.6f}",
        f"{min(1.0, float(rate) + reach):.6f}",
    )
    assert (signs["observed"], paint["observed"], paint["rate"], outcome.rejects) == ("3", "1", "1.000000", [])


def test_one_site_drawn_gives_no_interval_and_says_so() -> None:
    (row,), outcome = run("field-estimate", FRAME + "s,3\nt,5\n", SEEN + "s,a,x,1,2\nt,b,x,1,2\nt,c,x,2,2\n")
    assert (row["low"], row["high"], row["rate"] != "") == ("", "", True)
    assert any("one site" in each for each in outcome.remarks)


def test_all_sites_drawn_leave_nothing_to_chance() -> None:
    (row,), _ = run("field-estimate", FRAME + "s,2\n", SEEN + "s,a,x,1,2\ns,b,x,2,2\n")
    assert (row["rate"], row["low"], row["high"]) == ("0.750000", "0.750000", "0.750000")


def test_rows_that_cannot_be_are_told() -> None:
    lines = ["s,a,x,1,2", "s,b,x,1,2", "s,c,x,1,2", "none,a,x,1,2", "s,a,y,3,2"]
    _, outcome = run("field-estimate", FRAME + "s,2\n", SEEN + "\n".join(lines))
    assert [(each.row, each.field) for each in outcome.rejects] == [(4, "site"), (5, "stratum"), (6, "points")]


@given(st.integers(0, 10**6))
def test_the_order_of_lines_does_not_matter(seed: int) -> None:
    dice = random.Random(seed)
    lines = [f"s{n % 2},p{n},i{dice.randrange(2)},{dice.randrange(4)},3" for n in range(12)]
    first, _ = run("field-estimate", FRAME + "s0,9\ns1,30\n", SEEN + "\n".join(lines))
    other, _ = run("field-estimate", FRAME + "s0,9\ns1,30\n", SEEN + "\n".join(lines), shuffle=seed)
    assert first == other


def test_the_interval_covers_as_often_as_it_says() -> None:
    dice, covered, turns = random.Random(7), 0, 120
    town = {
        name: [(min(5, max(0, round(dice.gauss(mean, 1)))), 5 if dice.random() < 0.8 else 0) for _ in range(size)]
        for name, size, mean in (("s", 120, 4), ("t", 60, 2))
    }
    truth = sum(p for sites in town.values() for p, m in sites if m) / sum(
        m for sites in town.values() for _, m in sites
    )
    frame = FRAME + "".join(f"{name},{len(sites)}\n" for name, sites in town.items())
    for _ in range(turns):
        lines = [
            f"{name},{name}{n},x,{points if most else ''},5"
            for name, sites in town.items()
            for n, (points, most) in dice.sample(list(enumerate(sites)), 20)
        ]
        (row,), _ = run("field-estimate", frame, SEEN + "\n".join(lines))
        covered += float(row["low"]) <= truth <= float(row["high"])
    assert covered >= 0.88 * turns, covered
