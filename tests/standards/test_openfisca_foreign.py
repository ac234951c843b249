"""OpenFisca judges the same clauses: equal on complete firms; where facts are missing it says yes to who told nothing.

Its numbers are 32-bit floats, so amounts are drawn as whole numbers below 2²⁴: both sides then compare exactly.
Source: openfisca-core #1380 (a missing input is 0 or False); docs/adr/0296-entitlements.md.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest

from bihuan.entitlements.catalogue import all_policies, kinds_for
from bihuan.methods.parts.clauses import PolicyCondition
from bihuan.simulator.plays.rooms import Rooms
from bihuan.subjects.catalogue import subject_type
from tests.standards.conftest import ForeignClients

pytestmark = pytest.mark.slow
AT, FIRMS, GAPS = "2026-09-15", 600, 200
Row = dict[str, str]


def clauses_of_all() -> list[PolicyCondition]:
    """The clauses of every shipped policy over enterprises."""
    return [clause for policy in all_policies().values() if policy.over == "enterprise" for clause in policy.clauses]


def firms_of(clauses: list[PolicyCondition], kinds: dict[str, str], count: int, gap: float, seed: int) -> list[Row]:
    """Firms whose facts lie on, above and below the bounds of the clauses; with `gap` a fact is not known."""
    luck, bounds = random.Random(seed), defaultdict(list)
    for clause in clauses:
        bounds[clause.field] += clause.value.split(";")
    return [
        {"firm": f"F{n:04}"}
        | {name: "" if luck.random() < gap else _drawn(luck, kinds[name], sorted(set(bounds[name]))) for name in bounds}
        for n in range(count)
    ]


def _drawn(luck: random.Random, kind: str, bounds: list[str]) -> str:
    if kind == "flag":
        return luck.choice("01")
    near = luck.choice(bounds)
    if kind == "number":
        return str(max(0, int(float(near)) % (1 << 24) + luck.choice((-1, 0, 1))))
    if kind == "date":
        return luck.choice((near, "2015-01-01", "2024-02-29", "2016-05-31"))
    return luck.choice((near, "none of them"))


def judged(clauses: list[PolicyCondition], kinds: dict[str, str], firms: list[Row]) -> dict[tuple[str, str], str]:
    """What the method says."""
    rows = [
        {"policy": c.policy, "alternative": c.alternative, "clause": c.name, "field": c.field, "test": c.test,
         "value": c.value, "from": c.first, "to": c.last}
        for c in clauses
    ]  # fmt: skip
    told = Rooms().calc("eligibility", rows, firms, [{"field": f, "kind": k} for f, k in kinds.items()], at=AT)
    assert not told.rejects
    return dict(
        zip(zip(told.columns["firm"], told.columns["policy"], strict=True), told.columns["answer"], strict=True)
    )


@pytest.mark.parametrize("seed", [3, 23])
def test_it_agrees_on_complete_firms_and_pays_who_told_nothing(
    seed: int, foreign: ForeignClients, record_property: Any
) -> None:
    clauses = clauses_of_all()
    kinds = {c.field: kinds_for(subject_type("enterprise"))[c.field] for c in clauses}
    whole = firms_of(clauses, kinds, FIRMS, 0, seed)
    gaps = [each | {"firm": f"G{each['firm']}"} for each in firms_of(clauses, kinds, GAPS, 0.3, seed + 1)]
    asked = [
        {"policy": c.policy, "alternative": c.alternative, "field": c.field, "test": c.test, "value": c.value,
         "from": c.first, "to": c.last}
        for c in clauses
    ]  # fmt: skip
    said = {"clauses": asked, "fields": kinds, "firms": [*whole, *gaps], "at": AT}
    told = foreign.python("openfisca_model", said, proves="clauses over firms", by=("openfisca-core",))
    ours = judged(clauses, kinds, [*whole, *gaps])
    yes = unknown_paid = 0
    for policy, answers in told["answers"].items():
        for firm, theirs in zip([*whole, *gaps], answers, strict=True):
            mine = ours[firm["firm"], policy]
            if mine == "unknown":
                unknown_paid += theirs
                continue
            assert (mine == "yes") == theirs, (firm, policy, mine)
            yes += mine == "yes"
    assert yes > 20
    assert unknown_paid, "the peer says yes to firms that told nothing: the fault this method is for"
    record_property("yes", yes)
