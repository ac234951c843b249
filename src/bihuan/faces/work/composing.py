"""Composing an order: what it says from templates, whom it goes to by area, read aloud by the browser's own voices."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.documents.orders.acting import draft_order
from bihuan.documents.orders.catalogue import DeclaredOrder, all_orders
from bihuan.documents.orders.composing import (
    PossibleAddressee,
    chosen_by,
    may_do,
    possible_addressees,
    propose_facts,
)
from bihuan.documents.orders.course import OrderRefused
from bihuan.faces.parts.forms import FormInput
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id

WORDS = {
    "orders": Text("指令", "Orders"),
    "new": Text("新拟指令", "New order"),
    "lead": Text(
        "拟稿后由另一人签发；签发前不会发出任何内容。",
        "Another person approves what you draft; nothing goes out before.",
    ),
    "choose": Text("选择模板", "Template"),
    "fill": Text("填入模板内容", "Fill in the text"),
    "says": Text("内容", "What it says"),
    "to": Text("发给谁", "Whom it goes to"),
    "everybody": Text("全部", "All"),
    "codes": Text("收令对象编码，每行一个", "Codes of addressees, one a line"),
    "draft": Text("提交拟稿", "Draft it"),
    "aloud": Text("试听", "Listen"),
    "novoice": Text(
        "本机没有该语言的离线语音，请人工朗读核对。",
        "This device has no voice of its own for it; read it aloud yourself.",
    ),
    "stop": Text("停止", "Stop"),
    "none": Text("没有可拟的指令。", "There is no order to draft."),
    "number": Text("编号", "Number"),
}
VOICES = {
    "zh-CN": Text("普通话", "Mandarin"), "en": Text("英语", "English"), "en-GB": Text("英语", "English"),
    "dialect": Text("方言", "Dialect"),
}  # fmt: skip
LONG = 40
"""A proposed text beyond so many letters gets a field of several lines."""


@requires()
def choose(request: HttpRequest) -> HttpResponse:
    """The orders that this person may draft.

    Raises:
        PermissionDenied: there is none.

    Source: docs/topics/orders.md, "Composed".
    """
    actor = world(request).actor
    lines = [
        (name, say(each.order.name))
        for name, each in sorted(all_orders().items())
        if may_do(actor, each.order, "draft")
    ]
    if not lines and not actor.may("write"):
        raise PermissionDenied(
            _("Your role has no work on this page. The administrator can give you the role if you need it.")
        )
    return render(request, "faces/work/order_choose.html", {"words": _words(), "lines": lines})


@requires()
def compose(request: HttpRequest, name: str) -> HttpResponse:
    """The form of an order; a draft leads to its page, where another person approves it.

    Raises:
        Http404: it is not declared.
        PermissionDenied: this person drafts no orders.

    Source: docs/topics/orders.md, "Composed".
    """
    here, found = world(request), all_orders().get(name)
    if found is None and here.actor.may("write"):
        raise Http404(_("There is nothing of that name."))
    if found is None or not may_do(here.actor, found.order, "draft"):
        raise PermissionDenied(
            _("Your role has no work on this page. The administrator can give you the role if you need it.")
        )
    given = {key: value for key, value in request.POST.items() if isinstance(value, str)} or _proposed(
        request, here, found
    )
    with in_district(here.registers.district.code):
        people = possible_addressees(found.order, here.facts)
    refused: OrderRefused | None = None
    if request.method == "POST":
        try:
            return redirect("order", key=_draft(request, here, found, people).id)
        except OrderRefused as fault:
            refused = fault
    context = {
        "words": _words(), "name": name, "title": say(found.order.name),
        "choices": [_input(found, fact, given, required=False) for fact in chosen_by(found.order)],
        "inputs": [_input(found, fact, given) for fact in found.order.facts],
        "voices": [
            (tag, say(VOICES.get(tag, Text(tag, tag))), " ".join(f"order-{fact}" for fact in facts))
            for tag, facts in found.order.spoken.items()
        ],
        "areas": _areas(here, people), "total": len(people), "by_area": found.order.to is not None,
        "picked": request.POST.getlist("area") or ["*"], "codes": given.get("codes", ""),
        "key": given.get("key") or f"{here.now.astimezone(here.zone):%Y%m%d-%H%M}-{str(new_id())[-6:]}",
        "errors": {"form": f"{say(refused.what)} · {say(refused.remedy)}"} if refused else {},
    }  # fmt: skip
    return render(request, "faces/work/order_compose.html", context, status=422 if refused else 200)


def _proposed(request: HttpRequest, here: World, found: DeclaredOrder) -> dict[str, str]:
    """What the template of the address says; the whole district where areas are asked for."""
    chosen = {name: request.GET.get(name, "") for name in chosen_by(found.order)}
    told = chosen | propose_facts(found.order, chosen)
    if found.order.alert is not None:
        told.setdefault(found.order.alert.area, here.registers.district.code)
    return told | ({found.order.replaces: request.GET.get("replaces", "")} if found.order.replaces else {})


def _draft(request: HttpRequest, here: World, found: DeclaredOrder, people: list[PossibleAddressee]) -> Any:
    areas = set(request.POST.getlist("area"))
    to = [each.code for each in people if "*" in areas or each.area in areas]
    if found.order.to is None:
        to = request.POST.get("codes", "").split()
    facts = {name: request.POST.get(name, "").strip() for name in found.order.facts}
    key = request.POST.get("key", "").strip()[:120] or str(new_id())
    return draft_order(found.order.order, key, facts, to, here.facts, here.actor.id)


def _areas(here: World, people: list[PossibleAddressee]) -> list[tuple[str, str, int]]:
    counts = Counter(each.area for each in people)
    return [(code, here.names.area(code) if code else "—", count) for code, count in sorted(counts.items())]


def _input(found: DeclaredOrder, name: str, given: dict[str, str], *, required: bool = True) -> FormInput:
    fact = found.order.facts[name]
    value = given.get(name, "")
    if fact.choices:
        choices = [("", "—"), *((each.code, say(Text(each.zh, each.en))) for each in fact.choices)]
        return FormInput(name, say(fact.name), "select", required and fact.required, choices, value)
    spoken = any(name in facts for facts in found.order.spoken.values())
    kind = "textarea" if spoken and (len(value) > LONG or not name.startswith("headline")) else "text"
    return FormInput(
        name, say(fact.name), "date" if fact.type == "date" else kind, required and fact.required, value=value
    )


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}
