"""The index fades, never falls when something worsens, and says what it did not see; links leave hubs out."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import by, run

SEEN, WEIGHTS = "entity,indicator,value,observed_on\n", "indicator,low,high,weight,half_life_days\n"
LINKS = "entity,kind,value,from,to\n"
AT = date(2026, 6, 1)


def index(seen: str, weights: str, **more: Any) -> tuple[list[dict[str, str]], dict[str, Any]]:
    rows, outcome = run("composite-index", SEEN + seen, WEIGHTS + weights, at=AT, **more)
    return rows, dict(outcome.facts["entities"])


def test_by_hand() -> None:
    weights = "a,0,20,40,0\nb,10,0,40,30\nc,0,1,20,0\n"
    seen = "x,a,15,2026-05-01\nx,a,5,2026-04-01\nx,a,20,2026-06-02\nx,b,5,2026-04-02\ny,c,1,2026-01-01\n"
    rows, entities = index(seen, weights, shuffle=1)
    told = {(row["entity"], row["indicator"]): (row["contribution"], row["state"]) for row in rows}
    assert told["x", "a"] == ("30.000000", "observed")
    assert told["x", "b"] == ("5.000000", "observed")  # half of the way down, two half-lives ago
    assert told["x", "c"] == ("0.000000", "missing")
    assert entities == {
        "x": {"score": 35.0, "coverage": 0.8, "level": "low"},
        "y": {"score": 20.0, "coverage": 0.2, "level": "insufficient"},
    }


@pytest.mark.parametrize(("value", "level"), [("5.999999", "low"), ("6", "medium"), ("8", "high")])
def test_bounds_are_met_exactly(value: str, level: str) -> None:
    _, entities = index(f"x,a,{value},2026-06-01\n", "a,0,10,100,0\n")
    assert entities["x"]["level"] == level


def test_what_has_no_weight_or_no_width_is_told() -> None:
    _, outcome = run("composite-index", SEEN + "x,q,1,2026-01-01\n", WEIGHTS + "a,1,1,5,0\n", at=AT)
    assert [(each.field, each.row) for each in outcome.rejects] == [("indicator", 2), ("high", 2)]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-30, 60), st.integers(0, 400)), min_size=1, max_size=8),
    st.integers(0, 40),
)
def test_a_worse_value_never_lowers_the_score(drawn: list[tuple[int, int, int]], worse: int) -> None:
    weights = "i0,0,40,25,0\ni1,0,40,25,90\ni2,-10,40,25,7\ni3,10,20,25,365\n"
    days = {(which, age): value for which, value, age in drawn}

    def score(more: int) -> float:
        lines = [f"x,i{which},{value + more},{AT - timedelta(age)}" for (which, age), value in days.items()]
        return float(index("\n".join(lines) + "\n", weights)[1]["x"]["score"])

    assert score(0) <= score(worse) + 1e-9


def test_hubs_and_ended_values_link_nobody() -> None:
    lines = [f"m{n},address,park,2020-01-01," for n in range(6)] + [
        "a,phone,1,2020-01-01,", "b,phone,1,2020-01-01,", "b,person,p,2020-01-01,2026-06-02", "c,person,p,2020-01-01,",
        "d,person,p,2020-01-01,2026-06-01", "e,phone,2,2026-06-02,", "f,phone,3,2020-01-01,2019-01-01",
    ]  # fmt: skip
    rows, outcome = run("association", LINKS + "\n".join(lines), at=AT, hub=5, shuffle=2)
    groups = by(rows, "entity", "group")
    assert {name: group for name, group in groups.items() if not name.startswith("m")} == {"a": "a", "b": "a", "c": "a"}
    assert all(groups[f"m{n}"] == f"m{n}" for n in range(6))
    assert (outcome.facts, [each.field for each in outcome.rejects]) == ({"groups": 1, "entities": 9}, ["to"])


@pytest.mark.parametrize("seed", range(4))
def test_groups_and_ranks_are_those_of_networkx(seed: int) -> None:
    dice = random.Random(seed)
    held = {(f"e{dice.randrange(60):02}", f"k{dice.randrange(2)}", f"v{dice.randrange(45)}") for _ in range(110)}
    rows, _ = run("association", LINKS + "".join(f"{e},{k},{v},2020-01-01,\n" for e, k, v in held), at=AT, hub=4)
    graph = networkx.Graph()
    graph.add_nodes_from(sorted({entity for entity, _, _ in held}))
    for value in {each[1:] for each in held}:
        members = sorted(entity for entity, *rest in held if tuple(rest) == value)
        if len(members) <= 4:
            for one, other in combinations(members, 2):
                before = graph.get_edge_data(one, other, {"weight": 0})["weight"]
                graph.add_edge(one, other, weight=before + 1)
    ranks = networkx.pagerank(graph, tol=1e-12, max_iter=1000)
    assert {row["entity"]: float(row["centrality"]) for row in rows} == pytest.approx(ranks, abs=1e-6)
    groups = {name: min(part) for part in networkx.connected_components(graph) for name in part}
    assert by(rows, "entity", "group") == groups
