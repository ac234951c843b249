"""`orders`: orders of the programme, the newest first, with course, receipts and coverage; each leads to its page.

On a page that is asked for a past instant: those that were drafted by then, as they stood then.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Slug
from bihuan.documents.orders.catalogue import all_orders
from bihuan.documents.orders.course import coverage_of
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.recording import addressees_of_order, course_of_order
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.orders import STATES
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district

HEADS = (
    Text("编号", "Number"), Text("指令", "Order"), Text("状态", "State"), Text("发出时间", "Dispatched"),
    Text("收令对象", "Addressed"), Text("已执行", "Done"), Text("未回执", "No receipt"),
)  # fmt: skip


class OrdersPanel(PanelFile):
    """Orders by the names of their declarations; none named: all of the programme."""

    orders: list[Slug] = []
    limit: int = Field(default=20, ge=1, le=100)


def show(here: World, programme: str, panel: OrdersPanel) -> Shown:
    """The newest first, as the instant of the page knew them. Source: docs/topics/views.md, "Panels"."""
    names = panel.orders or [name for name, each in all_orders().items() if each.programme == programme]
    with in_district(here.registers.district.code):
        kept = OrderRow.objects.filter(programme=programme, order__in=names, made_at__lte=here.now)
        rows = [_row(here, each) for each in kept.order_by("-pk")[: panel.limit]]
    return Shown([say(each) for each in HEADS], rows)


def _row(here: World, row: OrderRow) -> list[Cell]:
    course = course_of_order(row, here.now)
    told, declared = coverage_of(course, addressees_of_order(row.id)), all_orders().get(row.order)
    sent = course.dispatched_at.astimezone(here.zone).strftime("%Y-%m-%d %H:%M") if course.dispatched_at else ""
    return [
        Cell(row.key, reverse("order", args=[row.id])), Cell(say(declared.order.name) if declared else row.order),
        Cell(say(STATES[course.state]) if course.state else ""), Cell(sent),
        *(Cell(str(told[each]), "", True) for each in ("addressed", "done", "silent")),
    ]  # fmt: skip


def faults(programme: str, panel: OrdersPanel) -> Iterator[PanelFault]:
    """Every order is the programme's."""
    known = sorted(name for name, each in all_orders().items() if each.programme == programme)
    for name in panel.orders:
        if name not in known:
            yield (
                ("orders",),
                f"{programme} has no order {name!r}",
                f"one of {', '.join(known)}",
                "correct it",
            )


KIND = PanelKind("orders", "指令", "Orders", OrdersPanel, show, faults)
