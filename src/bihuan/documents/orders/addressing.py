"""Whom a declared order may be sent to: subjects of one type with the values that it names."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.declare.fieldtype import Words
from bihuan.documents.orders.course import OrderRefused
from bihuan.documents.orders.declaration import OrderAddressees
from bihuan.loop.facts import LoopFacts
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import system


def check_addressees(to: OrderAddressees | None, everyone: Sequence[str], world: LoopFacts) -> None:
    """Refuse an addressee whom the order may not reach: an order for a drill never gets to where people listen.

    Args:
        to: As declared; None: any code. everyone: Their codes. world: The facts in force.

    Raises:
        OrderRefused: one of them is unknown today, or has another value in a field that decides.

    Source: docs/topics/orders.md, "An order is a file"; DESIGN §14 (a drill cannot reach production).
    """
    if to is None:
        return
    day = world.now.astimezone(world.registers.calendar.zone).date()
    looker = system("orders", "who may be addressed")
    held = asking.stream(world.registers.district.code, subject_type(to.subject), asking.Viewpoint(day), looker)
    allowed = {each.key for each in held if all(each.values.get(name) == value for name, value in to.where.items())}
    wrong = [each for each in everyone if each not in allowed]
    if wrong:
        shown = "、".join(wrong[:5])
        what = Words(f"该指令不得发给{shown}", f"this order may not be sent to {', '.join(wrong[:5])}")
        raise OrderRefused("wrong_addressee", what, Words("只选该指令允许的对象", "choose addressees that it is for"))
