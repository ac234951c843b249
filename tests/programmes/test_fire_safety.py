"""Fire safety: a class is that of the text of its day, a seal is somebody else's decision, sensors only propose."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.documents.orders.catalogue import all_orders
from bihuan.documents.orders.composing import propose_facts
from bihuan.effects.rules import EffectEvent, planned_of
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, programme, registers
from tests.programmes.test_black_water import Waters, letter_of

NAME = "fire-safety"
OLD, NEW = datetime(2025, 10, 31, 2, tzinfo=UTC), datetime(2025, 11, 1, 2, tzinfo=UTC)


def known_of(**said: Any) -> Waters:
    """Facts of a venue."""
    known = Waters(registers(), book(), facts().now, "seed")
    units = registers().organisations.at(START.date()).units("department")
    known.said = {
        "keeper": units[0].code,
        "name": "某商场",
        "kind": "crowded",
        "street": community(),
        "site": "S1",
    } | said
    return known


def opened(category: str, urgency: str, at: datetime, **said: Any) -> Any:
    """The events of entering a hazard, or why it is refused."""
    units = registers().organisations.at(START.date()).units("department")
    inspector = Actor("user:inspector", frozenset({"inspector"}), units[3].id, frozenset({units[3].id}))
    data = {
        "kind": "fire_hazard",
        "number": "1",
        "channel": "inspector",
        "subject": "FV1",
        "category": category,
        "urgency": urgency,
        "fields": {"source": "round"},
    }
    return decide(programme(NAME), Case(id=new_id()), Command("open", inspector, at, data), known_of(**said))


@pytest.mark.parametrize(
    ("category", "urgency", "kind", "at", "refused"),
    [
        ("fire.direct.exits", "general", "crowded", OLD, "graded_too_low"),
        ("fire.direct.exits", "emergency", "other", NEW, "graded_too_low"),
        ("fire.direct.exits", "urgent", "other", NEW, None),
        ("fire.alarm.dead", "general", "crowded", OLD, None),
        ("fire.alarm.dead", "general", "crowded", NEW, "graded_too_low"),  # the annex on systems that cannot run
        ("fire.exit.locked", "general", "important", OLD, None),
        ("fire.exit.locked", "general", "important", NEW, "element_unknown"),  # the kind is gone
        ("fire.direct.exits", "urgent", "important", NEW, "element_unknown"),
        ("fire.exit.locked", "general", None, OLD, "element_unknown"),
    ],
)
def test_a_direct_element_is_never_ordinary_and_the_text_is_that_of_the_day(
    category: str, urgency: str, kind: str | None, at: datetime, refused: str | None
) -> None:
    told = opened(category, urgency, at, kind=kind)
    assert (told.code if isinstance(told, Refusal) else None) == refused


@pytest.mark.parametrize(
    ("category", "kind", "at", "meant"),
    [
        ("fire.exit.locked", "crowded", OLD, "key"),
        ("fire.exit.locked", "other", OLD, "combined"),
        ("fire.supply.hydrant", "explosive", NEW, "key"),
        ("fire.ebike.indoors", "crowded", OLD, "none"),
        ("fire.ebike.indoors", "crowded", NEW, "combined"),
        ("fire.alarm.dead", "other", OLD, "combined"),
    ],
)
def test_the_register_gets_the_class_that_the_demand_was_answered_with(
    category: str, kind: str, at: datetime, meant: str
) -> None:
    events = opened(category, "general", at, kind=kind)
    data = events[0].data
    case = {"number": "1", "subject": "FV1", "category": category, "area": community()}
    event = EffectEvent(new_id(), "opened", at, NAME, "fire_hazard", "1", data, data, case)
    first, control = planned_of(event, programme(NAME), ZoneInfo("Asia/Shanghai"))
    assert (first.type, first.values["class"], first.values["place"], first.values["element"]) == (
        "fire-finding",
        meant,
        kind,
        category,
    )
    assert (control.type, control.where) == ("control", {"site": "S1"}), "what was found kills the controls of its site"


def sealing(step: str, **said: Any) -> str | None:
    """Why a step of a sealing is refused; None when it is not. `mine`: by the unit that asked for it."""
    units = registers().organisations.at(START.date()).units("department")
    mine, known = said.pop("mine", False), known_of(**{"open_findings": 1, "open_direct": 0, **said})
    declared, roles = programme(NAME), all_roles()
    asks = Actor(
        "user:officer",
        frozenset({"fire_officer"}),
        units[3].id,
        frozenset({units[3].id}),
        local={"fire_officer": roles["fire_officer"]},
    )
    data = {
        "kind": "sealing",
        "number": "2",
        "channel": "inspector",
        "subject": "FV1",
        "urgency": "emergency",
        "unit": units[3].id,
        "fields": {"scope": "二层", "danger": "疏散通道封死"},
    }
    events = list(_done(decide(declared, Case(id=new_id()), Command("open", asks, START, data), known)))
    unit = units[3] if mine else units[5]
    arbiter = Actor("user:arbiter", frozenset({"arbiter"}), unit.id, frozenset({unit.id}))
    approve = Command("approve", arbiter, START, {"until": "2026-06-01T00:00:00Z"})
    told = decide(declared, fold(events[0].case, events), approve, known)
    if step == "approve" or isinstance(told, Refusal):
        return told.code if isinstance(told, Refusal) else None
    events += told
    told = decide(
        declared, fold(events[0].case, events), Command("revoke", arbiter, START, {"reason": "已整改"}), known
    )
    return told.code if isinstance(told, Refusal) else None


def _done(told: Any) -> Any:
    assert not isinstance(told, Refusal), told
    return told


@pytest.mark.parametrize(
    ("step", "said", "refused"),
    [
        ("approve", {}, None),
        ("approve", {"mine": True}, "own_sealing"),
        ("approve", {"open_findings": 0}, "nothing_to_seal_for"),
        ("approve", {"open_findings": None}, "nothing_to_seal_for"),
        ("revoke", {}, None),
        ("revoke", {"open_direct": 1}, "seal_lifted_early"),
        ("revoke", {"open_direct": None}, "seal_lifted_early"),
    ],
)
def test_a_seal_is_somebody_elses_decision_and_stays_while_something_direct_is_open(
    step: str, said: dict[str, Any], refused: str | None
) -> None:
    assert sealing(step, **said) == refused


def test_its_watches_and_pages_are_in_use_and_nothing_adverse_is_automatic() -> None:
    mine = {name: watch for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert set(mine) == {
        "fire_major_venue",
        "fire_lane_blocked",
        "panel_fault",
        "panel_shielded",
        "panel_silent",
        "false_alarms",
        "maintenance_over",
        "ebike_lift",
        "ebike_calls",
        "seal_opened",
        "seal_unchecked",
        "owner_absent",
        "repair_issue",
        "fire_whistle",
        "outlet_unseen",
    }
    opens = {name: watch.declared.opens for name, watch in mine.items() if watch.declared.opens is not None}
    assert "sealing" not in {each.case for each in opens.values()}
    assert not opens["ebike_lift"].dispatch, "a camera proposes; a person looks"
    assert mine["ebike_calls"].declared.opens is None
    assert set(views_of(NAME)) == {"overview", "panels", "lanes", "venue"}


def test_its_letters_say_what_they_rest_on() -> None:
    venue = {
        "number_of_case": "1",
        "venue": "FV1",
        "place": "某商场",
        "owner_code": "91110108MA01234567",
        "owner": "某公司",
        "officer": "某人",
        "due": "2026-06-20",
        "opened": "2026-06-01",
        "kind": "安全出口封堵",
    }
    thing = {
        "number_of_case": "1",
        "panel": "AP1",
        "lane": "FL1",
        "title": "某处",
        "due": "2026-06-20",
        "venue": "FV1",
        "place": "某商场",
    }
    said = {
        "fire_put_right": venue,
        "fire_major": venue,
        "fire_seal": venue | {"scope": "二层", "danger": "疏散通道封死"},
        "fire_unseal": venue,
        "fire_transfer": thing,
        "panel_order": thing,
        "lane_order": thing,
        "joint_owners": thing,
        "fire_answer": venue,
    }
    told = letters_of_play(
        (
            letter_of(NAME, name),
            {
                "facts": {k: v for k, v in each.items() if k in letter_of(NAME, name).letter.facts},
                "dated": "2026-06-01",
                "addressee": ["某单位"],
            },
        )
        for name, each in said.items()
    )
    assert not told["refused"], told["refused"]
    adverse = [
        each for each in told["letters"] if each["kind"] in ("fire-put-right", "fire-major", "fire-seal", "fire-unseal")
    ]
    assert len(adverse) == 4
    assert all(each["basis"] and each["remedy"] and each["remedy_until"] for each in adverse)


def test_a_fire_that_somebody_has_seen_drafts_a_broadcast() -> None:
    order = next(each.order for each in all_orders().values() if each.order.order == "broadcast-warning")
    (draft,) = [each for each in order.drafts if each.programme == NAME]
    assert (draft.case, draft.event, draft.fixed) == ("fire_alarm", "dispatched", {"event": "fire"})
    fields = programme(NAME).cases["fire_alarm"].fields
    assert set(draft.facts.values()) <= set(fields)
    assert set(fields["level"].choices) <= {each.code for each in order.facts["colour"].choices}
    assert "火情" in str(propose_facts(order, {"event": "fire", "colour": "orange"}))
