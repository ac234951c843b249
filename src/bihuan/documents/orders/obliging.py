"""What an order asks of its addressees is a case with each of them, while the order holds; it is lifted with the order.

Opened through the house's one door, once for each addressee, on dispatch; lifted when the order was cancelled,
has expired, or another one goes first there. What was ended before stays as it ended.
Source: docs/topics/orders.md, "Obligations"; docs/adr/0361-obligations-of-orders.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from bihuan.documents.orders import course as courses
from bihuan.documents.orders.catalogue import DeclaredOrder, all_orders
from bihuan.documents.orders.course import OrderCourse, OrderHappening
from bihuan.documents.orders.declaration import OrderObligation
from bihuan.documents.orders.models import OrderEvent, OrderRow
from bihuan.documents.orders.recording import addressees_of_order, course_of_order, locked_order, record_happenings
from bihuan.extend import DOORS, DoorAnswer, Handed
from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor, Command, acting_as
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import Order, append
from bihuan.registers.isolation import in_district
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import system

LOOP, DOOR = "order_obligations", "intake.receive"
LOOKED_BACK = timedelta(days=60)
"""How long an order is looked after; none holds so long."""


def follow_obligations(world: LoopFacts, programme: str = "") -> int:
    """Open what dispatched orders ask for, lift what ended ones asked for; returns how many cases that were.

    Args:
        programme: Only orders of this one; empty: of all.

    Source: docs/topics/orders.md, "Obligations".
    """
    made = 0
    with in_district(world.registers.district.code):
        for name, declared in sorted(all_orders().items()):
            if declared.order.opens is None or (programme and declared.programme != programme):
                continue
            recent = OrderRow.objects.filter(order=name, made_at__gte=world.now - LOOKED_BACK)
            for key in recent.order_by("made_at", "id").values_list("id", flat=True):
                made += _follow(locked_order(key), declared, declared.order.opens, world)
    return made


def _follow(row: OrderRow, declared: DeclaredOrder, opens: OrderObligation, world: LoopFacts) -> int:
    course = course_of_order(row)
    if course.state in (courses.DRAFTED, courses.REFUSED):
        return 0
    obliged = _cases(row, courses.OBLIGED)
    due = [each for each in addressees_of_order(row.id) if courses.holds_at(course, each, world.now)]
    released = _cases(row, courses.RELEASED)
    gone = {each: case for each, case in obliged.items() if each not in released and _is_over(course, each, world)}
    opened = _open(row, declared, opens, [each for each in due if each not in obliged], world)
    lifted = _lift(row, gone, world)
    record_happenings(row, [*opened, *lifted])
    return len(opened) + len(lifted)


def _is_over(course: OrderCourse, addressee: str, world: LoopFacts) -> bool:
    """Whether the order asks nothing of an addressee any more; who has declined still owes it."""
    expired = course.expires_at is not None and world.now >= course.expires_at
    return course.state in courses.ENDED or expired or addressee in course.preempted


def _cases(row: OrderRow, kind: str) -> dict[str, str]:
    """Addressee → the case that was opened with it, or lifted."""
    found = OrderEvent.objects.filter(order_id=row.id, kind=kind).order_by("addressee")
    return {each.addressee: str(each.data.get("case", "")) for each in found}


def _open(
    row: OrderRow, declared: DeclaredOrder, opens: OrderObligation, wanted: list[str], world: LoopFacts
) -> list[OrderHappening]:
    """Open a case with each addressee; one that the programme refuses is set aside and tried again."""
    resting, known = stuck.resting(LOOP)
    wanted = [each for each in wanted if f"{row.id}:{each}" not in resting]
    if not wanted:
        return []
    subjects = _subjects(declared, wanted, world)
    happened: list[OrderHappening] = []
    for each in wanted:
        answered = _received(row, declared, opens, each, subjects.get(each, {}), world)
        name = f"{row.id}:{each}"
        if answered.case is None:
            stuck.set_aside(LOOP, name, "", f"{declared.order.order}: {answered.code} {answered.what[1]}")
            continue
        if name in known:
            stuck.mended(LOOP, [name])
        told = {"case": str(answered.case), "number": answered.number}
        happened.append(OrderHappening(courses.OBLIGED, world.now, _actor().id, each, told))
    return happened


def _received(
    row: OrderRow, declared: DeclaredOrder, opens: OrderObligation, addressee: str, said: Mapping[str, Any],
    world: LoopFacts,
) -> DoorAnswer:  # fmt: skip
    values: dict[str, Any] = {
        "title": f"{opens.title.zh} · {opens.title.en}", "text": row.texts.get("zh", ""), "subject": addressee,
    }  # fmt: skip
    for name, field in (("area", opens.area), ("place", opens.place)):
        if field and said.get(field):
            values[name] = said[field]
    if opens.urgency:
        values["urgency"] = opens.urgency
    door = next(each for each in DOORS.all() if each.name == DOOR)
    rules = all_programmes()[declared.programme].cases[opens.case]
    actor = _actor()
    actor = Actor(actor.id, actor.roles | {rules.desk}, None)
    answered: DoorAnswer = door.receive(
        Handed(
            key=f"order:{row.id}:{addressee}", programme=declared.programme, kind=opens.case, values=values, media=(),
            actor=actor, language="zh", at=world.now, facts=world,
        )
    )  # fmt: skip
    return answered


def _subjects(declared: DeclaredOrder, wanted: Iterable[str], world: LoopFacts) -> dict[str, Mapping[str, Any]]:
    """What the register says of those who are addressed, today."""
    to = declared.order.to
    assert to is not None
    day = world.now.astimezone(world.registers.calendar.zone).date()
    looker = system("orders", "what an order asks of whom")
    kind, chosen = subject_type(to.subject), set(wanted)
    held = asking.stream(world.registers.district.code, kind, asking.Viewpoint(day), looker)
    return {each.key: each.values for each in held if each.key in chosen}


def _lift(row: OrderRow, gone: Mapping[str, str], world: LoopFacts) -> list[OrderHappening]:
    """Lift the cases that are still open; what has ended by itself is released all the same."""
    still = set(CaseRow.objects.filter(pk__in=gone.values(), ended_at__isnull=True).values_list("id", flat=True))
    orders = [
        Order(Command("lift", acting_as("order"), world.now, {"by": row.key}), case=UUID(case))
        for _, case in sorted(gone.items())
        if UUID(case) in still
    ]
    for result in append(orders, facts=world) if orders else []:
        if result.refusal is not None:
            raise RuntimeError(f"{row.key}: {result.refusal.code}: {result.refusal.text.en}")
    return [
        OrderHappening(courses.RELEASED, world.now, _actor().id, each, {"case": case, "lifted": UUID(case) in still})
        for each, case in sorted(gone.items())
    ]


def _actor() -> Actor:
    return acting_as("order")
