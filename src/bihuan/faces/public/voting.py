# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Putting into a sealed box without an account: code of the slip, one choice for each value, a receipt to keep.

The page tells what was put in under one's own code and when, never for what: whoever looks over a shoulder, or holds the
slip later, learns no vote. Source: docs/topics/boxes.md, "Putting in online"; docs/adr/0432-voting-online.md.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from bihuan.boxes.catalogue import DeclaredBox, UnknownBox, box_named
from bihuan.boxes.codes import own_envelopes, voter_by_code, voter_of_code
from bihuan.boxes.models import VoterCodeRow
from bihuan.boxes.pure.record import BoxRefused
from bihuan.boxes.putting import SealedEnvelope, barred, lot_of, participation, put_in, rolled, span_of
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.server import limits
from bihuan.subjects.asking import HeldFacts

KEPT = "voting"
WORDS = {
    "vote": Text("投票", "Vote"), "all": Text("密封表决", "Sealed votes"), "voter": Text("业主代码", "Your code as an owner"),
    "voter_hint": Text("印在投票通知单上，例如 OW-1-001。", "On your slip, such as OW-1-001."), "code": Text("投票码", "Voting code"),
    "code_hint": Text("通知单上的十位字母和数字；一人一码，请勿转交。", "Ten letters and digits on your slip; it is yours alone, do not hand it on."),
    "enter": Text("进入", "Continue"), "wrong": Text("代码或者投票码不对。补发过的，旧码已失效。", "Code or voting code is wrong. If you were given a new one, the old one no longer opens."),
    "slower": Text("尝试次数过多，请稍后再试。", "Too many tries; please wait a little."),
    "early": Text("{at} 开始投票。", "Voting begins {at}."), "over": Text("{at} 已截止，计票见公开页。", "Voting closed {at}; the count is on the public page."),
    "you": Text("您的代码", "Your code"), "weight": Text("您的计票权重", "What you count for"), "until": Text("截止", "Closes"),
    "choose": Text("您的意见", "Your vote"), "put": Text("密封投入", "Seal it and put it in"), "missing": Text("请选择“{name}”。", "Please choose: {name}."),
    "sealed": Text("投入后立即加密，截止前任何人（包括工作人员）都看不到内容；只公布多少人参与。", "It is encrypted at once. Until the close nobody, staff included, sees what it says; only how many took part is told."),
    "done": Text("已投入。请保存回执：截止后可在公开清单中找到它。", "It is in. Keep the receipt: after the close you find it in the public list."),
    "own": Text("以您的代码投入的", "What was put in under your code"), "when": Text("时间", "When"), "channel": Text("渠道", "Channel"), "receipt": Text("回执", "Receipt"),
    "not_mine": Text("不是您本人投入的？请告知社区；再投一张不同意见会使两张都不计入。", "Not by you? Tell the community office; a second one that says something else makes both void."),
    "again": Text("再投一张", "Put in another one"), "again_warn": Text("相同的意见只计一次；不同的意见两张都作废，您视为未参与。", "The same vote counts once. A different one makes both void, and you take no part."),
    "download": Text("下载回执（JSON）", "Download the receipts (JSON)"), "leave": Text("退出", "Leave"), "heads": Text("已参与人数", "Heads that took part"),
    "missing_quorum": Text("达到法定参与比例还差 {heads} 人、{weight} {unit}", "Missing to the share that must take part: {heads} heads, {weight} {unit}"),
    "issued": Text("投票码发放于", "Your voting code was issued"), "page": Text("参与情况和计票", "Who took part, and the count"),
}  # fmt: skip


@never_cache
def vote(request: HttpRequest, box: str, lot: str) -> HttpResponse:
    """Show the code of one's slip, then put in; what was put in under it stands there with its receipt.

    Raises:
        Http404: there is no such lot, or nobody puts in online.

    Source: docs/topics/boxes.md, "Putting in online".
    """
    here = world(request)
    declared, about = _lot(here, box, lot)
    row, errors = _code(request, declared, lot), dict[str, str]()
    if request.method == "POST":
        if "leave" in request.POST:
            request.session.pop(KEPT, None)
            return redirect("box", box, lot)
        errors = _enter(request, declared, lot) if row is None else _put(request, here, declared, lot, row.voter)
        if not errors:
            return redirect("box-vote", box, lot)
    context = _context(here, declared, about) | {"errors": errors, "given": request.POST.get("voter", "")[:128]}
    if row is not None:
        context |= _own(here, declared, about, row)
    return render(request, "faces/public/vote.html", context, status=422 if errors else 200)


