"""Planted groups of opinion are found, none are invented, and the order of rows changes nothing."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.methods.running import by, run

HEAD = "participant,statement,vote\n"
Votes = list[tuple[str, str, int]]


def planted(groups: int, people: int, statements: int, seed: int) -> tuple[Votes, dict[str, int]]:
    """Votes of people in groups with leanings of their own, half of them missing."""
    dice = np.random.default_rng(seed)
    leaning = dice.choice([0.12, 0.88], size=(groups, statements))
    if groups == 1:
        leaning = dice.uniform(0.2, 0.8, size=(1, statements))
    votes: Votes = []
    truth = {}
    for n in range(people):
        truth[f"p{n:03}"] = n % groups
        for s in np.flatnonzero(dice.random(statements) < 0.5).tolist():
            votes.append((f"p{n:03}", f"s{s:02}", 1 if dice.random() < leaning[n % groups, s] else -1))
    return votes, truth


def lines(votes: Votes) -> str:
    return HEAD + "".join(f"{who},{what},{vote}\n" for who, what, vote in votes)


@pytest.mark.parametrize(("groups", "seed"), [(1, 1), (1, 2), (2, 3), (3, 4)])
def test_planted_groups_are_found_and_none_is_invented(groups: int, seed: int) -> None:
    votes, truth = planted(groups, 60 * groups, 30, seed)
    rows, outcome = run("opinion-groups", lines(votes), seed=seed, shuffle=seed)
    assert outcome.facts["groups"] == groups
    told = {name: group for name, group in by(rows, "participant", "group").items() if group}
    assert adjusted_rand_score([truth[name] for name in told], list(told.values())) > 0.85
    assert (outcome.facts["stability"] > 0.8, any("一" in r or "没有" in r for r in outcome.remarks)) == (
        True,
        groups == 1,
    )
    expected = _consensus(votes, told)
    statements = {each["statement"]: each["consensus"] for each in outcome.facts["statements"]}
    assert statements == pytest.approx(expected)


def _consensus(votes: Votes, group: dict[str, str]) -> dict[str, float]:
    agreed: defaultdict[tuple[str, str], int] = defaultdict(int)
    seen: defaultdict[tuple[str, str], int] = defaultdict(int)
    for who, what, vote in votes:
        if who in group:
            seen[what, group[who]] += 1
            agreed[what, group[who]] += vote == 1
    groups = set(group.values())
    names = {what for _, what, _ in votes}
    return {s: math.prod((agreed[s, g] + 1) / (seen[s, g] + 2) for g in groups) for s in names}


def test_rows_in_any_order_give_the_same_groups() -> None:
    votes, _ = planted(2, 80, 20, 9)
    first = run("opinion-groups", lines(votes), seed=4)
    other = run("opinion-groups", lines(votes), seed=4, shuffle=11)
    assert first[0] == other[0]
    assert first[1].facts == other[1].facts


def test_few_votes_give_no_group_and_different_votes_are_told() -> None:
    votes, _ = planted(2, 80, 20, 5)
    few = [("zz", "s00", 1), ("zz", "s01", 1)]
    rows, outcome = run("opinion-groups", lines([*votes, *few, ("zz", "s00", -1)]), seed=1)
    assert by(rows, "participant", "group")["zz"] == ""
    assert [each.field for each in outcome.rejects] == ["vote", "vote"]


@pytest.mark.parametrize("text", [HEAD, HEAD + "a,s,1\n", HEAD + "a,s,1\nb,s,-1\na,t,0\nb,t,0\n"])
def test_nearly_nothing_is_no_fault(text: str) -> None:
    rows, outcome = run("opinion-groups", text)
    assert outcome.facts["groups"] <= 1
    assert outcome.rejects == []
    assert len(rows) == len({row["participant"] for row in rows})


def test_what_sets_groups_apart_and_what_unites_them() -> None:
    votes: Votes = []
    for n in range(40):
        side = n % 2
        votes += [(f"p{n:02}", f"s{s}", 1 if (s % 2) == side else -1) for s in range(8)] + [(f"p{n:02}", "all", 1)]
    rows, outcome = run("opinion-groups", lines(votes))
    assert outcome.facts["groups"] == 2
    assert outcome.facts["bridging"][0]["statement"] == "all"
    assert {each["statement"] for each in outcome.facts["apart"]["1"]} <= {f"s{n}" for n in range(8)}
    assert len({row["group"] for row in rows}) == 2
