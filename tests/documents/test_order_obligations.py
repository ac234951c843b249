"""What an order asks is a case with each addressee: opened once when it is dispatched, lifted when its warning ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from bihuan.documents.orders import obliging
from bihuan.documents.orders.acting import approve_order, end_order, receipt_order
from bihuan.documents.orders.catalogue import order_named
from bihuan.documents.orders.course import CANCELLED
from bihuan.documents.orders.declaration import load_order
from bihuan.documents.orders.drafting import draft_after_events, end_after_events
from bihuan.documents.orders.models import OrderEvent, OrderRow
from bihuan.documents.orders.obliging import follow_obligations
from bihuan.documents.orders.recording import course_of_order
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.loop.store import Order, append, current_facts
from bihuan.registers.live import forget_snapshots
from bihuan.registers.roles import all_roles
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.loading import load_file
from tests.methods.running import run
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db
SITES = ("ES001", "ES002", "ES003")


@pytest.fixture
def district(db: None, tmp_path: Path) -> Iterator[None]:
    """The model district with three building sites and a kitchen."""
    from bihuan.loop import scope

    load_shipped(users=True)
    scope.ensure("110108")
    rows = [
        {"number": key, "name": f"{key}号", "kind": "catering" if key == "ES009" else "construction",
         "street": "110108011", "position": "116.31,39.98", "begun": "2026-01-01"}
        for key in (*SITES, "ES009")
    ]  # fmt: skip
    file = tmp_path / "sites.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    loaded = load_file(subject_type("emission-site"), file, "user:x", source="desk", day=timezone.localdate())
    assert not loaded.rejected, loaded.rejects
    yield
    forget_snapshots()


def of(role: str) -> Actor:
    return Actor(f"user:{role}", frozenset({role}), None, frozenset(), None, {}, {role: all_roles()[role]})


def warned() -> CaseRow:
    """A warning that was approved: its level follows from three days of forecast."""
    day = timezone.localdate()
    text = "issued,day,aqi\n" + "\n".join(
        f"{day},{day + timedelta(days=n)},{aqi}" for n, aqi in ((1, 230), (2, 240), (3, 210))
    )
    (row,), _ = run("air-warning", text)
    fields = {"level": row["level"], "starts": (day + timedelta(days=1)).isoformat()}
    fields |= {name: value for name, value in row.items() if name.startswith("days_")}
    report = NewReport(
        key="warning", programme="air", kind="warning", channel="inspector", at=datetime.now(UTC), title="预警",
        fields=fields, unit="ecology",
    )  # fmt: skip
    (receipt,) = receive([report], actor=of("air_officer"))
    assert receipt.refusal is None, receipt.refusal
    case = CaseRow.objects.get(number=receipt.number)
    act(case, of("warning_approver"), "approve", until=(timezone.now() + timedelta(days=9)).isoformat())
    return case


def act(case: CaseRow, by: Actor, command: str, **data: Any) -> None:
    (result,) = append([Order(Command(command, by, datetime.now(UTC), data), UUID(str(case.id)))])
    assert result.refusal is None, result.refusal


def measures() -> list[CaseRow]:
    return list(CaseRow.objects.filter(programme="air", kind="obligation").order_by("fold__subject"))


def dispatched() -> OrderRow:
    world = current_facts()
    assert draft_after_events(world, "air") == 1
    assert follow_obligations(world) == 0, "a draft asks nothing of anybody"
    row = OrderRow.objects.get(order="heavy-pollution-measures")
    approve_order(row.id, world, "user:approver")
    return row


def test_a_warning_opens_what_sites_owe_and_its_end_lifts_it(district: None) -> None:
    case = warned()
    row = dispatched()
    assert follow_obligations(current_facts()) == 3
    assert follow_obligations(current_facts()) == 0, "once with each addressee"
    opened = measures()
    assert [each.fold["subject"] for each in opened] == list(SITES), "the kitchen is not addressed"
    assert {each.state for each in opened} == {"dispatched"}
    assert {each.area for each in opened} == {"110108011"}
    receipt_order(row.id, "ES002", "declined", current_facts(), "user:ES002")
    assert end_after_events(current_facts(), "air") == 0
    act(case, of("warning_approver"), "revoke", reason="空气质量好转")
    assert end_after_events(current_facts(), "air") == 1
    assert course_of_order(OrderRow.objects.get(pk=row.id)).state == CANCELLED
    assert follow_obligations(current_facts()) == 3
    assert {(each.state, each.outcome) for each in measures()} == {("revoked", "revoked")}
    assert end_after_events(current_facts(), "air") + follow_obligations(current_facts()) == 0
    kinds = OrderEvent.objects.filter(order_id=row.id).values_list("kind", flat=True)
    assert (list(kinds).count("obliged"), list(kinds).count("released")) == (3, 3)


def test_what_ended_before_stays_as_it_ended(district: None) -> None:
    warned()
    row = dispatched()
    follow_obligations(current_facts())
    first = measures()[0]
    handler = Actor("user:h", frozenset({"handler"}), first.lead, frozenset({first.lead or ""}))
    act(first, handler, "return", reason="not_our_area")
    act(first, of("air_officer"), "invalidate", reason="nuisance")
    end_order(row.id, CANCELLED, current_facts(), "user:approver", "解除")
    assert follow_obligations(current_facts()) == 3
    assert [each.outcome for each in measures()] == ["invalid", "revoked", "revoked"]


def test_a_worker_that_dies_between_case_and_record_opens_none_twice(
    district: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned()
    row = dispatched()

    def gone(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(obliging, "record_happenings", gone)
        with pytest.raises(OperationalError), transaction.atomic():
            follow_obligations(current_facts())
    assert measures() == []
    assert follow_obligations(current_facts()) == 3
    declared = order_named("heavy-pollution-measures")
    assert declared.order.opens is not None
    again = obliging._open(row, declared, declared.order.opens, list(SITES), current_facts())
    assert [each.data["number"] for each in again] == [each.number for each in measures()], "opened once, told again"


def test_nobody_lifts_by_hand_and_only_what_declares_it(district: None) -> None:
    warned()
    dispatched()
    follow_obligations(current_facts())
    (result,) = append([
        Order(Command("lift", of("air_officer"), datetime.now(UTC), {"by": "x"}), UUID(str(measures()[0].id)))
    ])  # fmt: skip
    assert result.refusal is not None
    assert "revoked" not in all_programmes()["air"].cases["hotspot"].outcomes


def test_an_obligation_names_whom_it_is_about(tmp_path: Path) -> None:
    text = (folder_of("air") / "orders" / "heavy_pollution_measures.yaml").read_text("utf-8")
    file = tmp_path / "order.yaml"
    file.write_text("\n".join(line for line in text.splitlines() if not line.startswith("to:")), "utf-8")
    with pytest.raises(Exception, match="declare `to:`"):
        load_order(file)
