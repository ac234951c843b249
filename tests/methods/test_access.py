"""Minutes on foot, coverage and floating catchments: against all pairs, published figures, and the conserved sum."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import product

import pytest

from tests.methods.running import by, run

VENUES = """venue,kind,node,capacity,status,from,to
place1,library,a,15,open,,
place2,library,b,20,open,,
place3,library,c,100,open,,"""
CELLS = "cell,node,population\ntown1,a,100\ntown2,b,50\ntown3,c,10"


def _towns(inbound: int) -> str:
    minutes = {
        (1, 1): 1,
        (2, 2): 1,
        (3, 3): 1,
        (1, 2): 80,
        (2, 1): 80,
        (1, 3): inbound,
        (2, 3): inbound,
        (3, 1): 40,
        (3, 2): 40,
    }
    return "cell,venue,minutes\n" + "\n".join(f"town{c},place{v},{m}" for (c, v), m in minutes.items())


def test_three_towns_as_published() -> None:
    rows, _ = run("fca", CELLS, VENUES, _towns(40), at="2026-09-15", minutes=61, decay="gravity", power=1)
    assert [round(float(row["access"]), 6) for row in rows] == [0.331444, 0.579828, 7.286418]


def test_all_capacity_that_somebody_reaches_is_shared_out() -> None:
    for decay in ("binary", "gaussian", "gravity"):
        rows, _ = run("fca", CELLS, VENUES, _towns(40), at="2026-09-15", minutes=61, decay=decay)
        people = {"town1": 100, "town2": 50, "town3": 10}
        assert sum(people[row["cell"]] * float(row["access"]) for row in rows) == pytest.approx(135)


def test_minutes_are_those_of_all_pairs() -> None:
    for seed in range(8):
        luck = random.Random(seed)
        nodes = [f"n{k}" for k in range(9)]
        edges = {
            (a, b): (Decimal(luck.randint(0, 900)).scaleb(-2), luck.random() < 0.3)
            for a, b in product(nodes, nodes)
            if a != b and luck.random() < 0.25
        }
        far = Decimal(10**6)
        best = {(a, b): Decimal(0) if a == b else far for a, b in product(nodes, nodes)}
        for (a, b), (minutes, oneway) in edges.items():
            best[a, b] = min(best[a, b], minutes)
            if not oneway:
                best[b, a] = min(best[b, a], minutes)
        for k, a, b in product(nodes, nodes, nodes):
            best[a, b] = min(best[a, b], best[a, k] + best[k, b])
        network = "from,to,minutes,oneway\n" + "\n".join(
            f"{a},{b},{m},{'yes' if o else 'no'}" for (a, b), (m, o) in edges.items()
        )
        cells = "cell,node,population\n" + "\n".join(f"c{n},{n},1" for n in nodes[:6])
        venues = "venue,kind,node\n" + "\n".join(f"v{n},library,{n}" for n in nodes[4:])
        rows, _ = run("walk-times", network, cells, venues, shuffle=seed, max=12)
        told = {(row["cell"][1:], row["venue"][1:]): Decimal(row["minutes"]) for row in rows}
        assert told == {
            (a, b): best[a, b].quantize(Decimal("0.01")) for a, b in product(nodes[:6], nodes[4:]) if best[a, b] <= 12
        }


def test_a_bound_is_inside_and_a_closed_venue_counts_for_nobody() -> None:
    venues = "venue,kind,status,from,to\nv,library,open,,\nw,library,renovation,2026-09-01,2026-09-15\nx,theatre,open,,"
    times = "cell,venue,minutes\nc,v,15.00\nc,w,1\nc,x,2\nd,v,15.01\ne,w,3"
    cells = "cell,population\nc,10\nd,20\ne,30"
    for day, near in (("2026-09-15", "v"), ("2026-09-16", "w"), ("2026-08-31", "w")):
        rows, outcome = run("coverage", cells, venues, times, at=day, minutes=15, kinds="library")
        assert by(rows, "cell", "nearest")["c"] == near
    assert by(rows, "cell", "covered") == {"c": "yes", "d": "no", "e": "yes"}
    assert outcome.facts["share"] == 0.666667
    assert (outcome.facts["covered_population"], outcome.facts["venues_open"]) == (40, 2)
