# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""One's own tickets without an account: by the code of each, kept in this browser; shown, waited for, given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bihuan.books.catalogue import all_books
from bihuan.books.declaration import PassKind
from bihuan.books.models import PassRow
from bihuan.books.passes import ADMITTED, HOLDS, PassState, give_back, pass_of_code, states_of
from bihuan.faces.parts.barcode import bars_of
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.passes import STATES, PassOccasion, occasion_of
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.server import limits

KEPT, MOST, HOLDER = "passes", 20, "holder"
WORDS = {
    "title": Text("我的票", "My tickets"),
    "lead": Text("输入票上的码；票只留在本浏览器，离开时可清除。", "Enter the code of a ticket; it stays in this browser alone, and you can clear it."),
    "code": Text("票码", "Code of the ticket"),
    "hint": Text("十位字母和数字。", "Ten letters and digits."),
    "add": Text("查看", "Show"),
    "clear": Text("从本浏览器清除", "Clear from this browser"),
    "back": Text("退票", "Give it back"),
    "show": Text("入场时出示此码，每票只能入场一次", "Show this at the door; each ticket lets in once"),
    "number": Text("编号", "Number"),
    "amount": Text("数量", "For"),
    "when": Text("时间", "When"),
    "where": Text("地点", "Where"),
    "state": Text("状态", "State"),
    "wrong": Text("没有这个票码。请核对票上的字母和数字。", "There is no ticket with this code. Please compare the letters and digits."),
    "slower": Text("尝试次数过多，请稍后再试。", "Too many tries; please wait a little."),
    "place": Text("候补第 {place} 位", "Number {place} in the queue"),
    "cancelled": Text("本场已取消，票款将退回。", "This is cancelled; what was paid comes back."),
    "ask": Text("退票后座位将给候补观众，不能恢复。", "The seats then go to who waits; it cannot be undone."),
    "none": Text("还没有票。", "No ticket yet."),
    "survey": Text("评价这一场", "Say how it was"),
    "apply": Text("订票和预约", "Ask for a ticket or a slot"),
}  # fmt: skip


@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """The tickets of this browser; a code adds one. Source: docs/adr/0317-passes.md (3)."""
    here, errors = world(request), dict[str, str]()
    if request.method == "POST":
        if limits.seconds_to_wait(limits.TRACKING, limits.address_of(request)):
            errors["code"] = say(WORDS["slower"])
        else:
            with in_district(here.registers.district.code):
                found = pass_of_code(request.POST.get("code", "")[:40])
            if found is None:
                errors["code"] = say(WORDS["wrong"])
            else:
                kept = [each for each in request.session.get(KEPT, []) if each != str(found.id)]
                request.session[KEPT] = [str(found.id), *kept][:MOST]
                return redirect("my-passes")
    context = {
        "words": {name: say(each) for name, each in WORDS.items()}, "errors": errors,
        "tickets": _tickets(here, request.session.get(KEPT, [])),
    }  # fmt: skip
    return render(request, "faces/public/passes.html", context, status=422 if errors else 200)


@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Forget the tickets in this browser. Source: docs/adr/0317-passes.md (3)."""
    request.session.pop(KEPT, None)
    return redirect("my-passes")


@require_POST
def back(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give a ticket of this browser back.

    Raises:
        Http404: it is not in this browser.

    Source: docs/adr/0317-passes.md (4).
    """
    here = world(request)
    if str(key) not in request.session.get(KEPT, []):
        raise Http404(_("There is nothing of that name."))
    with in_district(here.registers.district.code):
        held = PassRow.objects.get(pk=key)
        kind, occasion = _kind(held), occasion_of(here, held)
        if kind is not None and occasion is not None:
            give_back(kind, held, occasion.starts, HOLDER, here.now)
    return redirect("my-passes")


def _kind(held: PassRow) -> PassKind | None:
    declared = all_books().get(held.book)
    return declared.book.passes.get(held.kind) if declared else None


def _tickets(here: World, keys: Sequence[str]) -> list[dict[str, Any]]:
    with in_district(here.registers.district.code):
        found = {str(row.id): row for row in PassRow.objects.filter(pk__in=keys)}
        states = states_of([found[key] for key in keys if key in found])
    return [_ticket(here, each) for each in states]


def _ticket(here: World, held: PassState) -> dict[str, Any]:
    kind, occasion = _kind(held.row), occasion_of(here, held.row)
    shown = held.state == HOLDS and occasion is not None and not occasion.ended
    bars, width = bars_of(held.code) if shown else ([], 0)
    return {
        "id": held.row.id, "number": held.row.key, "name": say(kind.name) if kind else "", "occasion": occasion,
        "when": moment(occasion.starts) if occasion else "", "amount": held.row.amount, "bars": bars, "width": width,
        "code": f"{held.code[:5]} {held.code[5:]}" if shown else "",
        "state": _told(held, occasion), "survey": _survey(kind, held, here.now),
        "may_return": shown and _may_return(kind, occasion, here.now),
    }  # fmt: skip


def _survey(kind: PassKind | None, held: PassState, now: datetime) -> str:
    """The form that asks whoever was let in, while its days run."""
    if kind is None or kind.survey is None or held.state != ADMITTED or held.at is None:
        return ""
    return kind.survey.form if now <= held.at + timedelta(days=kind.survey.days) else ""


def _may_return(kind: PassKind | None, occasion: PassOccasion | None, now: datetime) -> bool:
    if kind is None or occasion is None or kind.back is None:
        return False
    return (occasion.starts - now).total_seconds() >= kind.until * 60


def _told(held: PassState, occasion: PassOccasion | None) -> str:
    if occasion is not None and occasion.ended:
        return say(WORDS["cancelled"])
    if held.place:
        return say(WORDS["place"]).format(place=held.place)
    told = say(STATES[held.state])
    return f"{told} {moment(held.at)}" if held.at else told
