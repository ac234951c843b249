"""Orders: a second person, a signature, receipts, expiry, cancellation, pre-emption by what goes first, coverage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.declare.problems import DeclarationError
from bihuan.documents.orders import course as courses
from bihuan.documents.orders.course import OrderHappening, OrderRefused, course_of, coverage_of
from bihuan.documents.orders.declaration import load_order, span_of
from tests.examples import examples

ORDER = """
order: toy-close
name: {zh: 封闭道路指令, en: Order to close a road}
lane: roads
priority: 3
expires: 24h
receipt: 30min
facts:
  road: {name: {zh: 道路, en: Road}}
  until: {name: {zh: 至, en: Until}, type: date, required: false}
basis:
  - law: {zh: 突发事件应对法, en: Emergency Response Law}
    article: {zh: 第七十三条, en: Article 73}
    edition: "2024"
    citation: 第七十三条
texts:
  zh: |
    即刻封闭{road}。
    {if until}
    封闭至{until}。
    {end}
  en: |
    Close {road} at once.
"""
URGENT = ORDER.replace("toy-close", "toy-flood").replace("priority: 3", "priority: 1")
DISTRICT = "110108"
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_what_is_declared_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "close.yaml"
    file.write_text(ORDER, encoding="utf-8")
    assert load_order(file).priority == 3
    assert (span_of("30min"), span_of("24h"), span_of("7d")) == (
        timedelta(minutes=30), timedelta(days=1), timedelta(days=7),
    )  # fmt: skip
    for before, after, field in (("{road}。", "{rode}。", "texts.zh"), ("24h", "soon", "expires"),
                                 ("type: date", "type: table", "facts.until.type")):  # fmt: skip
        file.write_text(ORDER.replace(before, after), encoding="utf-8")
        with pytest.raises(DeclarationError) as refused:
            load_order(file)
        assert [each.field for each in refused.value.problems] == [field]


KINDS = st.sampled_from([courses.RECEIVED, courses.DONE, courses.DECLINED, courses.PREEMPTED])


@settings(max_examples=examples(200))
@given(st.lists(st.tuples(KINDS, st.sampled_from("abcd")), max_size=12))
def test_coverage_counts_each_addressee_once(said: list[tuple[str, str]]) -> None:
    found = course_of(OrderHappening(kind, NOW, "x", who) for kind, who in said)
    told = coverage_of(found, "abcd")
    assert told["received"] + told["silent"] == told["addressed"] == 4
    assert told["done"] + told["declined"] <= told["received"]
    assert told["received"] == len({who for kind, who in said if kind != courses.PREEMPTED})


@pytest.fixture
def orders(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Two declared orders in the model district."""
    from bihuan.documents.orders import catalogue
    from bihuan.ledger import keyring
    from bihuan.loop import shelves
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    keyring.forget_cached_keys()
    load_shipped()
    (tmp_path / "toy" / "orders").mkdir(parents=True)
    (tmp_path / "toy" / "orders" / "close.yaml").write_text(ORDER, encoding="utf-8")
    (tmp_path / "toy" / "orders" / "flood.yaml").write_text(URGENT, encoding="utf-8")
    monkeypatch.setattr(shelves, "roots", lambda: [tmp_path])
    catalogue.forget_orders()
    yield
    catalogue.forget_orders()
    live.forget_snapshots()
    keyring.forget_cached_keys()


def at(hours: float = 0) -> Any:
    """The facts in force some hours later."""
    from bihuan.loop.store import current_facts

    return current_facts(NOW + timedelta(hours=hours))


def drafted(name: str = "toy-close", key: str = "1", to: str = "abc", **facts: Any) -> Any:
    from bihuan.documents.orders.acting import draft_order

    return draft_order(name, key, {"road": "示范路", **facts}, list(to), at(), "user:writer")


def told(row: Any) -> dict[str, Any]:
    from bihuan.documents.orders.showing import described_order
    from bihuan.registers.isolation import in_district

    with in_district(DISTRICT):
        return described_order(row)


