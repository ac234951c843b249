"""Clauses as they are declared, the next question, grants beside each other, an answer clause by clause."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.entitlements.pure.declared import AmountRule, PolicyFile, read_policy
from bihuan.entitlements.pure.questions import ask_all, explain, next_question
from bihuan.entitlements.pure.stacking import Claimant, stack_grants

TEXT = """
id: toy
edition: "1"
name: {zh: 玩具补贴, en: Toy}
about: {zh: 试验, en: for tests}
from: 2026-01-01
alternatives:
  a:
    - {id: trade, field: industry, in: ["6511"], text: {zh: 软件, en: software}, citation: 第一条}
    - {id: size, field: employees, at_most: 50, text: {zh: 小, en: small}, citation: 第二条, from: 2026-04-01}
  b:
    - {id: new, field: founded, on_or_after: 2024-01-01, text: {zh: 新, en: new}, citation: 第三条}
amount: {share: 0.05, of: research, at_most: 300000.00}
budget: {book: policy-budget, entry: grant, line: L-1}
"""


def declared(folder: Path, text: str = TEXT) -> PolicyFile:
    file = folder / "toy.yaml"
    file.write_text(text, encoding="utf-8")
    return read_policy(Document(file))


def made(name: str, **more: Any) -> PolicyFile:
    """A policy that everybody is entitled to."""
    rule = {"id": "c", "field": "industry", "not_in": ["0"], "text": {"zh": "一", "en": "a"}, "citation": "1"}
    raw = {
        "id": name, "edition": "1", "name": {"zh": "一", "en": "a"}, "about": {"zh": "一", "en": "a"},
        "from": "2026-01-01",
        "alternatives": {"a": [rule]}, "amount": {"fixed": "1.00"},
        "budget": {"book": "b", "entry": "e", "line": "l"}, **more,
    }  # fmt: skip
    return PolicyFile.model_validate(raw)


def test_a_clause_counts_on_its_days_and_a_group_needs_all_of_its_clauses(tmp_path: Path) -> None:
    policy = declared(tmp_path)
    firm = {"industry": "6511", "employees": "80", "founded": "2020-01-01"}
    assert ask_all([policy], "2026-03-31", firm)["toy"][0] == "yes", "the bound on staff begins in April"
    assert ask_all([policy], "2026-04-01", firm)["toy"][0] == "no"
    assert ask_all([policy], "2026-04-01", {"industry": "6511"})["toy"] == ("unknown", ["employees", "founded"])
    told = explain(policy, "2026-04-01", {"industry": "6511", "founded": "2020-01-01"})
    assert [(each.rule.id, each.state, each.counts) for each in told] == [
        ("trade", "yes", True), ("size", "unknown", True), ("new", "no", True),
    ]  # fmt: skip
    assert not explain(policy, "2026-03-31", {})[1].counts


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ('in: ["6511"]', "a clause is exactly one of"),
        ("citation: 第二条", "missing"), ("share: 0.05, of: research", "an amount is"),
        ("id: size", "names one clause"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_its_place(tmp_path: Path, wrong: str, what: str) -> None:
    instead = {
        'in: ["6511"]': 'in: ["6511"], at_most: 3',
        "share: 0.05, of: research": "share: 0.05",
        "id: size": "id: trade",
    }
    text = TEXT.replace(wrong, instead.get(wrong, "")).replace(", ,", ",").replace(", }", "}")
    with pytest.raises(DeclarationError) as told:
        declared(tmp_path, text)
    assert any(what in str(problem) or problem.field for problem in told.value.problems)


@pytest.mark.parametrize(
    ("research", "fen"),
    [("1000000.00", 50_000_00), ("9000000.00", 300_000_00), ("0.10", 1), ("0.09", 0), ("", None), ("many", None)],
)
def test_an_amount_is_exact_to_the_fen(research: str, fen: int | None) -> None:
    rule = AmountRule(share=Decimal("0.05"), of="research", at_most=Decimal(300000))
    assert rule.fen({"research": research}) == fen


def test_the_next_question_is_the_one_that_decides_most() -> None:
    assert next_question({"a": ("unknown", ["x"]), "b": ("unknown", ["y"]), "c": ("unknown", ["y"])}) == "y"
    assert next_question({"a": ("unknown", ["x", "y"]), "b": ("unknown", ["y", "z"])}) == "y"
    assert next_question({"a": ("yes", []), "b": ("no", [])}) is None


@given(st.permutations(["p", "q", "r"]), st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_grants_beside_each_other_do_not_depend_on_the_order_of_rows(order: list[str], amounts: list[int]) -> None:
    policies = {"p": made("p", not_with=["q"]), "q": made("q"), "r": made("r", cap="0.12")}
    sums = dict(zip("pqr", amounts, strict=True))
    told = stack_grants([Claimant("f", name, sums[name], "a") for name in order], {}, policies)
    again = stack_grants([Claimant("f", name, sums[name], "a") for name in "pqr"], {}, policies)
    assert told == again
    granted = {each.candidate.policy for each in told if not each.reason}
    assert not {"p", "q"} <= granted
    assert "r" not in granted or sum(sums[name] for name in granted) <= 12 or sums["r"] == max(sums.values())


def test_what_was_granted_before_stands() -> None:
    policies = {"p": made("p", not_with=["q"]), "q": made("q")}
    told = stack_grants(
        [Claimant("f", "q", 9, "a"), Claimant("g", "q", 9, "a")], {"f": {"p": 1}, "g": {"q": 5}}, policies
    )
    assert [each.reason for each in told] == ["excluded_by:p", "granted_before"]


def test_no_completion_of_the_gaps_contradicts_a_yes_or_no(tmp_path: Path) -> None:
    policy, day = declared(tmp_path), "2026-05-01"
    values = {"industry": ("6511", "9051"), "employees": ("50", "51"), "founded": ("2023-12-31", "2024-01-01")}
    for given_parts in product(*[(None, *each) for each in values.values()]):
        known = {name: text for name, text in zip(values, given_parts, strict=True) if text}
        answer = ask_all([policy], day, known)["toy"][0]
        gaps = [name for name in values if name not in known]
        ends = {ask_all([policy], day, known | dict(zip(gaps, rest, strict=True)))["toy"][0]
                for rest in product(*[values[name] for name in gaps])}  # fmt: skip
        assert answer == "unknown" or ends == {answer}
        if answer == "unknown":
            assert len(ends) == 2, "an unknown can still become either"
