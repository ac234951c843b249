"""Many receipts of one order at once: each judged as one alone would be, all written together.

Ten thousand terminals answer within seconds; folding an order's events for each of them would take hours.
Source: docs/topics/orders.md, "Receipts"; docs/adr/0349-messages-on-the-wire.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from bihuan.documents.orders import course as courses
from bihuan.documents.orders.course import OrderHappening, OrderRefused
from bihuan.documents.orders.recording import (
    addressees_of_order,
    course_of_order,
    locked_order,
    record_happenings,
)
from bihuan.loop.facts import LoopFacts
from bihuan.registers.isolation import in_district

TAKEN = "taken"


def receipt_many(key: UUID, said: Iterable[tuple[str, str]], world: LoopFacts, actor: str = "") -> Counter[str]:
    """Record what addressees of an order say, in their order; returns how many were taken or refused, by code.

    Args:
        key: Of the order. said: (addressee, received|done|declined). world: The facts in force.
        actor: Who says it; empty: each addressee for itself, as `terminal:CODE`.

    Raises:
        OrderRefused: there is no such order.

    Source: docs/topics/orders.md, "Receipts".
    """
    told: Counter[str] = Counter()
    with in_district(world.registers.district.code):
        row = locked_order(key)
        receipts: dict[str, tuple[str, datetime]] = {}
        course = course_of_order(row)
        receipts |= course.receipts
        course, addressed = replace(course, receipts=receipts), frozenset(addressees_of_order(row.id))
        taken = []
        for addressee, kind in said:
            try:
                courses.may_receipt(course, addressee, kind, addressed, world.now)
            except OrderRefused as refused:
                told[refused.code] += 1
                continue
            receipts[addressee] = (kind, world.now)
            taken.append(OrderHappening(kind, world.now, actor or f"terminal:{addressee}", addressee))
        record_happenings(row, taken)
    told[TAKEN] += len(taken)
    return told
