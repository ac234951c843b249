"""What is due on a queue: orders that hold, and ends of orders that went out; read from the orders themselves.

Whom an order may reach is asked once more here: a row that came into the table by another way goes nowhere.
Source: docs/adr/0349-messages-on-the-wire.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bihuan.documents.orders import course as courses
from bihuan.documents.orders.addressing import check_addressees
from bihuan.documents.orders.catalogue import all_orders
from bihuan.documents.orders.course import OrderRefused
from bihuan.documents.orders.models import OrderEvent, OrderRow
from bihuan.documents.orders.recording import addressees_of_order, course_of_order
from bihuan.documents.orders.sealing import message_of_end, message_of_order
from bihuan.loop.facts import LoopFacts
from bihuan.registers.isolation import in_district

LOOKED_BACK = timedelta(days=31)
"""How long ago an order may have been sent and still be due."""


@dataclass(frozen=True)
class DueMessage:
    """A message that addressees are to get.

    Args:
        key: Order and kind; the name of its file. body, seal: What goes out. to: Whom. expires: Until when.
        answered: Of those, who has answered.
    """

    key: str
    kind: str
    body: bytes
    seal: dict[str, str]
    to: tuple[str, ...]
    at: datetime
    expires: datetime
    answered: frozenset[str]


def due_messages(queue: str, wire: str, world: LoopFacts, refused: Counter[str]) -> Iterator[DueMessage]:
    """What a queue has to send now; an order that may not reach its addressees is counted and left out.

    Args:
        queue: Its name. wire: Of the carriage. world: The facts in force. refused: Counts by code of refusal.

    Source: docs/topics/orders.md, "Carried".
    """
    named = {
        name: each.order
        for name, each in all_orders().items()
        if each.order.carried is not None and (each.order.carried.wire, each.order.carried.queue) == (wire, queue)
    }
    with in_district(world.registers.district.code):
        sent = OrderEvent.objects.filter(kind=courses.DISPATCHED, at__gte=world.now - LOOKED_BACK).values("order_id")
        for row in OrderRow.objects.filter(order__in=list(named), pk__in=sent).order_by("priority", "made_at"):
            to = addressees_of_order(row.id)
            try:
                check_addressees(named[row.order].to, to, world)
            except OrderRefused as fault:
                refused[fault.code] += 1
                continue
            yield from _messages(row, queue, to, world.now)


def _messages(row: OrderRow, queue: str, to: list[str], now: datetime) -> Iterator[DueMessage]:
    course = course_of_order(row)
    at, expires = course.dispatched_at, course.expires_at
    assert at is not None
    assert expires is not None
    if now >= expires:
        return
    answered = frozenset(course.receipts)
    if course.state == courses.DISPATCHED:
        open_ = tuple(each for each in to if each not in course.preempted)
        seal, until = _seal(row, courses.DISPATCHED), expires.isoformat()
        yield DueMessage(
            f"{row.id}.order", "order", message_of_order(row, queue, at, until), seal, open_, at, expires, answered
        )
    elif course.state == courses.CANCELLED and course.ended_at is not None:
        body = message_of_end(row, queue, course.ended_at)
        yield DueMessage(
            f"{row.id}.end",
            "end",
            body,
            _seal(row, courses.CANCELLED),
            tuple(to),
            course.ended_at,
            expires,
            frozenset(),
        )


def _seal(row: OrderRow, kind: str) -> dict[str, str]:
    event = OrderEvent.objects.filter(order_id=row.id, kind=kind).first()
    told: Any = event.data.get("seal", {}) if event is not None else {}
    return {str(name): str(value) for name, value in told.items()}
