# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Notices of a person: the list, and one that is about no case: why a watch reminds, what an order asks, its receipts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.documents.orders import acting
from bihuan.documents.orders import course as courses
from bihuan.documents.orders.course import OrderRefused
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.recording import course_of_order
from bihuan.documents.orders.showing import described_order
from bihuan.documents.orders.telling import recipients_of
from bihuan.faces.parts import notified
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.orders import STATES
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import World, world
from bihuan.faces.work.watches import Spoken, incident_line
from bihuan.loop.kernel.model import Text
from bihuan.notices import timeline
from bihuan.notices.models import Notice
from bihuan.registers.isolation import in_district
from bihuan.watches.catalogue import current_catalogue
from bihuan.watches.showing import incident_shown

PAGE, MOST_PAGES = 50, 40
WORDS = {
    "title": Text("通知", "Notices"),
    "lead": Text(
        "发给您、您的单位和您的岗位的通知；先列需要处理的。",
        "What was told to you, your units and your roles; what asks for something stands first.",
    ),
    "none": Text("没有通知。", "There are no notices."),
    "next": Text("下一页", "Next page"),
    "mark": Text("全部标为已阅", "Mark all as seen"),
    "open": Text("查看", "Open"),
    "over": Text("已无须办理", "nothing more to do"),
    "subject": Text("对象", "Subject"),
    "why": Text("何时成立", "Holds when"),
    "facts": Text("依据", "Facts"),
    "found": Text("发现", "Found"),
    "ended": Text("结束", "Ended"),
    "citation": Text("出处", "Asked for by"),
    "watch": Text("监看规则", "The watch"),
    "until": Text("有效至", "Holds until"),
    "state": Text("状态", "State"),
    "addressee": Text("收令对象", "Addressee"),
    "receipt": Text("回执", "Receipt"),
    "order": Text("指令全文", "The whole order"),
}
RECEIPTS = {
    courses.RECEIVED: Text("已收到", "Received"),
    courses.DONE: Text("已执行", "Carried out"),
    courses.DECLINED: Text("不能执行", "Cannot be carried out"),
}


@requires()
def list_page(request: HttpRequest) -> HttpResponse:
    """What a person was told, what asks for something first. Source: docs/topics/notices.md, "Without a case"."""
    here = world(request)
    number = int(given) if (given := request.GET.get("page", "0")).isascii() and given.isdigit() else 0
    number = min(number, MOST_PAGES)
    found = timeline.merged_notices(notified.notices_of(here), number * PAGE, (number + 1) * PAGE + 1)
    lines = [notified.line_of(each) for each in found]
    context = {
        "words": _words(), "lines": lines[:PAGE], "next": number + 1 if len(lines) > PAGE and number < MOST_PAGES else None,
        "unseen": [each.id for each in lines[:PAGE] if not each.seen],
    }  # fmt: skip
    return render(request, "faces/work/notices.html", context)


@requires()
def one_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One notice that is about no case; to have looked at it is to have seen it.

    Raises:
        Http404: this person was told nothing of the kind.

    Source: docs/topics/notices.md, "Without a case".
    """
    here = world(request)
    notice = _mine(here, key)
    notified.mark_seen(here, [notice.pk])
    context: dict[str, Any] = {"words": _words(), "line": notified.line_of(notice), "notice": notice}
    context |= _of_watch(here, notice) if notice.source == "watch" else _of_order(here, notice)
    return render(request, "faces/work/notice.html", context)


@requires()
@acts("notices")
def seen(request: HttpRequest) -> HttpResponse:
    """Mark the notices that the page showed as seen. Source: docs/topics/notices.md."""
    try:
        ids = [UUID(key) for key in request.POST.getlist("notice")]
    except ValueError:
        return HttpResponseBadRequest("notice: not an id")
    notified.mark_seen(world(request), ids)
    return redirect("notices")


@requires()
@acts("notice", "key")
def receipt(request: HttpRequest, key: UUID) -> HttpResponse:
    """Answer an order from its notice, for an addressee that this person stands for.

    Raises:
        Http404: this person was told of no such order, or stands for no such addressee.

    Source: docs/topics/orders.md, "Who is told".
    """
    here = world(request)
    notice = _mine(here, key)
    addressee = request.POST.get("addressee", "")
    with in_district(here.registers.district.code):
        row = OrderRow.objects.filter(pk=str(notice.source_id)).first() if notice.source == "order" else None
        if row is None or addressee not in _stands_for(here, row, [addressee]):
            raise Http404(_("There is nothing of that name."))
    try:
        acting.receipt_order(row.pk, addressee, request.POST.get("receipt", ""), here.facts, here.actor.id)
    except OrderRefused as refused:
        messages.error(request, f"{say(refused.what)} · {say(refused.remedy)}")
    return redirect("notice", key=key)


def _mine(here: World, key: UUID) -> Notice:
    found = timeline.one_notice(notified.reader_of(here), key)
    if found is None:
        raise Http404(_("There is nothing of that name."))
    return found


def _of_watch(here: World, notice: Notice) -> dict[str, Any]:
    """Why a watch reminds: its rule, the subject, every fact with its source, and how it ended."""
    watch = current_catalogue().watches.get(str(notice.facts.get("watch")))
    told = incident_shown(here.registers.district.code, notice.source_id) if notice.source_id else None
    if told is None:
        return {}
    spoken = Spoken()
    context: dict[str, Any] = {"incident": incident_line(told, spoken)}
    if watch is not None:
        words = watch.declared.when.kind.why(watch.declared.when.rule)
        context |= {
            "why": spoken(say((words.zh, words.en)), told["type"]), "citation": watch.declared.citation,
            "name": say(watch.declared.name), "about": say(watch.declared.about) if watch.declared.about else "",
        }  # fmt: skip
        if here.actor.opens("cockpit"):
            context["watch_url"] = reverse("watches-one", args=[watch.name])
    return context


def _of_order(here: World, notice: Notice) -> dict[str, Any]:
    """What an order asks, and the receipts of those addressees that this person stands for."""
    with in_district(here.registers.district.code):
        row = OrderRow.objects.filter(pk=str(notice.source_id)).first()
        if row is None:
            return {}
        told = described_order(row)
        mine = _stands_for(here, row, [each["addressee"] for each in told["receipts"]])
    lines = [
        (each["addressee"], say(STATES[each["receipt"]]) if each["receipt"] else "", _answers(told["state"], each))
        for each in told["receipts"] if each["addressee"] in mine
    ]  # fmt: skip
    return {
        "order": told, "text": told["texts"][language()], "state": say(STATES[told["state"]]), "answers": lines,
    }  # fmt: skip


def _answers(state: str, told: dict[str, Any]) -> list[tuple[str, str]]:
    """The receipts that are still open to an addressee, as code and word."""
    if state != courses.DISPATCHED or told["preempted"] or told["receipt"] in (courses.DONE, courses.DECLINED):
        return []
    return [(kind, say(text)) for kind, text in RECEIPTS.items() if kind != told["receipt"]]


def _stands_for(here: World, row: OrderRow, codes: list[str]) -> set[str]:
    reader = notified.reader_of(here)
    mine = {f"unit:{unit}" for unit in reader.units} | {f"account:{reader.account}"}
    at = course_of_order(row).dispatched_at or here.now
    return {code for code, to in recipients_of(row, codes, here.registers, at).items() if to in mine}


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}