UNIT, OTHER = "street-110108011", "street-110108012"


def draft_to(codes: list[str], key: str, name: str = "toy-close") -> Any:
    from bihuan.documents.orders.acting import draft_order

    return draft_order(name, key, {"road": "示范路"}, codes, at(), "user:writer")


def _unit(code: str) -> str:
    from bihuan.registers.live import current_registers

    return str(current_registers().organisations.id_of(code))


def _reader() -> tuple[Any, str, Any]:
    """A handler of the unit, signed in, who is an addressee in person too."""
    from django.test import Client

    from tests.api.callers import caller

    unit = _unit(UNIT)
    user = caller("handler", unit).user
    assert user is not None
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client, unit, user


def _notice(row: Any, to: str) -> Any:
    from bihuan.notices.models import Notice
    from bihuan.registers.isolation import in_district

    with in_district(DISTRICT):
        return Notice.objects.get(source_id=row.id, recipient=to, kind="order_dispatched")


def _told_of(row: Any) -> list[tuple[str, str, bool]]:
    """Recipient, kind, and whether it is over, of every notice in a workspace about an order."""
    from bihuan.notices.models import Notice
    from bihuan.registers.isolation import in_district

    with in_district(DISTRICT):
        found = Notice.objects.filter(source="order", source_id=row.id, port="in_app")
        return sorted((each.recipient, each.kind, each.over_at is not None) for each in found)


