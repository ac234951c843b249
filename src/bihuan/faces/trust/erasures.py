"""Erasure on request: who asks, who decides, and what went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import World, world
from bihuan.loop import erasing
from bihuan.loop.erasing import GROUNDS, ErasureRefused

WORDS = {
    "title": ("个人信息删除", "Erasure of personal content"),
    "lead": (
        "一人申请，另一人复核。删除后，事件与证明仍可验证，内容不可恢复。",
        "One person asks, another decides. Events and proofs still verify; the content cannot come back.",
    ),
    "ask": ("申请删除", "Ask for erasure"), "number": ("案件编号", "Case number"), "ground": ("事由", "Ground"),
    "reason": ("理由（不写个人信息）", "Reason (no personal words)"), "list": ("申请", "Requests"),
    "asked": ("申请", "Asked"), "decided": ("复核", "Decided"), "erased": ("已清空处数", "Places emptied"),
    "approve": ("同意并删除", "Approve and erase"), "refuse": ("不同意", "Refuse"), "none": ("无申请", "No requests"),
    "by_reporter": ("诉求人在查询页面提出", "The reporter asks on the tracking page"),
    "shared": ("本案另有其他诉求人，删除将一并清除其内容", "Others reported the same case; their words go as well"),
    "open": ("案件尚未办结，办结后方可删除", "The case is still open; it can be erased once it has ended"),
    "waits": ("待复核", "Waits"), "approved": ("已删除", "Erased"), "refused": ("未同意", "Refused"),
}  # fmt: skip


@requires("erasures")
def listed(request: HttpRequest) -> HttpResponse:
    """Requests, those that wait first, and the form to ask.

    Source: docs/topics/operations.md, "Erasure on request" (two people)
    """
    return _page(request, world(request))


@requires("erasures", may="ask_erasure")
@acts("erasures")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a case's content to be erased. Source: docs/topics/operations.md, "Erasure on request" (two people)."""
    here, given = world(request), request.POST
    number, ground, reason = (given.get(name, "").strip() for name in ("number", "ground", "reason"))
    try:
        erasing.ask_erasure(number, ground, reason, here.actor, datetime.now(UTC))
    except ErasureRefused as error:
        return _page(request, here, error, {"number": number, "ground": ground, "reason": reason})
    messages.success(request, say(("已提交，待另一人复核。", "Asked; another person decides.")))
    return redirect("erasures")


@requires("erasures", may="decide_erasure")
@acts("erasures")
def decide(request: HttpRequest, key: UUID) -> HttpResponse:
    """Approve or refuse a request. Source: docs/topics/operations.md, "Erasure on request" (two people)."""
    here, answer = world(request), request.POST.get("answer")
    try:
        if answer not in ("approve", "refuse"):
            raise ErasureRefused("no_answer", "请选择同意或不同意", "approve or refuse", erasing.CHECK_NUMBER)
        district = here.registers.district
        erasing.decide(key, here.actor, district, datetime.now(UTC), approve=answer == "approve")
    except ErasureRefused as error:
        return _page(request, here, error)
    messages.success(request, say(WORDS["approved" if answer == "approve" else "refused"]))
    return redirect("erasures")


def _page(
    request: HttpRequest, here: World, error: ErasureRefused | None = None, given: dict[str, str] | None = None
) -> HttpResponse:
    rows = []
    for each in erasing.requests(here.registers.district.code):
        row = each["row"]
        rows.append({
            "key": row.id, "number": each["number"], "reason": _reason(each), "waits": row.outcome is None,
            "ground": say(GROUNDS.get(row.ground)), "asked": _by(here, row.asked_by, row.asked_at),
            "decided": _by(here, row.decided_by, row.decided_at),
            "outcome": say(WORDS[row.outcome or "waits"]), "erased": sum(row.erased.values()),
            "decides": row.outcome is None and here.actor.may("decide_erasure") and row.asked_by != here.actor.id,
        })  # fmt: skip
    context = {
        "words": {name: say(text) for name, text in WORDS.items()}, "rows": rows,
        "grounds": [(name, say(text)) for name, text in GROUNDS.items()], "given": given or {},
        "asks": here.actor.may("ask_erasure"),
        "error": f"{say(error.text)} — {say(error.what_to_do)}" if error else "",
    }  # fmt: skip
    return render(request, "faces/trust/erasures.html", context, status=422 if error else 200)


def _reason(each: dict[str, Any]) -> str:
    """What the person who decides should know: the reason, who asks, whom else it concerns, whether it can be done."""
    row = each["row"]
    told = [row.reason, say(WORDS["by_reporter"]) if row.asked_by.startswith("reporter:") else ""]
    notes = {"shared": each["reporters"] > 1, "open": each["open"]}
    if row.outcome is None:
        told += [say(WORDS[name]) for name, holds in notes.items() if holds]
    return " · ".join(part for part in told if part)


def _by(here: World, who: str | None, at: datetime | None) -> str:
    return f"{here.names.person(who)} {moment(at)}" if who else ""
