"""Support without application: what an edition changes is told, letters say why, watches look afterwards."""

from __future__ import annotations

import pytest

from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import compose_from, described
from bihuan.entitlements.catalogue import all_policies, editions_of, policies_aside
from bihuan.entitlements.pure.differing import difference
from bihuan.watches.catalogue import current_catalogue

CLAUSES = [{"text": {"zh": "不超过50人", "en": "at most 50"}, "citation": "第三条", "known": "12",
            "answer": {"zh": "符合", "en": "yes"}}]  # fmt: skip
FACTS = {
    "firm_code": "91110108MA01", "firm": "某公司", "policy": {"zh": "房租补贴", "en": "Rent relief"},
    "edition": "2026-01",
    "list": "rent-relief-2026-1", "period": "2026", "amount": "8000.00", "paid_on": "2026-06-02", "clauses": CLAUSES,
    "officer": "张某", "reason": {"zh": "登记数据不足", "en": "too little is registered"}, "missing": "employees",
    "grant": "G1", "number_of_case": "1",
}  # fmt: skip
ENVELOPE = {"dated": "2026-06-02", "count": 1, "case": "1", "addressee": ["某公司"]}


def test_two_editions_differ_clause_by_clause() -> None:
    before, after = editions_of("first-hires")
    found = difference(before, after)
    told = {each.rule.id: each.how for each in found.clauses}
    assert told == {"size": "altered", "least": "added"}
    assert ("amount", "6000.00", "8000.00") in found.values
    assert {each.how for each in difference(after, before).clauses} == {"altered", "removed"}
    assert difference(after, after).clauses == ()


def test_an_earlier_edition_is_not_in_use() -> None:
    assert all_policies()["first-hires"].edition == "2026-01"
    assert policies_aside() == ()
    assert len(editions_of("rent-relief")) == 1


@pytest.mark.parametrize("name", ["grant-notice", "not-granted", "clawback-decision"])
def test_a_letter_says_why_with_basis_and_remedy(name: str) -> None:
    declared = letter_named(name)
    composed = compose_from(
        declared, {key: each for key, each in FACTS.items() if key in declared.letter.facts} | ENVELOPE
    )
    told = described(composed)
    assert told["basis"]
    assert [each["kind"] for each in told["remedy"]] == ["review", "court"]
    assert told["remedy_until"] == "2026-08-03"


def test_its_watches_are_in_use() -> None:
    known = current_catalogue()
    assert {"not_paid", "condition_lapsed", "edition_changed", "review_ending"} <= set(known.watches)
    assert not [problem for problem in known.problems if "policy_delivery" in problem.file]
