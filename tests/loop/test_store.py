"""The store: a batch equals its commands one by one, keys work once, events cannot be changed, rows equal the fold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.db import DatabaseError, connection, transaction

from bihuan.ledger import store as ledger
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command
from bihuan.loop.models import CaseRow, ClockRow, EventRow, KeyRow
from bihuan.loop.store import Order, append, get_case, history, tick, visible_to
from tests.loop.district import CALLBACK, OPERATOR, START, community, facts, handler

pytestmark = pytest.mark.django_db


def opening(key: str | None = None, **data: Any) -> Order:
    """An order that opens a request."""
    given = {"channel": "phone", "category": "housing.property.service", "area": community(), **data}
    command = Command("open", OPERATOR, START, given, {"title": "电梯坏了", "text": "一号楼电梯停运"})
    return Order(command, programme="hotline", kind="request", key=key)


def then(case: UUID, step: str, actor: Actor, hours: float, /, **data: Any) -> Order:
    """An order on an existing case."""
    return Order(Command(step, actor, START + timedelta(hours=hours), data), case)


@pytest.mark.parametrize("bulk", [False, True])
def test_rows_are_the_fold_of_the_events(bulk: bool) -> None:
    results = append([opening() for _ in range(60)], facts=facts(), bulk=bulk)
    ids = [r.case.id for r in results if r.case]
    append([then(i, "dispatch", OPERATOR, 0.1) for i in ids], facts=facts(), bulk=bulk)
    for case_id in ids[:5]:
        case = get_case(case_id)
        assert case == fold(case_id, history(case_id))
        row = CaseRow.objects.get(pk=case_id)
        assert (row.state, row.version, row.deadline, row.heading) == (
            "dispatched",
            2,
            case and case.deadline,
            "电梯坏了",
        )
        assert ClockRow.objects.filter(case_id=case_id).count() == len(case.clocks if case else ())
    assert EventRow.objects.count() == 120
    assert len({r.number for r in CaseRow.objects.all()}) == 60


def test_a_batch_equals_its_commands_one_by_one() -> None:
    first = append([opening()], facts=facts())[0].case
    assert first is not None
    steps = [("dispatch", OPERATOR, 0.1, {}), ("recall", OPERATOR, 1, {"reason": "x"}), ("dispatch", OPERATOR, 2, {})]
    append([then(first.id, k, a, h, **d) for k, a, h, d in steps], facts=facts())
    second = append([opening()], facts=facts())[0].case
    assert second is not None
    for k, a, h, d in steps:
        append([then(second.id, k, a, h, **d)], facts=facts())
    together, alone = get_case(first.id), get_case(second.id)
    assert _without_identity(together) == _without_identity(alone)


def _without_identity(case: Case | None) -> dict[str, Any]:
    assert case is not None
    return {k: v for k, v in msgspec.to_builtins(case).items() if k not in ("id", "number")}


def test_a_key_has_one_effect() -> None:
    a = append([opening("k1")], facts=facts())[0]
    b, c = append([opening("k1"), opening("k2")], facts=facts())
    assert (a.duplicate, b.duplicate, c.duplicate) == (False, True, False)
    assert a.case is not None
    assert b.case is not None
    assert a.case.id == b.case.id
    again, same = append([opening("k3"), opening("k3")], facts=facts())
    assert same.duplicate
    assert same.case == again.case
    assert CaseRow.objects.count() == 3


def test_a_refused_order_does_not_burn_its_key() -> None:
    bad = append([opening("k", urgency="whenever")], facts=facts())[0]
    assert bad.refusal is not None
    assert not KeyRow.objects.exists()
    assert append([opening("k")], facts=facts())[0].case is not None


def test_a_group_succeeds_or_fails_together() -> None:
    child, parent = (r.case for r in append([opening(), opening()], facts=facts()))
    assert child is not None
    assert parent is not None
    merge = Order(Command("merge", OPERATOR, START, {"parent": str(parent.id)}), child.id, group=1)
    bad_join = Order(Command("join", OPERATOR, START, {}), parent.id, group=1)
    results = append([merge, bad_join], facts=facts())
    assert all(r.refusal for r in results)
    assert CaseRow.objects.filter(outcome="merged").count() == 0
    good_join = Order(Command("join", OPERATOR, START, {"report": "r"}), parent.id, group=1)
    assert not any(r.refusal for r in append([merge, good_join], facts=facts()))
    assert get_case(child.id).outcome == "merged"  # type: ignore[union-attr]  # it was just stored


def test_events_can_be_neither_changed_nor_removed(app_role: None) -> None:
    append([opening()], facts=facts())
    for statement in ("UPDATE loop_event SET actor = 'x'", "DELETE FROM loop_event"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_another_district_sees_nothing(app_role: None) -> None:
    append([opening()], facts=facts())
    assert CaseRow.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('bihuan.district', '999999', true)")
    assert CaseRow.objects.count() == 0
    assert EventRow.objects.count() == 0


def test_ticks_fall_at_the_exact_instant() -> None:
    case = append([opening()], facts=facts())[0].case
    assert case is not None
    append([then(case.id, "dispatch", OPERATOR, 0.5)], facts=facts())
    tick(START + timedelta(days=8), facts=facts())
    missed = [e for e in history(case.id) if any(op["op"] == "miss" for op in e.data.get("clocks", ()))]
    dues = {op["due"] for e in missed for op in e.data["clocks"] if op["op"] == "miss"}
    assert dues == {e.occurred_at.isoformat().replace("+00:00", "Z") for e in missed}
    assert tick(START + timedelta(days=8), facts=facts()) == 0


def test_visibility_follows_role_unit_scope_and_restriction() -> None:
    case = append([opening()], facts=facts())[0].case
    assert case is not None
    sent = append([then(case.id, "dispatch", OPERATOR, 0.1)], facts=facts())[0].case
    assert sent is not None
    unit = handler(sent.lead)
    assert visible_to(unit).count() == 1
    assert visible_to(handler("another-unit")).count() == 0
    assert visible_to(Actor("reporter:1", frozenset({"reporter"}), case=str(case.id))).count() == 1
    elsewhere = Actor("user:o", frozenset({"operator"}), limits={"operator": ("area:999",)})
    assert visible_to(elsewhere).count() == 0
    append([then(case.id, "restrict", OPERATOR, 0.2, kind="own_staff")], facts=facts())
    assert visible_to(unit).count() == 0
    assert visible_to(CALLBACK).count() == 0


def test_every_event_reaches_the_ledger() -> None:
    append([opening() for _ in range(300)], facts=facts(), bulk=True)
    append([opening()], facts=facts())
    assert ledger.count_waiting_leaves() == 1
    ledger.sequence_leaves()
    assert ledger.size() == 301
