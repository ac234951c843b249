"""Joint inspection without tables or a play: its draw is in use, its letters say their last days.

The play itself, with the 25 interests through groups, runs with those of all programmes (test_samples.py).
"""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.documents.letters.catalogue import letter_named, letters_of
from bihuan.documents.letters.factfiles import compose_from
from bihuan.documents.letters.pure.composing import LetterRefused
from bihuan.documents.orders.catalogue import all_orders, orders_aside
from bihuan.draws.catalogue import all_draws, draws_aside
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.programmes import all_programmes
from tests.methods.running import run

FIRM = {"firm_code": "91110108551385082Q", "firm": "示范餐饮有限公司", "officer": "李明"}
FACTS: dict[str, dict[str, Any]] = {
    "inspection-notice": {
        **FIRM, "visit": "V0001", "approval": "JI-2026-000001", "day": "2026-03-20", "departments": "fire;market",
        "kind": "routine",
    },
    "inspection-put-right": {
        **FIRM, "finding": "JI-2026-000009", "supervised": "SF00001", "kind": {"zh": "后厨卫生", "en": "Hygiene"},
        "opened": "2026-03-20", "due": "2026-04-10",
    },
    "inspection-result": {
        **FIRM, "visit": "V0001", "record": "JI-2026-000005", "departments": "fire;market", "findings": 2,
    },
}  # fmt: skip


def _composed(name: str) -> Any:
    given = {"facts": FACTS[name], "dated": "2026-03-20", "count": 7, "addressee": ["示范餐饮有限公司"], "case": "JI-1"}
    return compose_from(letter_named(name), given)


def test_everything_declared_is_in_use() -> None:
    assert "double-random" in all_draws()
    assert not [problem for problem in draws_aside() if "joint" in problem.file]
    assert set(letters_of("joint-inspection")) == set(FACTS)
    assert "joint-visit" in all_orders()
    assert not [file for file in orders_aside() if "joint" in str(file)]


@pytest.mark.parametrize("name", FACTS)
def test_a_letter_says_what_it_must_and_a_gap_stops_it(name: str) -> None:
    composed = str(_composed(name))
    assert "示范餐饮有限公司" in composed
    assert "李明" in composed
    lacking = {key: value for key, value in FACTS[name].items() if key != "firm"}
    with pytest.raises(LetterRefused):
        compose_from(letter_named(name), {"facts": lacking, "dated": "2026-03-20", "count": 7, "addressee": ["x"]})


def test_an_order_to_put_right_names_both_remedies_and_their_last_days() -> None:
    text = str(_composed("inspection-put-right"))
    assert "2026年5月19日" in text, "sixty days after 20 March"
    assert "2026年9月20日" in text, "six months"


def test_who_sees_to_a_finding_never_looks_again_at_it() -> None:
    finding = all_programmes()["joint-inspection"].cases["finding"]
    assert finding.verify is not None
    assert {"finder", "unit", "handler"} <= set(finding.verify.independent_of)


def test_tasks_of_two_offices_become_one_visit_only_on_a_working_day() -> None:
    tasks = """task,enterprise,department,earliest,latest
a,one,fire,2026-03-02,2026-03-10
b,one,market,2026-03-09,2026-03-20
c,two,fire,2026-03-02,2026-03-08
d,two,market,2026-03-07,2026-03-13
"""
    rows, outcome = run("inspection-merge", tasks, cap=1)
    assert [(row["enterprise"], row["tasks"]) for row in rows] == [("one", "a;b"), ("two", "c"), ("two", "d")]
    assert outcome.facts["over_cap"] == ["two"], "they share a Saturday and a Sunday alone"


def test_anybody_sees_results_that_are_public_and_caps_and_nothing_before() -> None:
    views = {name: each.declared for name, each in views_of("joint-inspection").items()}
    assert [name for name, view in views.items() if view.public] == ["results"]
    told = {panel["type"]: panel for panel in views["results"].panels}
    assert set(told) == {"inspection-visit", "visit-cap"}, "no finding by itself, no interest, no inspector"
    assert told["inspection-visit"]["states"] == ["published"]
    shown = [(panel["type"], panel.get("where"), panel.get("states")) for panel in views["board"].panels]
    assert ("inspection-visit", {"kind": "tip"}, None) in shown
    assert ("risk-grade", None, ["undisturbed"]) in shown
