# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Handing out passes: lists are closed and drawn in public, and who used them is counted by where people live."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from bihuan.books.applying import PassOffer, free_for, use_by_area
from bihuan.books.models import PassRow
from bihuan.books.pass_draws import NoDraw, commit_list, draw_list, list_of, seed_of
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.passes import AskedKind, PassOccasion, asked_kind, occasions_of
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district

SHOWN, FEW = 60, 5
WORDS = {
    "title": Text("发票", "Handing out"),
    "lead": Text("截止后先关闭名单（摘要入日志并写明种子来源），来源公布后填入种子摇号；名单和结果公开可验。", "After the closing, close the list first: its digest goes into the log with the source of the seed. Once the source has published, enter the seed and draw. List and result are public."),
    "occasion": Text("场次", "What"),
    "when": Text("时间", "When"),
    "asked": Text("申请", "Asked for"),
    "free": Text("余座", "Left"),
    "state": Text("进展", "State"),
    "turn": Text("先到先得", "In turn"),
    "open": Text("{at} 截止", "Applications until {at}"),
    "source": Text("种子来源", "Source of the seed"),
    "source_hint": Text("以后才公布、人人可查的数字，如次日开奖号码。", "Numbers that are published later and that anybody can look up, such as the lottery of tomorrow."),
    "close": Text("关闭名单", "Close the list"),
    "seed": Text("种子", "Seed"),
    "draw": Text("摇号", "Draw"),
    "drawn": Text("已摇号", "Drawn"),
    "list": Text("名单和结果", "List and result"),
    "areas": Text("按居住街镇", "By where people live"),
    "areas_note": Text("不足五人的街镇合并到“其他”。", "Streets with fewer than five are counted as others."),
    "area": Text("街镇", "Street or town"),
    "given": Text("得票", "Given"),
    "used": Text("到场", "Used"),
    "missed": Text("缺席", "Not used"),
    "rate": Text("缺席率", "Share not used"),
    "others": Text("其他", "Others"),
    "none": Text("没有可以申请的场次。", "There is nothing that can be asked for."),
    "door": Text("检票", "The door"),
}  # fmt: skip


@requires(may="act")
@never_cache
def handing(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """Close lists, draw them, see who used what was given.

    Raises:
        Http404: nothing of that name can be asked for.

    Source: docs/adr/0335-asking-for-passes.md.
    """
    here, found = world(request), asked_kind(name, kind)
    if found is None:
        raise Http404(_("There is nothing of that name."))
    pairs, errors = occasions_of(here, found), dict[str, str]()
    if request.method == "POST":
        subject = str(request.POST.get("subject", ""))[:120]
        offer = next((offer for told, offer in pairs if told.key == subject and not told.ended), None)
        if offer is None:
            raise Http404(_("There is nothing of that name."))
        errors = _acted(request, here, found, offer)
        if not errors:
            return redirect("pass-handing", name, kind)
    with in_district(here.registers.district.code):
        rows = [_row(here, found, told, offer) for told, offer in pairs if not told.ended][:SHOWN]
        areas = _areas(here, found)
    context = {
        "words": {word: say(text) for word, text in WORDS.items()}, "rows": rows, "areas": areas, "errors": errors,
        "pass_name": say(found.kind.name), "book": name, "kind": kind,
    }  # fmt: skip
    return render(request, "faces/work/handing.html", context, status=422 if errors else 200)


def _acted(request: HttpRequest, here: World, kind: AskedKind, offer: PassOffer) -> dict[str, str]:
    book, name = kind.file.book, kind.name
    try:
        with in_district(here.registers.district.code):
            listed = list_of(book.book, name, offer.subject)
            if listed is None:
                commit_list(book, name, offer, str(request.POST.get("source", ""))[:200], here.actor.id, here.facts)
            else:
                draw_list(book, listed, str(request.POST.get("seed", ""))[:200], here.actor.id, here.facts)
    except NoDraw as error:
        return {"form": str(error)}
    return {}


def _row(here: World, kind: AskedKind, told: PassOccasion, offer: PassOffer) -> dict[str, Any]:
    book = kind.file.book
    asked = PassRow.objects.filter(book=book.book, kind=kind.name, subject=told.key).values_list("amount", flat=True)
    listed = list_of(book.book, kind.name, told.key) if offer.drawn else None
    step = "turn" if not offer.drawn else "open" if here.now <= offer.closes else "close" if listed is None else ""
    return {
        "told": told, "when": moment(told.starts), "asked": sum(asked), "free": free_for(book, kind.kind, told.key),
        "step": step or ("drawn" if listed is not None and seed_of(listed) else "draw"), "list": listed,
        "open": say(WORDS["open"]).format(at=moment(offer.closes)),
    }  # fmt: skip


def _areas(here: World, kind: AskedKind) -> list[dict[str, Any]]:
    """Places by area, the small ones together; of everything that was ever asked for."""
    subjects = PassRow.objects.filter(book=kind.file.book.book, kind=kind.name).exclude(person=None)
    counted = use_by_area(kind.file.book.book, kind.name, list(subjects.values_list("subject", flat=True).distinct()))
    others, lines = dict.fromkeys(("asked", "given", "used", "missed"), 0), list[tuple[str, dict[str, int]]]()
    for area, line in counted.items():
        if not area or line["asked"] < FEW:
            others = {name: others[name] + line[name] for name in others}
        else:
            lines.append((here.names.area(area), line))
    lines += [(say(WORDS["others"]), others)] if others["asked"] else []
    return [
        {"name": name, **line, "rate": _share(line["missed"], line["used"] + line["missed"])} for name, line in lines
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part // whole} %" if whole else ""
