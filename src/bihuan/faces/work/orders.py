# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Orders for staff: the list with coverage, one with its course and receipts, approving and ending it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.documents.orders import acting
from bihuan.documents.orders.catalogue import all_orders
from bihuan.documents.orders.composing import may_do
from bihuan.documents.orders.course import OrderRefused
from bihuan.documents.orders.hearing import APART, REACHED, TOLD, heard_cells, people_of
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.recording import addressees_of_order, course_of_order
from bihuan.documents.orders.showing import PAGE, described_order, orders_page
from bihuan.faces.panels.declared import Dot
from bihuan.faces.panels.page import MAP_HEIGHT, MAP_WIDTH, placed_dots
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.orders import STATES
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.ground import positions_of

WORDS = {
    "title": Text("指令", "Orders"),
    "lead": Text(
        "一令多发：另一人签发、电子签名、回执、到期、撤销与覆盖率。",
        "One act to many: approved by a second person, signed, receipted, counted.",
    ),
    "order": Text("指令", "Order"),
    "state": Text("状态", "State"),
    "coverage": Text("覆盖", "Coverage"),
    "priority": Text("优先级", "Priority"),
    "until": Text("有效至", "Holds until"),
    "addressee": Text("收令对象", "Addressee"),
    "receipt": Text("回执", "Receipt"),
    "at": Text("时间", "When"),
    "drafted": Text("拟稿", "Drafted by"),
    "approved": Text("签发", "Approved by"),
    "signed": Text("签名有效", "The signature is good"),
    "unsigned": Text("尚无有效签名", "Not signed"),
    "approve": Text("签发", "Approve and dispatch"),
    "refuse": Text("不予签发", "Refuse"),
    "cancel": Text("撤销", "Cancel"),
    "none": Text("没有指令。", "There are no orders."),
    "next": Text("下一页", "Next page"),
    "preempted": Text("由优先指令取代", "an order that goes first holds there"),
    "silent": Text("未回执", "no receipt"),
    "new": Text("新拟指令", "New order"),
    "update": Text("更新此消息", "Send an update"),
    "people": Text("覆盖人口", "People reached"),
    "of": Text(
        "按网格计，每格只计一次；以终端“已执行”回执为准。",
        "By cells, each once; only what a terminal says it has done counts.",
    ),
    "aloud": Text("试听", "Listen"),
    "stop": Text("停止", "Stop"),
    "novoice": Text(
        "本机没有该语言的离线语音，请人工朗读核对。",
        "This device has no voice of its own for it; read it aloud yourself.",
    ),
    "reason": Text("理由", "Reason"),
}
CELLS = {
    REACHED: Text("已覆盖", "reached"), TOLD: Text("已下发，未确认", "sent, not confirmed"),
    APART: Text("不在发送范围", "not addressed"),
}  # fmt: skip
ENDS = {"refuse": "refused", "cancel": "cancelled"}


@requires()
def list_page(request: HttpRequest) -> HttpResponse:
    """Orders, the newest first, with state and coverage. Source: docs/topics/orders.md, "Pages"."""
    here = world(request)
    with in_district(here.registers.district.code):
        rows = orders_page(_uuid(request.GET.get("before", "")))
        lines = [(_named(row.order), described_order(row, whole=False)) for row in rows]
    for _name, told in lines:
        told["state"] = say(STATES[told["state"]])
    context = {
        "words": _words(), "lines": lines, "next": rows[-1].pk if len(rows) == PAGE else None,
        "may_draft": here.actor.may("write") or any(may_do(here.actor, each.order, "draft") for each in all_orders().values()),
    }  # fmt: skip
    return render(request, "faces/work/orders.html", context)


@requires()
def one_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One order: text, course, a line for each addressee, what this person may do.

    Raises:
        Http404: there is none.

    Source: docs/topics/orders.md, "Pages".
    """
    here = world(request)
    with in_district(here.registers.district.code):
        row = OrderRow.objects.filter(pk=key).first()
        if row is None:
            raise Http404(_("There is nothing of that name."))
        told, heard = described_order(row), _heard(here, row)
    here.names.know([told["drafted_by"], told["approved_by"]])
    lines = [
        (
            each["addressee"],
            say(WORDS["preempted"])
            if each["preempted"]
            else say(STATES[each["receipt"]] if each["receipt"] else WORDS["silent"]),
            each["at"] or "",
        )
        for each in told["receipts"]
    ]
    declared = all_orders().get(row.order)
    may = may_do(here.actor, declared.order, "approve") if declared else here.actor.may("approve")
    context = {
        "words": _words(), "told": told, "name": _named(row.order), "text": told["texts"][language()], "lines": lines,
        "state": say(STATES[told["state"]]), "drafted": here.names.person(told["drafted_by"]),
        "approved": here.names.person(told["approved_by"]) if told["approved_by"] else "",
        "may_approve": may and told["state"] == "drafted" and told["drafted_by"] != here.actor.id,
        "may_cancel": may and told["state"] == "dispatched", "heard": heard, "live": told["state"] == "dispatched",
        "may_update": bool(declared and declared.order.replaces and may_do(here.actor, declared.order, "draft"))
        and told["state"] == "dispatched",
        "width": MAP_WIDTH, "height": MAP_HEIGHT, "texts": told["texts"], "order_name": row.order,
    }  # fmt: skip
    return render(request, "faces/work/order.html", context)


@acts("order", "key")
@requires()
def act(request: HttpRequest, key: UUID) -> HttpResponse:
    """Approve, refuse or cancel.

    Raises:
        PermissionDenied: this person may approve neither this order nor any.

    Source: docs/topics/orders.md, "Its course".
    """
    here = world(request)
    with in_district(here.registers.district.code):
        row = OrderRow.objects.filter(pk=key).first()
    declared = all_orders().get(row.order) if row is not None else None
    if not (may_do(here.actor, declared.order, "approve") if declared else here.actor.may("approve")):
        raise PermissionDenied(
            _("Your role has no work on this page. The administrator can give you the role if you need it.")
        )
    wanted = request.POST.get("do", "")
    try:
        if wanted == "approve":
            acting.approve_order(key, here.facts, here.actor.id)
        elif wanted in ENDS:
            acting.end_order(key, ENDS[wanted], here.facts, here.actor.id, request.POST.get("reason", ""))
    except OrderRefused as refused:
        messages.error(request, f"{say(refused.what)} · {say(refused.remedy)}")
    return redirect("order", key=key)


def _heard(here: World, row: OrderRow) -> dict[str, object] | None:
    """People by what became of their cell, and the cells on a map; None where nobody is declared to hear."""
    declared = all_orders().get(row.order)
    if declared is None or declared.order.heard is None:
        return None
    course = course_of_order(row)
    if course.dispatched_at is None:
        return None
    cells = heard_cells(declared.order.heard, course, addressees_of_order(row.id), here.facts)
    counts, order = people_of(cells), list(CELLS)
    place = subject_type(declared.order.heard.cells).geometry or ""
    dots = [
        Dot(lon, lat, f"{each.key} · {each.people} · {say(CELLS[each.state])}", order.index(each.state))
        for each in cells
        for lon, lat in list(positions_of(each.values[place]) if each.values.get(place) else [])[:1]
    ]
    told = [(index, say(CELLS[state]), counts[state]) for index, state in enumerate(order)]
    return {"dots": placed_dots(dots), "told": told, "reached": counts[REACHED], "target": sum(counts.values())}


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}


def _named(name: str) -> str:
    declared = all_orders().get(name)
    return say(declared.order.name) if declared else name


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
