"""What a programme demands before a step: met, not met, not known; what was asked stands in the event."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.demand_rules import TESTS, DemandRule
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.form_rules import FieldRule
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.loop.kernel.payload import decode
from bihuan.loop.kernel.programme import AboutRule, Programme
from bihuan.loop.kernel.table import table
from bihuan.loop.programme_checks import findings
from bihuan.registers.pure.ids import new_id
from tests.loop.district import OPERATOR, START, book, facts, programme, registers

WORDS = {"zh": "高风险须有在用措施", "en": "a high risk needs a control in use"}


class Knowing(LoopFacts):
    """Facts of one risk."""

    values: dict[str, Any]

    def ask(self, kind: str, key: str, at: Any, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        _, _, name = kind.partition(".")
        if not name:
            return {}, {"subject": f"risk/{key}"}
        value = self.values.get(name)
        return None if value is None else (value, {"subject": f"risk/{key}", "source": "register"})


def demand(**more: Any) -> dict[str, Any]:
    """A grown risk needs a control."""
    return {
        "id": "needs_control", "before": ["open"], "reason": WORDS,
        "facts": {"live": {"ask": "risk.live"}, "grade": {"ask": "risk.grade"}},
        "when": [{"fact": "grade", "in": ["red"]}], "need": [{"fact": "live", "at_least": "1"}], **more,
    }  # fmt: skip


def demanding(*demands: dict[str, Any], **fields: FieldRule) -> Programme:
    """The hotline, about risks, with demands."""
    shipped = programme()
    rules = [DemandRule.model_validate(each) for each in demands]
    update = {"about": AboutRule(subject="risk"), "demands": rules, "fields": fields}
    return shipped.model_copy(update={"cases": {"request": shipped.cases["request"].model_copy(update=update)}})


def opened(declared: Programme, known: dict[str, Any], **data: Any) -> Any:
    told = Knowing(registers(), book(), facts().now, "seed")
    told.values = known
    command = Command("open", OPERATOR, START, {"kind": "request", "number": "N1", "subject": "R1", **data})
    return decide(declared, Case(id=new_id()), command, told)


def test_what_was_asked_stands_in_the_event_with_its_citation_and_decodes() -> None:
    events = opened(demanding(demand()), {"live": 2, "grade": "red"})
    told = events[0].data["demands"]
    assert told == [
        {
            "id": "needs_control",
            "facts": {
                "grade": ["red", {"subject": "risk/R1", "source": "register"}],
                "live": [2, {"subject": "risk/R1", "source": "register"}],
            },
        }
    ]
    payload = decode(table().kinds[events[0].kind].payload, events[0].data)
    assert payload.demands == told
    assert fold(events[0].case, events).number == "N1"


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"live": 0, "grade": "red"}, "a high risk needs a control in use"),
        ({"grade": "red"}, "a high risk needs a control in use (not known: live)"),
        ({"live": 0}, "a high risk needs a control in use"),  # whether it is red nobody knows: it must be safe
    ],
)
def test_what_is_not_met_is_refused_and_what_is_not_known_named(known: dict[str, Any], told: str) -> None:
    refused = opened(demanding(demand()), known)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.text.en) == ("needs_control", told)


def test_a_demand_that_does_not_apply_leaves_no_trace() -> None:
    assert "demands" not in opened(demanding(demand()), {"live": 0, "grade": "blue"})[0].data


def test_a_historical_file_is_taken_as_it_is() -> None:
    assert not isinstance(opened(demanding(demand()), {"live": 0, "grade": "red"}, history="old.csv"), Refusal)


@pytest.mark.parametrize(("hour", "met"), [(15, True), (17, False)])
def test_today_is_the_day_in_the_district(hour: int, met: bool) -> None:
    """A right whose last day is 6 May is gone at 01:00 of the 7th in Beijing, while it is still the 6th in UTC."""
    last_day = demand(facts={"last": {"ask": "risk.last"}}, when=[], need=[{"fact": "last", "not_before": "today"}])
    told = Knowing(registers(), book(), facts().now, "seed")
    told.values = {"last": "2026-05-06"}
    at = datetime(2026, 5, 6, hour, tzinfo=UTC)
    command = Command("open", OPERATOR, at, {"kind": "request", "number": "N1", "subject": "R1"})
    answer = decide(demanding(last_day), Case(id=new_id()), command, told)
    assert isinstance(answer, Refusal) != met, answer


def test_another_command_is_not_asked() -> None:
    assert not isinstance(opened(demanding(demand(before=["dispatch"])), {"live": 0, "grade": "red"}), Refusal)


def test_the_form_answers_and_what_it_seals_is_not_copied() -> None:
    rule = demand(facts={"size": {"form": "size"}}, when=[], need=[{"fact": "size", "more_than": "5"}])
    name = {"zh": "人数", "en": "Size"}
    for field, kept in ((FieldRule(name=name, type="number"), "6"), (FieldRule(name=name, personal=True), None)):
        declared = demanding(rule, size=field)
        happened = opened(declared, {}, fields={"size": "6"})
        assert not isinstance(happened, Refusal), happened
        assert happened[0].data["demands"][0]["facts"]["size"][0] == kept
        assert isinstance(opened(declared, {}, fields={"size": "5"}), Refusal)


@given(st.decimals(-1000, 1000, places=3), st.decimals(-1000, 1000, places=3))
def test_numbers_are_compared_exactly(value: Decimal, bound: Decimal) -> None:
    for name, met in (
        ("at_least", value >= bound), ("at_most", value <= bound), ("more_than", value > bound),
        ("less_than", value < bound),
    ):  # fmt: skip
        rule = demand(when=[], need=[{"fact": "live", name: str(bound)}])
        assert isinstance(opened(demanding(rule), {"live": str(value)}), Refusal) is not met


@pytest.mark.parametrize(
    ("test", "value", "met"),
    [
        ({"known": True}, "x", True), ({"known": False}, "x", False), ({"known": False}, None, True),
        ({"not_in": ["red"]}, "red", False), ({"not_in": ["red"]}, "blue", True), ({"is": True}, True, True),
        ({"is": False}, True, False), ({"not_before": "today"}, "2026-05-06", True),
        ({"before": "today"}, "2026-05-06", False), ({"same_as": "other"}, "1", True),
        ({"differs_from": "other"}, "1", False), ({"at_least_fact": "other"}, "1.0", True),
        ({"at_most_fact": "other"}, "1.01", False), ({"at_least": "1"}, "many", False),
        ({"more_than_fact": "other"}, "1.01", True), ({"more_than_fact": "other"}, "1", False),
        ({"less_than_fact": "other"}, "0.99", True), ({"less_than_fact": "other"}, "1", False),
        ({"among": "other"}, "1", True), ({"among": "other"}, "11", False), ({"not_among": "other"}, "1", False),
        ({"not_among": "other"}, "11", True), ({"covers": "other"}, "2;1", True), ({"covers": "other"}, "2;11", False),
    ],
)  # fmt: skip
def test_every_test(test: dict[str, Any], value: Any, met: bool) -> None:
    asked = {"one": {"ask": "risk.one"}, "other": {"ask": "risk.other"}}
    rule = demand(facts=asked, when=[], need=[{"fact": "one", **test}])
    assert isinstance(opened(demanding(rule), {"one": value, "other": "1"}), Refusal) is not met


def test_every_declared_test_is_tried_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in TESTS if f'"{name.rstrip("_")}"' not in source] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"need": [{"fact": "colour", "known": True}]}, {"need": [{"fact": "live"}]},
        {"need": [{"fact": "live", "known": True, "at_least": "1"}]}, {"facts": {"live": {}}}, {"before": []},
        {"tables": {"live": {"table": "t", "inputs": {"x": "grade"}}}},
        {"facts": {"live": {"form": "x", "of": {"form": "y"}}}},
        {"products": {"both": ["live"]}}, {"products": {"both": ["live", "nobody"]}},
        {"products": {"live": ["grade", "grade"]}}, {"products": {"a": ["live", "grade"], "b": ["a", "live"]}},
    ],
)  # fmt: skip
def test_a_demand_that_says_nothing_clear_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DemandRule.model_validate(demand(**wrong))


@pytest.mark.parametrize(("said", "told"), [("general", None), ("no_such_code", "term"), (None, "term")])
def test_a_code_that_a_table_does_not_know_makes_a_fact_that_nobody_knows(said: str | None, told: str | None) -> None:
    rule = demand(
        facts={"said": {"ask": "risk.said"}}, when=[], need=[{"fact": "term", "not_in": ["never"]}],
        tables={"term": {"table": "hotline_accept_clocks", "inputs": {"urgency": "said"}}},
    )  # fmt: skip
    answer = opened(demanding(rule), {"said": said})
    assert isinstance(answer, Refusal) == (told is not None)
    if isinstance(answer, Refusal):
        assert f"(not known: {told})" in answer.text.en


def test_what_a_demand_names_must_exist(tmp_path: Path) -> None:
    rule = demand(
        before=["opne"],
        facts={"live": {"ask": "riks.live"}, "grade": {"form": "colour"}},
        tables={"class": {"table": "no_such", "inputs": {"x": "live"}}},
    )
    told = [each.what for each in findings(demanding(rule), tmp_path)]
    assert "this kind of case has no command 'opne'" in told
    assert "no room answers for 'riks'" in told
    assert "the form has no field 'colour'" in told
    assert "there is no table 'no_such'" in told


def test_what_the_opening_said_and_who_acts_are_facts() -> None:
    """The size that was opened with is asked for at the dispatch; whoever acts may not be of the owner's unit."""
    name = {"zh": "人数", "en": "Size"}
    unit = next(o for o in registers().organisations if o.kind == "street")
    rule = demand(
        before=["dispatch"], when=[],
        need=[{"fact": "size", "at_least": "5"}, {"fact": "who", "differs_from": "owner"}],
        facts={"size": {"opened": "size"}, "who": {"actor": "unit"}, "owner": {"ask": "risk.owner", "as_unit": True}},
    )  # fmt: skip
    declared = demanding(rule, size=FieldRule(name=name, type="number"))
    for size, acting, met in (("5", "other", True), ("4", "other", False), ("5", unit.id, False)):
        told = Knowing(registers(), book(), facts().now, "seed")
        told.values = {"owner": unit.code}
        case = Case(id=new_id())
        data = {"kind": "request", "number": "N1", "subject": "R1", "fields": {"size": size}}
        events = decide(declared, case, Command("open", OPERATOR, START, data), told)
        assert not isinstance(events, Refusal)
        case = fold(case.id, events)
        assert case.kept == {"size": size}
        actor = Actor("user:x", frozenset({"operator"}), acting)
        sent = decide(declared, case, Command("dispatch", actor, START, {"unit": unit.code}), told)
        assert isinstance(sent, Refusal) is not met, sent


