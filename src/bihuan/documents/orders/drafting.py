"""Drafts that what happens elsewhere asks for: a warning of one programme drafts the broadcast of another, and ends it.

Nothing is sent by itself: a draft waits for a person who looks at it and approves it, and nobody drafted it whose
approval would be refused. Once for each event: the order's key names it.
Source: docs/topics/orders.md, "Drafted by what happens"; docs/adr/0351-composing-orders.md.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from bihuan.documents.orders.acting import draft_order, end_order
from bihuan.documents.orders.catalogue import DeclaredOrder, all_orders
from bihuan.documents.orders.composing import possible_addressees, propose_facts
from bihuan.documents.orders.course import CANCELLED, DISPATCHED, DRAFTED, OrderRefused
from bihuan.documents.orders.declaration import OrderDraft, OrderEnd
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.recording import course_of_order
from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.registers.isolation import in_district

LOOP, ACTOR = "order_drafts", "system:orders"
LOOKED_BACK = timedelta(days=2)
"""How old an event may be that still drafts: a warning of last week warns nobody."""
_EVENTS = (
    "SELECT e.id::text, c.number, o.data::text FROM loop_event e JOIN loop_case c ON c.id = e.case_id "
    "JOIN loop_event o ON o.case_id = c.id AND o.kind = 'opened' WHERE c.programme = %s AND c.kind = %s "
    "AND e.kind = %s AND e.occurred_at BETWEEN %s AND %s AND c.history IS NULL ORDER BY e.occurred_at, e.id LIMIT 200"
)


class DraftCause(NamedTuple):
    """An event that asks for a draft: its id, the case, its fields as it was opened."""

    event: str
    case: str
    fields: dict[str, Any]


def draft_after_events(world: LoopFacts, programme: str = "") -> int:
    """Draft what recent events ask for and is not drafted yet; returns how many orders were drafted.

    Args:
        programme: Only orders of this one; empty: of all.

    Source: docs/topics/orders.md, "Drafted by what happens".
    """
    made = 0
    with in_district(world.registers.district.code):
        resting, known = stuck.resting(LOOP)
        for declared in _orders(programme):
            for draft in declared.order.drafts:
                due = [cause for cause in _causes(draft, world) if cause.event not in resting]
                drafted = [cause.event for cause in due if _draft(declared, draft, cause, world)]
                stuck.mended(LOOP, [event for event in drafted if event in known])
                made += len(drafted)
    return made


def end_after_events(world: LoopFacts, programme: str = "") -> int:
    """End the orders whose case had the event that ends them, drafts too; returns how many.

    Args:
        programme: Only orders of this one; empty: of all.

    Source: docs/topics/orders.md, "Drafted by what happens"; docs/adr/0361-obligations-of-orders.md (1).
    """
    made = 0
    with in_district(world.registers.district.code):
        for declared in _orders(programme):
            for end in declared.order.ends:
                for cause in _happened(end, world):
                    made += _end(declared, f"{end.case} {cause.case}", f"{declared.order.order}:{cause.case}:", world)
    return made


def _end(declared: DeclaredOrder, reason: str, key: str, world: LoopFacts) -> int:
    rows = OrderRow.objects.filter(order=declared.order.order, key__startswith=key).order_by("made_at", "id")
    holding = [row for row in rows if course_of_order(row).state in (DRAFTED, DISPATCHED)]
    for row in holding:
        end_order(row.id, CANCELLED, world, ACTOR, reason)
    return len(holding)


def _orders(programme: str) -> list[DeclaredOrder]:
    found = [each for _, each in sorted(all_orders().items())]
    return [each for each in found if not programme or each.programme == programme]


def _happened(what: OrderDraft | OrderEnd, world: LoopFacts) -> list[DraftCause]:
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [what.programme, what.case, what.event, world.now - LOOKED_BACK, world.now])
        rows = cursor.fetchall()
    return [DraftCause(event, number, msgspec.json.decode(told).get("fields", {})) for event, number, told in rows]


def _causes(draft: OrderDraft, world: LoopFacts) -> list[DraftCause]:
    found = _happened(draft, world)
    return [each for each in found if all(str(each.fields.get(name)) in wanted for name, wanted in draft.when.items())]


def _draft(declared: DeclaredOrder, draft: OrderDraft, cause: DraftCause, world: LoopFacts) -> bool:
    order, key = declared.order, f"{declared.order.order}:{cause.case}:{cause.event[-12:]}"
    if OrderRow.objects.filter(key=key).exists():
        return False
    chosen = dict(draft.fixed) | {
        name: str(cause.fields[field]) for name, field in draft.facts.items() if cause.fields.get(field)
    }
    if order.alert is not None:
        chosen.setdefault(order.alert.area, world.registers.district.code)
    facts = propose_facts(order, chosen) | chosen
    to = [each.code for each in possible_addressees(order, world)]
    try:
        draft_order(order.order, key, facts, to, world, ACTOR)
    except OrderRefused as refused:
        stuck.set_aside(LOOP, cause.event, cause.case, f"{order.order}: {refused.code} {refused.what.en}")
        return False
    return True
