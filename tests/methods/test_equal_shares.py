"""The method of equal shares, against a literal reading voter by voter; files that are none are told."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.methods.declared.running import WrongCallError
from tests.methods.running import run


def file_of(budget: int, costs: dict[str, int], ballots: list[str]) -> str:
    """A file of Pabulib. The first line is a header to the runner, so that it may shuffle nothing here."""
    projects = "".join(f"{name};{cost}\n" for name, cost in costs.items())
    votes = "".join(f"v{n};{ballot}\n" for n, ballot in enumerate(ballots))
    return f"META\nkey;value\nbudget;{budget}\nPROJECTS\nproject_id;cost\n{projects}VOTES\nvoter_id;vote\n{votes}"


def literal(budget: int, costs: dict[str, int], ballots: list[set[str]], satisfaction: str) -> list[str]:
    """Every round looks at every project and every voter."""
    money = [Fraction(budget, len(ballots))] * len(ballots)
    taken: list[str] = []
    while True:
        offers = []
        for name in sorted(costs.keys() - set(taken)):
            own = sorted(money[n] for n, ballot in enumerate(ballots) if name in ballot)
            cost = Fraction(costs[name])
            while own and own[0] * len(own) < cost:
                cost -= own.pop(0)
            if own:
                each = cost / len(own)
                offers.append((each / costs[name] if satisfaction == "cost" else each, name, each))
        if not offers:
            return taken
        _, name, each = min(offers)
        taken.append(name)
        money = [max(Fraction(0), left - each) if name in ballots[n] else left for n, left in enumerate(money)]


@given(
    st.integers(1, 300),
    st.dictionaries(st.sampled_from(["a", "b", "c", "d", "10", "9"]), st.integers(1, 200), min_size=1),
    st.lists(st.frozensets(st.sampled_from(["a", "b", "c", "d", "10", "9"])), min_size=1, max_size=9),
    st.sampled_from(["cost", "count"]),
)
def test_what_is_taken_is_what_a_literal_reading_takes(
    budget: int, costs: dict[str, int], drawn: list[frozenset[str]], satisfaction: str
) -> None:
    ballots = [set(each & costs.keys()) for each in drawn]
    text = file_of(budget, costs, [",".join(sorted(each)) for each in ballots])
    rows, outcome = run("equal-shares", text.encode(), satisfaction=satisfaction)
    expected = literal(budget, costs, ballots, satisfaction)
    assert [row["project"] for row in rows] == list(outcome.facts["selected"]) == expected
    assert outcome.facts["cost"] == sum(costs[name] for name in expected) <= budget


def test_a_tie_goes_to_the_smaller_id_and_is_said() -> None:
    text = file_of(1000, {"b": 600, "a": 600, "c": 900}, ["a,b"] * 8 + ["c"] * 2)
    rows, outcome = run("equal-shares", text.encode())
    assert [row["project"] for row in rows] == ["a"]
    assert any("a tie of a and b" in each for each in outcome.remarks)


def test_what_is_left_may_be_spent_in_two_ways() -> None:
    text = file_of(100, {"a": 60, "b": 50, "c": 30}, ["a", "a", "b", "c"])
    none, _ = run("equal-shares", text.encode())
    more, outcome = run("equal-shares", text.encode(), completion="add1")
    greedy, _ = run("equal-shares", text.encode(), completion="greedy")
    assert [row["project"] for row in none] == []
    assert [row["project"] for row in more] == ["a", "c"]
    assert (outcome.facts["cost"], [row["project"] for row in greedy]) == (90, ["a", "c"])


def test_faulty_rows_are_told_and_the_rest_is_counted() -> None:
    text = file_of(100, {"a": 60, "b": 0}, ["a", "a,z", "a"]).replace("VOTES", "a;70\nVOTES")
    rows, outcome = run("equal-shares", text.encode())
    assert [row["project"] for row in rows] == ["a"]
    assert [(each.row, each.field) for each in outcome.rejects] == [(7, "cost"), (8, "project_id"), (12, "vote")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "META\nkey;value\nbudget;1\n",
        file_of(0, {"a": 1}, ["a"]),
        file_of(5, {"a": 1}, ["a"]).replace("vote\n", "choice\n"),
    ],
)
def test_what_is_no_such_file_is_told(text: str) -> None:
    with pytest.raises(WrongCallError, match=" · "):
        run("equal-shares", text.encode())