def test_a_refusal_names_the_facts_that_it_tells() -> None:
    told = opened(demanding(demand(tell=["grade", "live"])), {"live": 0, "grade": "red"})
    assert isinstance(told, Refusal)
    assert told.text.en.endswith(": red; 0")
    silent = opened(demanding(demand(tell=["live"])), {"grade": "red"})
    assert isinstance(silent, Refusal)
    assert silent.text.en.endswith("(not known: live)"), "what is not known is not told"


@pytest.mark.parametrize(
    ("likely", "often", "told"),
    [("0.1", "3", True), ("0.1", "3.0000001", False), ("-1", "1", True), (None, "3", None), ("much", "3", None)],
)
def test_a_product_of_facts_is_exact(likely: str | None, often: str, told: bool | None) -> None:
    rule = demand(
        facts={"likely": {"ask": "risk.likely"}, "often": {"ask": "risk.often"}}, when=[],
        products={"danger": ["likely", "often"]}, need=[{"fact": "danger", "at_most": "0.3"}],
    )  # fmt: skip
    answer = opened(demanding(rule), {"likely": likely, "often": often})
    assert isinstance(answer, Refusal) is (told is not True)
    if isinstance(answer, Refusal):
        assert answer.text.en.endswith("(not known: danger)") is (told is None)
    else:
        kept = answer[0].data["demands"][0]["facts"]["danger"]
        assert Decimal(kept[0]) == Decimal(str(likely)) * Decimal(often)
        assert kept[1] == {"product": ["likely", "often"]}