@never_cache
def receipts(request: HttpRequest, box: str, lot: str) -> HttpResponse:
    """The receipts of one's own envelopes as a file.

    Raises:
        Http404: there is no such lot, or nobody puts in online.

    Source: docs/topics/boxes.md, "Putting in online".
    """
    here = world(request)
    declared, _about = _lot(here, box, lot)
    row = _code(request, declared, lot)
    if row is None:
        return redirect("box-vote", box, lot)
    found = [
        {"digest": each.digest, "statement": str(each.statement), "put_at": each.put_at.isoformat()}
        for each in own_envelopes(declared, lot, row.voter)
    ]
    told = {"box": box, "lot": lot, "voter": row.voter, "receipts": found}
    answer = HttpResponse(msgspec.json.encode(told), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="receipts.json"'
    return answer


def _lot(here: World, box: str, lot: str) -> tuple[DeclaredBox, HeldFacts]:
    try:
        declared = box_named(box)
        about = lot_of(declared, lot, here.now)
    except (UnknownBox, BoxRefused):
        raise Http404(_("There is nothing of that name.")) from None
    if declared.file.online is None:
        raise Http404(_("There is nothing of that name."))
    return declared, about


def _code(request: HttpRequest, box: DeclaredBox, lot: str) -> VoterCodeRow | None:
    """The row of the code that this browser has shown for this very lot."""
    kept = request.session.get(KEPT)
    return voter_of_code(box, lot, str(kept)) if kept else None


def _enter(request: HttpRequest, box: DeclaredBox, lot: str) -> dict[str, str]:
    """Try a code; by address and by voter only so often."""
    voter, code = request.POST.get("voter", "").strip()[:128], request.POST.get("code", "")[:40]
    if limits.seconds_to_wait(limits.TRACKING, limits.address_of(request)) or limits.seconds_to_wait(
        limits.CODES, f"{box.file.box}/{lot}/{voter}"
    ):
        return {"code": say(WORDS["slower"])}
    row = voter_by_code(box, lot, voter, code)
    if row is None:
        return {"code": say(WORDS["wrong"])}
    request.session.cycle_key()
    request.session[KEPT] = str(row.pk)
    return {}


def _put(request: HttpRequest, here: World, box: DeclaredBox, lot: str, voter: str) -> dict[str, str]:
    """Put one envelope in; what is wrong by field."""
    values = {name: request.POST.get(name, "")[:64] for name in box.file.values}
    errors = {
        name: say(WORDS["missing"]).format(name=say(box.file.values[name].name))
        for name, value in values.items()
        if value not in box.file.values[name].choices
    }
    if errors:
        return errors
    try:
        _taken, refused = put_in(box, lot, [SealedEnvelope(voter, str(box.file.online), values)], here.now)
    except BoxRefused as fault:
        return {"form": _half(fault.message)}
    return {"form": _half(refused[0].what)} if refused else {}


def _half(both: str) -> str:
    """One language of a text that the room says in both."""
    zh, _sep, en = both.partition(" · ")
    return say(Text(zh, en or zh))


def _context(here: World, box: DeclaredBox, about: HeldFacts) -> dict[str, Any]:
    span, live, quorum = span_of(box, about), participation(box, about.key, here.now), box.file.quorum
    state = "early" if span is None or here.now < span[0] else "open" if here.now < span[1] else "over"
    unit = say(box.file.unit) if box.file.unit else ""
    heads, weight = live.missing(quorum.of) if quorum else (0, 0)
    lacks = say(WORDS["missing_quorum"]).format(heads=heads, weight=weight, unit=unit) if heads or weight else ""
    told = ""
    if state != "open" and span is not None:
        told = say(WORDS[state]).format(at=moment(span[0] if state == "early" else span[1]))
    return {
        "words": {name: say(text) for name, text in WORDS.items()}, "box": box.file, "name": say(box.file.name),
        "lot": about.key, "title": str(about.values.get(box.file.lot.title) or about.key), "state": state,
        "told": told, "closes": moment(span[1]) if span else "", "live": live, "lacks": lacks, "unit": unit, "row": None,
    }  # fmt: skip


def _own(here: World, box: DeclaredBox, about: HeldFacts, row: VoterCodeRow) -> dict[str, Any]:
    """What only the voter sees: weight, what stands against, own envelopes without their values, the ballot."""
    against = barred(box, row.voter, here.now.astimezone(here.zone).date(), here.now)
    channels = box.file.channels
    own = [
        (moment(each.put_at), say(channels[each.channel]) if each.channel in channels else each.channel, each.digest)
        for each in own_envelopes(box, about.key, row.voter)
    ]
    ballot = [
        (name, say(value.name), [(code, say(words)) for code, words in value.choices.items()])
        for name, value in box.file.values.items()
    ]
    return {
        "row": row, "issued": moment(row.issued_at), "weight": rolled(box, about, here.now).get(row.voter), "own": own,
        "ballot": ballot, "against": _half(against[1]) if against else "",
    }  # fmt: skip
