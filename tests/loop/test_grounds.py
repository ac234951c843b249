"""A gate with grounds is refused on one of them by name; the event keeps the article of the table of that day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bihuan.loop.kernel.actions import actions
from bihuan.loop.kernel.model import Actor
from bihuan.loop.kernel.programme import GateRule, GroundsRule
from bihuan.loop.programme_checks import findings
from bihuan.loop.programmes import all_programmes, folder_of
from tests.loop.district import START, Walk, handler, programme, registers

OFFICER = Actor("user:soil", frozenset({"soil_officer"}))
WITH = [
    (name, kind)
    for name, each in all_programmes().items()
    for kind, case in each.cases.items()
    if case.gate and case.gate.grounds
]


def applied(grounds: bool = True) -> Walk:
    """An application for land that the officer may decide on; without its register, which is not asked here."""
    walk = Walk("soil")
    case = walk.programme.cases["release"]
    gate = case.gate if grounds else GateRule(reviewer="soil_officer")
    case = case.model_copy(update={"about": None, "demands": [], "effects": [], "gate": gate})
    walk.programme = walk.programme.model_copy(update={"cases": {**walk.programme.cases, "release": case}})
    unit = next(each.id for each in registers().organisations if each.kind == "department")
    fields = {"act": "supply", "licence": "L1"}
    said: dict[str, Any] = {"kind": "release", "number": "1", "channel": "web", "fields": fields}
    walk.do("open", handler(unit), **said)
    return walk


def asked(walk: Walk) -> list[str]:
    (step,) = [
        each
        for each in actions(walk.programme, walk.case, OFFICER, START, walk.facts)
        if each.command == "reject"
    ]  # fmt: skip
    return [field.name for field in step.fields]


def test_a_refusal_names_its_ground_and_keeps_the_article() -> None:
    walk, why = applied(), {"reason": "尚未调查"}
    assert asked(walk) == ["ground", "reason"]
    assert walk.refused("reject", OFFICER, 1, why) == "field_missing"
    assert walk.refused("reject", OFFICER, 1, why, ground="weather") == "unknown_ground"
    assert walk.refused("reject", OFFICER, 1, ground="not_investigated") == "field_missing", "and says why"
    assert walk.do("reject", OFFICER, 1, why, ground="not_investigated").outcome == "refused"
    said = walk.events[-1].data
    assert (said["ground"], said["article"]) == ("not_investigated", "土壤污染防治法（2018）第五十九条")
    assert (said["cited"]["table"], said["cited"]["edition"], said["cited"]["verified"]) == (
        "soil_refusal",
        "2018",
        False,
    )


def test_a_gate_without_grounds_asks_for_none() -> None:
    walk = applied(grounds=False)
    assert asked(walk) == ["reason"]
    assert walk.do("reject", OFFICER, 1, {"reason": "尚未调查"}).outcome == "refused"
    assert "ground" not in walk.events[-1].data


@pytest.mark.parametrize(("name", "kind"), WITH, ids=[f"{name}-{kind}" for name, kind in WITH])
def test_every_ground_has_an_article(name: str, kind: str) -> None:
    gate, facts = programme(name).cases[kind].gate, Walk(name).facts
    assert gate is not None
    assert gate.grounds is not None
    for ground in gate.grounds.names:
        article, cited = facts.table(name, gate.grounds.table, START, {"ground": ground})
        assert article.startswith(("水", "土", "排", "行"))
        assert cited["citation"]


@pytest.mark.parametrize(
    ("table", "told"),
    [("nowhere", "does not exist"), ("soil_remedy", "does not answer every ground")],
)
def test_a_table_that_cannot_answer_is_told(table: str, told: str) -> None:
    shipped = programme("soil")
    gate = shipped.cases["release"].gate
    assert gate is not None
    assert gate.grounds is not None
    names = gate.grounds.names
    case = shipped.cases["release"].model_copy(
        update={"gate": gate.model_copy(update={"grounds": GroundsRule(names=names, table=table)})}
    )
    changed = shipped.model_copy(update={"cases": {**shipped.cases, "release": case}})
    assert not [each for each in findings(shipped, Path(folder_of("soil"))) if "ground" in str(each)]
    found = [each for each in findings(changed, Path(folder_of("soil"))) if "grounds" in each.steps]
    assert told in found[0].what
