# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Orders for staff: the list with coverage, one with its course and receipts, approving and ending it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.documents.orders import acting
from bihuan.documents.orders.catalogue import all_orders
from bihuan.documents.orders.course import OrderRefused
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.showing import PAGE, described_order, orders_page
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district

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
}
STATES = {
    "drafted": Text("拟稿", "draft"), "dispatched": Text("已发出", "dispatched"), "refused": Text("不予签发", "refused"),
    "cancelled": Text("已撤销", "cancelled"), "expired": Text("已到期", "expired"),
    "received": Text("已收到", "received"), "done": Text("已执行", "done"), "declined": Text("不能执行", "declined"),
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
    context = {"words": _words(), "lines": lines, "next": rows[-1].pk if len(rows) == PAGE else None}
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
        told = described_order(row)
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
    may = here.actor.may("approve")
    context = {
        "words": _words(), "told": told, "name": _named(row.order), "text": told["texts"][language()], "lines": lines,
        "state": say(STATES[told["state"]]), "drafted": here.names.person(told["drafted_by"]),
        "approved": here.names.person(told["approved_by"]) if told["approved_by"] else "",
        "may_approve": may and told["state"] == "drafted" and told["drafted_by"] != here.actor.id,
        "may_cancel": may and told["state"] == "dispatched",
    }  # fmt: skip
    return render(request, "faces/work/order.html", context)


@acts("order", "key")
@requires(may="approve")
def act(request: HttpRequest, key: UUID) -> HttpResponse:
    """Approve, refuse or cancel. Source: docs/topics/orders.md, "Its course"."""
    here = world(request)
    wanted = request.POST.get("do", "")
    try:
        if wanted == "approve":
            acting.approve_order(key, here.facts, here.actor.id)
        elif wanted in ENDS:
            acting.end_order(key, ENDS[wanted], here.facts, here.actor.id, request.POST.get("reason", ""))
    except OrderRefused as refused:
        messages.error(request, f"{say(refused.what)} · {say(refused.remedy)}")
    return redirect("order", key=key)


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
