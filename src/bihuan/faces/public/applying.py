# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Asking for a ticket or a slot without an account: what is on offer, a short form, and the lists that were drawn."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from bihuan.books.applying import (
    BARRED,
    CLOSED,
    NOT_YET,
    REPEATED,
    TOO_MANY,
    Applicant,
    PassOffer,
    ask_for_pass,
    free_for,
)
from bihuan.books.models import PassListRow
from bihuan.books.pass_draws import order_of, seed_of, text_of_list
from bihuan.extend import Page
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.passes import AskedKind, PassOccasion, asked_kind, asked_kinds, occasions_of
from bihuan.faces.parts.world import World, world
from bihuan.faces.public import passes
from bihuan.faces.public.passes import KEPT
from bihuan.faces.public.passes import MOST as MOST_KEPT
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.errors import RegisterError

SHOWN, ROWS = 60, 500
WORDS = {
    "title": Text("订票和预约", "Tickets and slots"),
    "lead": Text("无须账号；姓名和电话加密保存，只用于通知和核对一人一次。", "No account is needed. Name and telephone number are kept sealed, to tell you what happens and to keep to one application a person."),
    "none": Text("现在没有可以申请的场次。", "Nothing can be asked for now."),
    "mine": Text("我的票", "My tickets"),
    "when": Text("时间", "When"),
    "where": Text("地点", "Where"),
    "how": Text("怎样得票", "How they are handed out"),
    "open": Text("申请时间", "Applications"),
    "free": Text("现有余座 {free}", "{free} left now"),
    "full": Text("已满，可以候补", "Full; you may wait in the queue"),
    "drawn": Text("截止后公开摇号，人人可验", "A public draw after the closing, which anybody can recompute"),
    "turn": Text("先到先得，满后按时间候补", "First come, first served; then a queue by time"),
    "soon": Text("{at} 开始", "from {at}"),
    "until": Text("{at} 截止", "until {at}"),
    "name": Text("姓名", "Name"),
    "phone": Text("手机号", "Mobile number"),
    "amount": Text("张数（人数）", "For how many people"),
    "most": Text("最多 {most}", "at most {most}"),
    "area": Text("居住街镇", "Street or town where you live"),
    "elsewhere": Text("其他地区", "Elsewhere"),
    "ask": Text("申请", "Ask for it"),
    "ended": Text("本场已取消。", "This is called off."),
    "walk_in": Text("现场另留席位，不预约也可到场。", "Some places are kept for those who come without booking."),
    "lists": Text("摇号名单", "Lists of draws"),
    "digest": Text("名单摘要（SHA-256，先入日志）", "Digest of the list (SHA-256, put into the log first)"),
    "source": Text("种子来源", "Where the seed comes from"),
    "seed": Text("种子", "Seed"),
    "not_drawn": Text("尚未摇号", "Not drawn so far"),
    "recompute": Text("任何人可用名单和种子重算：", "Anybody recomputes it from the list and the seed:"),
    "file": Text("下载名单", "Download the list"),
    "rank": Text("次序", "Order"),
    "application": Text("申请编号", "Application"),
    "result": Text("结果", "Result"),
    "seat": Text("中签", "Served"),
    "waiting": Text("候补", "Waits"),
    "asked": Text("申请 {asked} 份，放票 {offered}", "{asked} applications for {offered} places"),
}  # fmt: skip
REFUSED = {
    NOT_YET: Text("还没有开始申请。", "Applications have not begun."),
    CLOSED: Text("申请已经截止。", "Applications are closed."),
    TOO_MANY: Text("人数超过每人上限。", "That is more than one person may ask for."),
    REPEATED: Text("这个手机号已经申请过本场。请用原来的票码查看。", "This number has asked for it already. Please use the code you were given."),
    BARRED: Text("多次预约未到，{until} 前不能预约。不同意可以{appeal}。", "Booked and not used several times: no booking until {until}. If you do not agree: {appeal}."),
    "phone": Text("请填写能接通的手机号。", "Please give a telephone number that reaches you."),
    "amount": Text("请填写人数。", "Please say for how many."),
    "name": Text("请填写姓名。", "Please give your name."),
}  # fmt: skip


def pages() -> tuple[Page, ...]:
    """Return the pages of passes that need no account. Source: docs/adr/0317-passes.md; docs/adr/0335-asking-for-passes.md."""
    return (
        Page("passes/", passes.mine, "my-passes"),
        Page("passes/apply/", offered, "pass-offers"),
        Page("passes/apply/<str:name>/<str:kind>/", apply, "pass-ask"),
        Page("passes/draws/<uuid:key>/", draw, "pass-draw"),
        Page("passes/draws/<uuid:key>.csv", listed_file, "pass-list"),
        Page("passes/clear/", passes.clear, "my-passes-clear"),
        Page("passes/<uuid:key>/back/", passes.back, "my-pass-back"),
    )


def offered(request: HttpRequest) -> HttpResponse:
    """Everything that can be asked for now or soon. Source: docs/adr/0335-asking-for-passes.md."""
    here = world(request)
    groups = []
    for kind in asked_kinds():
        open_ones = [
            (told, offer) for told, offer in occasions_of(here, kind) if here.now <= offer.closes and not told.ended
        ]
        rows = [(told, moment(told.starts), _state(here, kind, offer)) for told, offer in open_ones[:SHOWN]]
        if rows:
            groups.append(
                (f"{kind.file.book.book}-{kind.name}", say(kind.kind.name), kind.file.book.book, kind.name, rows)
            )
    return render(request, "faces/public/pass_offers.html", {"words": _words(), "groups": groups})