@pytest.mark.slow
class TestInTheDatabase:
    def test_a_second_person_signs_and_receipts_make_the_coverage(self, orders: None) -> None:
        from bihuan.documents.orders.acting import approve_order, receipt_order

        row = drafted(until="2026-03-05")
        assert drafted(until="2026-03-05") == row, "one key, one order"
        assert row.texts["zh"] == "即刻封闭示范路。\n封闭至2026年3月5日。"
        with pytest.raises(OrderRefused, match="same_person"):
            approve_order(row.id, at(), "user:writer")
        with pytest.raises(OrderRefused, match="wrong_state"):
            receipt_order(row.id, "a", "received", at(), "a")
        assert told(row)["signed"] is False
        approve_order(row.id, at(), "user:head")
        with pytest.raises(OrderRefused, match="wrong_state"):
            approve_order(row.id, at(), "user:other")
        receipt_order(row.id, "a", "received", at(0.1), "a")
        receipt_order(row.id, "a", "done", at(0.2), "a")
        receipt_order(row.id, "b", "declined", at(0.2), "b")
        for who, kind, code in (
            ("a", "done", "answered"),
            ("x", "done", "not_addressed"),
            ("c", "x", "unknown_receipt"),
        ):
            with pytest.raises(OrderRefused, match=code):
                receipt_order(row.id, who, kind, at(0.3), who)
        shown = told(row)
        assert (shown["state"], shown["signed"], shown["coverage"]) == ("dispatched", True, "2/3")
        assert (shown["done"], shown["declined"], shown["silent"]) == (1, 1, 1)
        with pytest.raises(OrderRefused, match="over"):
            receipt_order(row.id, "c", "received", at(24), "c")

    def test_a_page_shows_orders_with_their_receipts_as_its_instant_knew_them(self, orders: None) -> None:
        from bihuan.documents.orders.acting import approve_order, receipt_order
        from bihuan.faces.panels.kinds.orders import OrdersPanel, show
        from bihuan.faces.parts.world import NOBODY, World

        row = drafted()
        approve_order(row.id, at(1), "user:chief")
        receipt_order(row.id, "a", "done", at(2), "user:a")
        panel = OrdersPanel.model_validate({"kind": "orders", "name": {"zh": "指令", "en": "Orders"}})

        def shown(hours: float) -> list[list[str]]:
            here = World(NOBODY, at().registers, NOW + timedelta(hours=hours))
            return [[cell.text for cell in line][2:] for line in show(here, row.programme, panel).rows]

        assert [line[0] for line in shown(0.5)] == ["拟稿"]
        assert [line[-3:] for line in shown(1.5)] == [["3", "0", "3"]]
        assert [line[-3:] for line in shown(3)] == [["3", "1", "2"]]
        assert shown(-1) == []

    def test_an_order_that_goes_first_ends_the_other_where_both_hold(self, orders: None) -> None:
        from bihuan.documents.orders.acting import approve_order, receipt_order

        low, high = drafted(to="abc"), drafted("toy-flood", "2", "bcd")
        approve_order(low.id, at(), "user:head")
        approve_order(high.id, at(1), "user:head")
        assert [r["addressee"] for r in told(low)["receipts"] if r["preempted"]] == ["b", "c"]
        assert told(high)["preempted"] == 0
        with pytest.raises(OrderRefused, match="over"):
            receipt_order(low.id, "b", "done", at(1), "b")
        receipt_order(low.id, "a", "done", at(1), "a")
        late = drafted(key="3", to="de")
        approve_order(late.id, at(2), "user:head")
        assert [r["addressee"] for r in told(late)["receipts"] if r["preempted"]] == ["d"], (
            "it came after and goes after"
        )

    def test_expiry_and_cancellation_end_it(self, orders: None) -> None:
        from bihuan.documents.orders.acting import approve_order, end_order, expire_orders

        first, second, third = drafted(key="1"), drafted(key="2", to="x"), drafted(key="3", to="y")
        approve_order(first.id, at(), "user:head")
        approve_order(second.id, at(), "user:head")
        end_order(second.id, "cancelled", at(1), "user:head", "no longer needed")
        end_order(third.id, "refused", at(1), "user:head")
        assert expire_orders(at(23.9)) == 0
        assert expire_orders(at(24)) == 1
        assert expire_orders(at(25)) == 0
        assert [told(row)["state"] for row in (first, second, third)] == ["expired", "cancelled", "refused"]
        with pytest.raises(OrderRefused, match="wrong_state"):
            end_order(first.id, "cancelled", at(26), "user:head")

    def test_its_addressees_are_told_and_answer_from_the_notice(self, orders: None) -> None:
        from bihuan.documents.orders.acting import approve_order, end_order
        from bihuan.loop.store import current_facts

        client, unit, user = _reader()
        now = lambda hours: current_facts(datetime.now(UTC) + timedelta(hours=hours))  # noqa: E731 - pages answer now
        row = draft_to([UNIT, user.username, "terminal-1"], "1")
        first = draft_to([UNIT], "2", "toy-flood")
        approve_order(row.id, now(-1), "user:head")
        assert _told_of(row) == [
            (f"account:{user.pk}", "order_dispatched", False), (f"unit:{unit}", "order_dispatched", False),
        ], "a terminal hears by its own wire"  # fmt: skip
        notice = _notice(row, f"unit:{unit}")
        page = client.get(f"/notices/{notice.id}/").content.decode()
        assert all(word in page for word in ("Close 示范路 at once.", UNIT, user.username, "Carried out"))
        assert "terminal-1" not in page
        receipts = f"/notices/{notice.id}/receipt/"
        assert client.post(receipts, {"addressee": "terminal-1", "receipt": "done"}).status_code == 404
        assert client.post(receipts, {"addressee": user.username, "receipt": "done"}).status_code == 302
        assert [r["receipt"] for r in told(row)["receipts"] if r["addressee"] == user.username] == ["done"]
        approve_order(first.id, now(0), "user:head")
        assert _told_of(row) == [
            (f"account:{user.pk}", "order_dispatched", False), (f"unit:{unit}", "order_dispatched", True),
            (f"unit:{unit}", "order_preempted", False),
        ]  # fmt: skip
        end_order(first.id, "cancelled", now(1), "user:head")
        assert _told_of(first) == [
            (f"unit:{unit}", "order_cancelled", False), (f"unit:{unit}", "order_dispatched", True),
        ]  # fmt: skip

    def test_the_end_of_a_draft_is_told_to_nobody_and_expiry_to_whoever_has_not_answered(self, orders: None) -> None:
        from bihuan.documents.orders.acting import approve_order, end_order, expire_orders, receipt_order

        draft, row = draft_to([UNIT], "1"), draft_to([UNIT, OTHER], "2")
        end_order(draft.id, "cancelled", at(), "user:head")
        approve_order(row.id, at(), "user:head")
        receipt_order(row.id, OTHER, "done", at(1), "x")
        assert expire_orders(at(25)) == 1
        assert _told_of(draft) == []
        assert [kind for to, kind, _ in _told_of(row) if to != f"unit:{_unit(UNIT)}"] == ["order_dispatched"]
        assert [kind for to, kind, _ in _told_of(row)].count("order_expired") == 1

    def test_every_step_has_a_leaf_and_nothing_is_changed(self, orders: None, app_role: None) -> None:
        from bihuan.documents.orders.acting import approve_order
        from bihuan.documents.orders.models import OrderEvent, OrderRow
        from bihuan.registers.isolation import in_district

        row = drafted()
        approve_order(row.id, at(), "user:head")
        with in_district(DISTRICT), connection.cursor() as cursor:
            for event in OrderEvent.objects.all():
                cursor.execute("SELECT body::text FROM ledger_statement WHERE id = %s", [event.id])
                (body,) = cursor.fetchone()
                assert row.digest in body
        with pytest.raises(DatabaseError), transaction.atomic(), in_district(DISTRICT):
            OrderRow.objects.update(priority=9)
        with in_district("999999"):
            assert not OrderRow.objects.exists()

    def test_what_is_wrong_is_refused_before_anything_is_written(self, orders: None) -> None:
        from bihuan.documents.orders.catalogue import UnknownOrder
        from bihuan.documents.orders.models import OrderRow
        from bihuan.registers.isolation import in_district

        for code, act in {
            "missing_fact": lambda: drafted(road=""),
            "wrong_value": lambda: drafted(until="soon"),
            "unknown_fact": lambda: drafted(colour="red"),
            "no_addressees": lambda: drafted(to=""),
        }.items():
            with pytest.raises(OrderRefused, match=code):
                act()
        with pytest.raises(UnknownOrder):
            drafted("toy-nothing")
        with in_district(DISTRICT):
            assert not OrderRow.objects.exists()

    def test_programs_and_pages_draft_approve_and_count(self, orders: None) -> None:
        from django.test import Client

        from tests.api.callers import caller

        writer, head, another = caller("operator"), caller("arbiter"), caller("integrator")
        asked = {"key": "k", "order": "toy-close", "facts": {"road": "示范路"}, "to": ["a", "b"]}
        made = writer.post("/orders", asked).json()
        assert (made["state"], made["coverage"]) == ("drafted", "0/2")
        assert writer.post(f"/orders/{made['id']}/approve", {}).json()["code"] == "role_missing"
        client = Client()
        client.force_login(head.user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
        assert "即刻封闭示范路" in client.get(f"/orders/{made['id']}/").content.decode()
        assert client.post(f"/orders/{made['id']}/act/", {"do": "approve"}).status_code == 302
        done = another.post(f"/orders/{made['id']}/receipts", {"addressee": "a", "kind": "done"}).json()
        assert (done["coverage"], done["signed"], done["approved_by"]) == ("1/2", True, f"user:{head.user.pk}")  # type: ignore[union-attr]
        wrong = another.post(f"/orders/{made['id']}/receipts", {"addressee": "x", "kind": "done"})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "not_addressed")
        assert "1/2" in client.get("/orders/").content.decode()
        assert client.get("/orders/00000000-0000-0000-0000-000000000000/").status_code == 404
        own = head.post("/orders", {**asked, "key": "k2"}).json()
        assert head.post(f"/orders/{own['id']}/approve", {}).json()["code"] == "same_person"
