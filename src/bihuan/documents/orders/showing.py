"""An order as JSON: what it says, its course, its receipts, its coverage. Source: docs/topics/orders.md."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bihuan.documents.orders.acting import is_signed
from bihuan.documents.orders.course import coverage_of
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.recording import addressees_of_order, course_of_order

PAGE = 40


def orders_page(before: UUID | None = None, most: int = PAGE) -> list[OrderRow]:
    """Return a page of orders, the newest first; inside the caller's district.

    Source: docs/adr/0233 (a list goes on after a line).
    """
    rows = OrderRow.objects.order_by("-pk")
    return list(rows.filter(pk__lt=before)[:most] if before is not None else rows[:most])


def described_order(row: OrderRow, *, whole: bool = True) -> dict[str, Any]:
    """Return an order as JSON.

    Args:
        row: The order. whole: With addressees, receipts and the check of its signature.

    Source: docs/topics/orders.md, "Coverage".
    """
    course, to = course_of_order(row), addressees_of_order(row.id)
    told: dict[str, Any] = {
        "id": str(row.id), "order": row.order, "edition": row.edition, "lane": row.lane, "priority": row.priority,
        "key": row.key, "state": course.state, "texts": row.texts, "drafted_by": course.drafted_by,
        "approved_by": course.approved_by or None,
        "dispatched_at": course.dispatched_at.isoformat() if course.dispatched_at else None,
        "expires_at": course.expires_at.isoformat() if course.expires_at else None,
        **coverage_of(course, to),
    }  # fmt: skip
    if whole:
        told["signed"] = is_signed(row)
        told["receipts"] = [
            {"addressee": each, "receipt": said[0] if said else None, "at": said[1].isoformat() if said else None,
             "preempted": each in course.preempted}
            for each in to
            for said in [course.receipts.get(each)]
        ]  # fmt: skip
    return told
