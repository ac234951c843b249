"""Composing an order: templates, addressees by area, a second person, people reached by cells, drafts by events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client

from bihuan.documents.orders.acting import approve_order, draft_order
from bihuan.documents.orders.catalogue import order_named
from bihuan.documents.orders.composing import chosen_by, propose_facts
from bihuan.documents.orders.course import OrderRefused
from bihuan.documents.orders.drafting import DraftCause, _draft, draft_after_events
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.receipting import receipt_many
from bihuan.loop.store import current_facts
from bihuan.registers.isolation import in_district
from tests.faces.test_feeds import Authorship, Row, subject_type, write_rows
from tests.faces.test_views import visitor as signed_in

NAME, HERE, PROGRAMME = "broadcast-warning", "110108", "emergency-broadcast"
FORM = "/orders/new/broadcast-warning/"
SAID = {
    "event": "rain", "colour": "orange", "region": HERE, "headline": "暴雨橙色预警", "text": "请勿外出。",
    "headline_english": "Orange rainstorm warning", "english": "Stay indoors.",
}  # fmt: skip


def test_later_templates_add_to_earlier_ones() -> None:
    order = order_named(NAME).order
    assert chosen_by(order) == ["event", "colour"]
    told = propose_facts(order, {"event": "rain", "colour": "red"})
    assert (told["headline"], told["headline_english"]) == ("暴雨红色预警", "Red rainstorm warning")
    assert told["instruction"].startswith("立即停止户外活动")
    assert told["dialect"]
    assert propose_facts(order, {"event": "rain"})["headline"] == "暴雨{colour}预警", "what is not chosen stands open"
    assert propose_facts(order, {}) == {}
    for event in order.facts["event"].choices:
        for colour in order.facts["colour"].choices:
            said = propose_facts(order, {"event": event.code, "colour": colour.code})
            assert "{" not in "".join(said.values())


def put(kind: str, key: str, rows: list[dict[str, Any]], on: date) -> None:
    """Write rows of a register from a day on."""
    numbered = [Row(n, str(row[key]), on, None, row, None) for n, row in enumerate(rows, 1)]
    write_rows(subject_type(kind), numbered, Authorship(HERE, "system:test", "a test"), on)


def put_terminals(on: date) -> None:
    """Three production terminals of two streets, one of the drill network; three cells."""
    base = {"answers": "emergency", "keeper": "outside:audio-works", "people": 0, "begun": on.isoformat()}
    put("broadcast-terminal", "number", [
        base | {"number": f"T{n}", "name": f"示范{n}号广播", "network": network, "street": street,
                "resource": f"51101080110030314{n:04d}00", "position": [116.3 + n / 100, 39.9 + n / 100]}
        for n, (network, street) in enumerate(
            (("production", "110108011"), ("production", "110108011"), ("production", "110108012"),
             ("drill", "110108011"))
        )
    ], on)  # fmt: skip
    put("audience-cell", "cell", [
        {"cell": f"C{n}", "population": 100 * (n + 1), "street": "110108011",
         "position": [116.3 + n / 100, 39.9 + n / 100]}
        for n in range(3)
    ], on)  # fmt: skip
    hears = (("T0", "C0"), ("T1", "C0"), ("T1", "C1"), ("T2", "C2"))
    put("hearing", "number", [
        {"number": f"H{n}", "terminal": terminal, "cell": cell, "tried": on.isoformat()}
        for n, (terminal, cell) in enumerate(hears)
    ], on)  # fmt: skip


@pytest.fixture
def terminals(loaded: None, db: None) -> Iterator[None]:
    """Terminals and cells of the model district."""
    put_terminals(date(2026, 1, 1))
    return


def page(client: Client, address: str, language: str = "zh-hans") -> str:
    answer: Any = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.slow
def test_a_message_is_composed_sent_by_another_person_and_counted_by_cells(terminals: None, built: None) -> None:
    officer, leader = signed_in("broadcast_officer", PROGRAMME), signed_in("broadcast_approver", PROGRAMME)
    assert NAME in page(officer, "/orders/new/")
    refused: Any = leader.get(FORM)
    assert refused.status_code == 403, "who approves drafts nothing"
    told = page(officer, f"{FORM}?event=rain&colour=red")
    assert "暴雨红色预警" in told
    assert 'value="110108011"' in told
    assert "示范3号广播" not in told
    assert 'data-speak="order-dialect"' in told
    assert "Red rainstorm warning" in page(officer, f"{FORM}?event=rain&colour=red", "en")
    nobody: Any = officer.post(FORM, {**SAID, "key": "K0"})
    assert nobody.status_code == 422
    assert "请勿外出。" in nobody.content.decode(), "nothing that was typed is lost"
    sent: Any = officer.post(FORM, {**SAID, "key": "K1", "area": "110108011"})
    assert sent.status_code == 302
    address = sent.headers["Location"]
    with in_district(HERE):
        row = OrderRow.objects.get(key="K1")
    assert "签发" in page(leader, address)
    assert 'value="approve"' not in page(officer, address), "never the author"
    leader.post(f"{address}act/", {"do": "approve"})
    assert receipt_many(row.id, [("T0", "done"), ("T1", "done"), ("T2", "done")], current_facts()) == {
        "taken": 2, "not_addressed": 1,
    }  # fmt: skip
    shown = page(leader, address)
    assert "<strong>300</strong> / 600" in shown, "a cell that hears two terminals counts once"
    assert shown.count("<circle") >= 3
    assert 'hx-trigger="every 5s"' in shown
    assert f"{FORM}?replaces=K1" in page(officer, address)
    update = page(officer, f"{FORM}?replaces=K1&event=rain&colour=blue")
    assert 'value="K1"' in update


@pytest.mark.slow
def test_only_who_may_draft_composes(terminals: None, built: None) -> None:
    assert Client().get(FORM).status_code == 302
    assert signed_in("inspector").get(FORM).status_code == 403
    officer = signed_in("operator")
    assert officer.get("/orders/new/nothing/").status_code == 404
    assert "应急广播播发指令" in page(officer, "/orders/new/")


@pytest.mark.slow
def test_a_drill_is_aimed_at_the_drill_network_alone(terminals: None) -> None:
    world = current_facts()
    facts = {"headline": "演练", "text": "这是一次演练。"}
    with pytest.raises(OrderRefused, match="wrong_addressee"):
        draft_order("broadcast-drill", "D1", facts, ["T0"], world, "user:a")
    row = draft_order("broadcast-drill", "D2", facts, ["T3"], world, "user:a")
    put("broadcast-terminal", "number", [
        {"number": "T3", "name": "示范3号广播", "network": "production", "resource": "51101080110030314000300",
         "street": "110108011", "begun": "2026-01-01"}
    ], date(2026, 1, 2))  # fmt: skip
    with pytest.raises(OrderRefused, match="wrong_addressee"):
        approve_order(row.id, world, "user:b")  # it was of the drill network when it was drafted


@pytest.mark.slow
def test_a_warning_elsewhere_drafts_and_sends_nothing(terminals: None) -> None:
    declared, world = order_named(NAME), current_facts()
    draft = next(each for each in declared.order.drafts if each.programme == "air")
    cause = DraftCause("019a0000-0000-7000-8000-000000000001", "2603020000001", {"level": "orange"})
    with in_district(HERE):
        assert _draft(declared, draft, cause, world)
        assert not _draft(declared, draft, cause, world), "once for an event"
        row = OrderRow.objects.get(order=NAME)
    assert row.facts["headline"] == "空气重污染橙色预警"
    assert row.facts["region"] == HERE
    with pytest.raises(OrderRefused, match="same_person"):
        approve_order(row.id, world, "system:orders")
    approve_order(row.id, world, "user:head")
    assert draft_after_events(world) == 0