@never_cache
def apply(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """Ask for one: a short form; what became of it stands among one's own tickets.

    Raises:
        Http404: nothing of that name can be asked for.

    Source: docs/adr/0335-asking-for-passes.md.
    """
    here, found = world(request), _kind(name, kind)
    subject = str(request.POST.get("subject") or request.GET.get("subject", ""))[:120]
    known = occasions_of(here, found, subject) if subject else []
    if not known:
        raise Http404(_("There is nothing of that name."))
    told, offer = known[0]
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _asked(request, here, found, told, offer)
        if not errors:
            return redirect("my-passes")
    streets = [(area.code, here.names.area(area.code)) for area in here.registers.areas.at_level("street")]
    context = {
        "words": _words(), "errors": errors, "occasion": told, "when": moment(told.starts), "offer": offer,
        "state": _state(here, found, offer), "how": say(WORDS["drawn" if offer.drawn else "turn"]),
        "opens": moment(offer.opens), "closes": moment(offer.closes), "most": say(WORDS["most"]).format(most=offer.most),
        "may": offer.opens <= here.now <= offer.closes and not told.ended, "streets": streets,
        "given": {name: str(request.POST.get(name, ""))[:80] for name in ("name", "phone", "amount", "area")},
        "pass_name": say(found.kind.name),
    }  # fmt: skip
    return render(request, "faces/public/pass_ask.html", context, status=422 if errors else 200)


def _asked(
    request: HttpRequest, here: World, kind: AskedKind, told: PassOccasion, offer: PassOffer
) -> dict[str, str]:  # fmt: skip
    """Ask, and keep the pass in this browser; returns what is wrong by field."""
    posted = {name: str(request.POST.get(name, "")).strip()[:80] for name in ("name", "phone", "amount", "area")}
    amount = posted["amount"]
    errors = {} if posted["name"] else {"name": say(REFUSED["name"])}
    if not (amount.isascii() and amount.isdecimal() and int(amount)):
        errors["amount"] = say(REFUSED["amount"])
    if told.ended:
        errors["form"] = say(WORDS["ended"])
    if errors:
        return errors
    areas = {area.code for area in here.registers.areas.at_level("street")}
    who = Applicant(posted["name"], posted["phone"], posted["area"] if posted["area"] in areas else "")
    try:
        with in_district(here.registers.district.code):
            answer = ask_for_pass(kind.file.book, kind.name, offer, int(amount), who, here.facts, kind.file.programme)
    except RegisterError:
        return {"phone": say(REFUSED["phone"])}
    if answer.state in REFUSED or answer.held is None:
        rule = kind.asked.no_show
        appeal = say(Text(rule.appeal.zh, rule.appeal.en)) if rule else ""
        return {"form": say(REFUSED[answer.state]).format(until=moment(answer.until), appeal=appeal)}
    kept = [each for each in request.session.get(KEPT, []) if each != str(answer.held.id)]
    request.session[KEPT] = [str(answer.held.id), *kept][:MOST_KEPT]
    return {}


def draw(request: HttpRequest, key: UUID) -> HttpResponse:
    """A list that was closed, and what the draw made of it, for anybody to recompute.

    Raises:
        Http404: there is no such list.

    Source: RFC 3797; docs/adr/0335-asking-for-passes.md.
    """
    here, listed = world(request), _listed(request, key)
    with in_district(here.registers.district.code):
        seed = seed_of(listed)
        order = order_of(listed, seed, here.facts)[:ROWS] if seed else []
    rows = [(each.rank, each.application, say(WORDS[each.result]), each.seats) for each in order]
    context: dict[str, Any] = {
        "words": _words(), "listed": listed, "digest": bytes(listed.digest).hex(), "seed": seed, "rows": rows,
        "at": moment(listed.at), "asked": say(WORDS["asked"]).format(asked=listed.asked, offered=listed.offered),
    }  # fmt: skip
    return render(request, "faces/public/pass_draw.html", context)


def listed_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """The list as CSV: its bytes have the digest that stands in the log.

    Raises:
        Http404: there is no such list.

    Source: RFC 4180; docs/adr/0335-asking-for-passes.md.
    """
    here, listed = world(request), _listed(request, key)
    with in_district(here.registers.district.code):
        text = text_of_list(listed, here.facts)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{listed.subject}.csv"'
    return answer


def _listed(request: HttpRequest, key: UUID) -> PassListRow:
    here = world(request)
    with in_district(here.registers.district.code):
        found = PassListRow.objects.filter(pk=key).first()
    if found is None:
        raise Http404(_("There is nothing of that name."))
    return found


def _kind(name: str, kind: str) -> AskedKind:
    found = asked_kind(name, kind)
    if found is None:
        raise Http404(_("There is nothing of that name."))
    return found


def _state(here: World, kind: AskedKind, offer: PassOffer) -> str:
    if here.now < offer.opens:
        return say(WORDS["soon"]).format(at=moment(offer.opens))
    if offer.drawn:
        return say(WORDS["until"]).format(at=moment(offer.closes))
    with in_district(here.registers.district.code):
        free = free_for(kind.file.book, kind.kind, offer.subject)
    return say(WORDS["free"]).format(free=free) if free > 0 else say(WORDS["full"])


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}
