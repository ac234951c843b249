"""Events of orders as rows with a leaf each, one writer at a time. Source: docs/adr/0276-orders.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from bihuan.declare.fieldtype import Words
from bihuan.documents.orders.course import OrderCourse, OrderHappening, OrderRefused, course_of
from bihuan.documents.orders.models import OrderEvent, OrderRow, OrderTo
from bihuan.documents.orders.telling import TOLD, tell_course
from bihuan.ledger.statements import promise_statements
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log_committed

STATEMENT = "order_event"


def record_happenings(row: OrderRow, happenings: Sequence[OrderHappening]) -> None:
    """Write events and promise a leaf for each; a statement names no addressee. Source: docs/adr/0276-orders.md."""
    if not happenings:
        return
    events = [
        OrderEvent(
            id=new_id(), district_id=row.district_id, order_id=row.id, kind=each.kind, at=each.at, actor=each.actor,
            addressee=each.addressee, data=dict(each.data),
        )
        for each in happenings
    ]  # fmt: skip
    told = [(event.id, each) for event, each in zip(events, happenings, strict=True) if each.kind in TOLD]
    before = course_of_order(row) if told else OrderCourse()
    OrderEvent.objects.bulk_create(events)
    if told:
        tell_course(row, told, before, addressees_of_order(row.id))
    stated = {event.id: {"order": str(row.id), "kind": event.kind, "digest": row.digest} for event in events}
    promise_statements(STATEMENT, stated, happenings[0].at)
    log_committed("order_acted", order=row.id, kind=happenings[0].kind, events=len(events))


def locked_order(key: UUID) -> OrderRow:
    """Return an order that nobody else acts on until the transaction ends.

    Raises:
        OrderRefused: there is none.

    Source: docs/adr/0276-orders.md.
    """
    take_lock(f"order {key}")
    row = OrderRow.objects.filter(pk=key).first()
    if row is None:
        raise OrderRefused("no_order", Words("没有这项指令", "there is no such order"), Words("核对编号", "check it"))
    return row


def course_of_order(row: OrderRow, until: datetime | None = None) -> OrderCourse:
    """Return an order's course, by an instant where one is given; inside the caller's district.

    Source: docs/topics/orders.md, "Its course".
    """
    events = OrderEvent.objects.filter(order_id=row.id).order_by("at", "id")
    if until is not None:
        events = events.filter(at__lte=until)
    return course_of(OrderHappening(e.kind, e.at, e.actor, e.addressee, e.data) for e in events)


def addressees_of_order(key: UUID) -> list[str]:
    """Return the codes of an order's addressees; inside the caller's district. Source: docs/adr/0276-orders.md."""
    return list(OrderTo.objects.filter(order_id=key).order_by("addressee").values_list("addressee", flat=True))


def take_lock(name: str) -> None:
    """Hold a name of orders until the transaction ends. Source: docs/adr/0276-orders.md."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"orders {name}"])
