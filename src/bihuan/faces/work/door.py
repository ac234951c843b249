# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""The door: what is on today, and a field into which a code is scanned or typed; each lets in once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from bihuan.books.catalogue import UnknownBook, book_named
from bihuan.books.declaration import PassKind
from bihuan.books.models import PassRow
from bihuan.books.passes import ADMITTED, DoorScan, PassAnswer, admit, admit_scans, states_of
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.passes import PassOccasion, looker_of, occasion
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.codes import plain_code
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_types

MOST, BEFORE, AFTER = 5_000, timedelta(hours=12), timedelta(hours=24)
BATCH, ROUNDS, LISTED = 2_000, 500, 3_000
"""Most scans that are handed in at once; rounds of PBKDF2 and most passes of the list that a door keeps."""
WORDS = {
    "title": Text("检票", "The door"),
    "lead": Text("扫描或输入票码后按回车；每票只能入场一次。", "Scan or type a code and press Enter; each ticket lets in once."),
    "choose": Text("今天的场次", "What is on today"),
    "none": Text("前后一天内没有场次。", "Nothing is on within a day."),
    "code": Text("票码", "Code"),
    "check": Text("检票", "Check"),
    "seats": Text("人数", "People"),
    "cancelled": Text("已取消", "Called off"),
    "other": Text("其他场次", "Another one"),
    "waiting": Text("离线核验 {count} 张，联网后自动上传", "{count} let in without a connection; handed in by itself when there is one"),
    "handed": Text("已上传离线核验", "Handed in"),
    "offline": Text("没有网络：按本机名单核验", "No connection: compared with the list on this device"),
    "unchecked": Text("已记下，联网后核对", "Noted; it is checked when there is a connection"),
}  # fmt: skip
VERDICTS = {
    ADMITTED: Text("可以入场", "Let in"),
    "again": Text("此票已入场", "Let in already"),
    "given_back": Text("此票已退", "This was given back"),
    "missed": Text("此票已按缺席结清", "This was closed as not used"),
    "waits": Text("仍在候补，没有座位", "Still waits; no seat"),
    "asked": Text("尚未得票", "Nothing was given for it"),
    "unknown": Text("没有此票码", "No such code"),
    "elsewhere": Text("是另一场的票", "A ticket for another one"),
    "early": Text("尚未开始检票", "The door is not open yet"),
    "called_off": Text("本场已取消，不能入场", "This is called off; nobody is let in"),
}
FAILED = Text("账册拒绝，请联系管理员", "The book refused it; please ask the manager")


@requires(may="act")
@never_cache
def door(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """Choose what the door leads to, then check codes.

    Raises:
        Http404: the book has no such kind of pass.

    Source: docs/adr/0317-passes.md (2).
    """
    here, declared = world(request), _declared(name, kind)
    near = _near(here, declared)
    asked = request.POST.get("subject") or request.GET.get("subject", "")
    chosen = next((each for each in near if each.key == asked), None)
    if chosen is not None and "list" in request.GET:
        return JsonResponse(_digests(here, name, kind, chosen.key), headers={"Cache-Control": "no-store"})
    if chosen is not None and "scans" in request.POST:
        return _handed_in(here, declared, chosen, request.POST["scans"])
    context: dict[str, Any] = {
        "words": {word: say(text) for word, text in WORDS.items()},
        "near": [(each, moment(each.starts)) for each in near],
        "chosen": chosen, "when": moment(chosen.starts) if chosen else "", "pass_name": say(declared.name),
        "told": json.dumps({word: say(text) for word, text in {**WORDS, **VERDICTS, "back": VERDICTS["given_back"]}.items()}),
    }  # fmt: skip
    if request.method == "POST" and chosen is not None:
        context["verdict"] = _told(_checked(here, declared, chosen, request.POST.get("code", "")[:40]))
    return render(request, "faces/work/door.html", context)


def _checked(here: World, kind: PassKind, chosen: PassOccasion, code: str) -> PassAnswer:
    if chosen.ended:
        return PassAnswer("called_off")
    with in_district(here.registers.district.code):
        return admit(kind, code, chosen.key, chosen.starts, here.actor.id, here.now)


def _handed_in(here: World, kind: PassKind, chosen: PassOccasion, text: str) -> HttpResponse:
    """What a door read, now or while it had no connection: a verdict for each scan, in its order.

    Source: docs/adr/0335-asking-for-passes.md (5, a door without a connection).
    """
    scans = _scans(text, here.now)
    if scans is None:
        return JsonResponse({"verdicts": []}, status=400)
    if chosen.ended:
        verdicts = [PassAnswer("called_off") for _ in scans]
    else:
        with in_district(here.registers.district.code):
            verdicts = admit_scans(kind, chosen.key, chosen.starts, scans, here.actor.id)
    return JsonResponse({"verdicts": [{"state": each.state, **_told(each)} for each in verdicts]})


def _scans(text: str, now: datetime) -> Sequence[DoorScan] | None:
    """Codes with the instants at which they were read, none later than now; None for what is no list of them."""
    try:
        rows = [(str(code)[:40], datetime.fromisoformat(str(at))) for code, at in json.loads(text)[:BATCH]]
        return [DoorScan(code, max(min(at, now), now - 2 * AFTER)) for code, at in rows]
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def _digests(here: World, book: str, name: str, subject: str) -> dict[str, Any]:
    """The passes to a subject under digests of their codes: a door compares with them when it has no connection.

    Source: RFC 8018 (PBKDF2); docs/adr/0335-asking-for-passes.md (5).
    """
    salt, passes = new_id().hex, {}
    with in_district(here.registers.district.code):
        rows = list(PassRow.objects.filter(book=book, kind=name, subject=subject).order_by("key")[:LISTED])
        for each in states_of(rows):
            digest = hashlib.pbkdf2_hmac("sha256", plain_code(each.code), salt.encode(), ROUNDS, 16).hex()
            passes[digest] = (each.row.key, each.row.amount, each.state, each.at.isoformat() if each.at else "")
    return {"salt": salt, "rounds": ROUNDS, "passes": passes}


def _told(verdict: PassAnswer) -> dict[str, Any]:
    return {
        "good": verdict.state == ADMITTED, "words": say(VERDICTS.get(verdict.state, FAILED)),
        "at": moment(verdict.at) if verdict.at and verdict.state != ADMITTED else "",
        "number": verdict.held.key if verdict.held else "", "amount": verdict.held.amount if verdict.held else "",
    }  # fmt: skip


def _declared(name: str, kind: str) -> PassKind:
    try:
        found = book_named(name).book.passes.get(kind)
    except UnknownBook:
        found = None
    if found is None or found.about not in subject_types():
        raise Http404(_("There is nothing of that name."))
    return found


def _near(here: World, kind: PassKind) -> list[PassOccasion]:
    """What begins within a day, the next one first."""
    day = here.now.astimezone(here.zone).date()
    type_ = subject_types()[kind.about]
    held = asking.find(here.registers.district.code, type_, asking.Viewpoint(day, limit=MOST), looker_of(here))
    lean = kind.model_copy(update={"place": None})
    found = [occasion(here, lean, each.key, each.values) for each in held]
    near = [e for e in found if e is not None and here.now - AFTER <= e.starts <= here.now + BEFORE + AFTER]
    return sorted(near, key=lambda each: (each.starts, each.key))
