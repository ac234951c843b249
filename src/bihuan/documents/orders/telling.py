"""Orders tell: whoever is addressed hears of dispatch, and of what ends the order there.

An addressee is a code: of a unit, of somebody's account, or of a subject whose declared field (`to.tell`) names its
unit. A code of neither (a terminal) hears by its own wire. Source: DESIGN §14 (order); docs/topics/orders.md, "Who is
told"; docs/adr/0329-orders-tell.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from bihuan.documents.orders import course as courses
from bihuan.documents.orders.catalogue import all_orders
from bihuan.documents.orders.course import OrderCourse, OrderHappening
from bihuan.documents.orders.models import OrderRow
from bihuan.loop.store import current_facts
from bihuan.notices.telling import Telling, end_notices, tell_people
from bihuan.registers.models import User
from bihuan.registers.pure.snapshot import Registers
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import FenceClosed, system

SOURCE = "order"
TOLD = frozenset({courses.DISPATCHED, courses.CANCELLED, courses.EXPIRED, courses.PREEMPTED})
SHOWN = 200
"""Codes of addressees that a notice names; the order's page shows all."""


class OrderEnding(NamedTuple):
    """Kind and event of something that is told, with the addressees that it concerns."""

    kind: str
    event: UUID
    at: datetime
    codes: list[str]


def tell_course(
    row: OrderRow, happened: Sequence[tuple[UUID, OrderHappening]], before: OrderCourse, everyone: Sequence[str]
) -> int:
    """Tell the addressees of an order what happened to it, in the caller's transaction and district.

    Args:
        row: The order. happened: Its new events by id. before: Its course until then. everyone: Its addressees.

    Returns:
        How many notices stand in a workspace by it.

    Source: docs/topics/orders.md, "Who is told".
    """
    everyone = sorted(everyone)
    told = list(_told(happened, before, everyone))
    if not told:
        return 0
    whom = recipients_of(row, everyone, current_facts().registers, told[0].at)
    count = 0
    for each in told:
        by_recipient: dict[str, list[str]] = {}
        for code in each.codes:
            if code in whom:
                by_recipient.setdefault(whom[code], []).append(code)
        if each.kind != courses.DISPATCHED:
            waiting = {whom[code] for code in everyone if code in whom and _waits(before, code)}
            left = {whom[code] for code in everyone if code in whom and code not in each.codes and _waits(before, code)}
            over = waiting - left if each.kind == courses.PREEMPTED else waiting
            _end(row, each.at, over)
        tellings = [
            Telling(each.event, f"order_{each.kind}", SOURCE, row.id, to, row.programme, _facts(row, codes))
            for to, codes in sorted(by_recipient.items())
        ]
        count += tell_people(row.district_id, tellings, each.at)
    return count


def recipients_of(row: OrderRow, codes: Sequence[str], registers: Registers, at: datetime) -> dict[str, str]:
    """Return code → `unit:ID` or `account:ID`, of those addressees that are people or have some.

    Args:
        row: The order. codes: Of addressees. registers: Of the district. at: As of which day.

    Source: docs/topics/orders.md, "Who is told".
    """
    day = registers.calendar.local_date(at)
    named = _named_units(row, codes, registers, day)
    found: dict[str, str] = {}
    for code in codes:
        heirs = registers.organisations.successors(named.get(code, code), day)
        if heirs:
            found[code] = f"unit:{heirs[0]}"
    rest = [code for code in codes if code not in found]
    accounts = User.objects.filter(username__in=rest, is_active=True, district_id=row.district_id)
    return found | {username: f"account:{key}" for username, key in accounts.values_list("username", "pk")}


def _told(
    happened: Sequence[tuple[UUID, OrderHappening]], before: OrderCourse, everyone: Sequence[str]
) -> Iterable[OrderEnding]:
    """What is told of some events: pre-emptions of one act together, and of an end those who had not answered it."""
    preempted = [(key, each) for key, each in happened if each.kind == courses.PREEMPTED]
    for key, each in happened:
        if each.kind not in TOLD or each.kind == courses.PREEMPTED:
            continue
        if each.kind == courses.DISPATCHED:
            yield OrderEnding(each.kind, key, each.at, list(everyone))
        elif before.state == courses.DISPATCHED:
            yield OrderEnding(each.kind, key, each.at, [code for code in everyone if _waits(before, code)])
    if preempted:
        codes = [each.addressee for _, each in preempted]
        yield OrderEnding(courses.PREEMPTED, preempted[0][0], preempted[0][1].at, codes)


def _waits(course: OrderCourse, code: str) -> bool:
    return code not in course.preempted and course.receipts.get(code, ("",))[0] not in (courses.DONE, courses.DECLINED)


def _end(row: OrderRow, at: datetime, recipients: Collection[str]) -> None:
    """What asked some recipients to carry the order out asks no longer."""
    if recipients:
        end_notices(SOURCE, [row.id], at, [f"order_{courses.DISPATCHED}"], sorted(recipients))


def _named_units(row: OrderRow, codes: Sequence[str], registers: Registers, day: date) -> dict[str, str]:
    """Addressed subject → the unit in the field that the declaration names."""
    declared = all_orders().get(row.order)
    to = declared.order.to if declared is not None else None
    if to is None or to.tell is None or to.subject not in subject_types():
        return {}
    wanted, looker = set(codes), system("orders", "whose unit is told")
    try:
        held = asking.stream(registers.district.code, subject_type(to.subject), asking.Viewpoint(day), looker)
        return {each.key: str(each.values[to.tell]) for each in held if each.key in wanted and each.values.get(to.tell)}
    except FenceClosed:
        return {}


def _facts(row: OrderRow, codes: Sequence[str]) -> dict[str, Any]:
    declared = all_orders().get(row.order)
    name = declared.order.name if declared is not None else None
    words = {"zh": name.zh, "en": name.en} if name is not None else {"zh": row.order, "en": row.order}
    return {"name": words, "say": row.key, "addressees": list(codes[:SHOWN])}
