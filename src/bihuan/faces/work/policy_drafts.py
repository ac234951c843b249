# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""A draft policy before it is issued: written or changed on the page, judged over the register of any day, never kept.

For whoever works on the programme that declares the policy, and for whoever opens the cockpit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from bihuan.books.balances import balances
from bihuan.books.catalogue import all_books
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.subjects.catalogue import subject_type

if TYPE_CHECKING:
    from bihuan.entitlements.foreseeing import Foreseen, ForeseenMove
    from bihuan.entitlements.pure.declared import PolicyFile

LONGEST, SHOWN, BY = 64_000, 30, ("street", "size")
WORDS = {
    "title": Text("政策草案测算", "What a draft would do"),
    "lead": Text("按某一日的登记数据测算草案：多少企业、多少资金、谁增谁减、哪些事项未登记。测算不留存，不改变现行政策。", "A draft is judged over the register of a day: how many, how much, who gains and loses, what is not registered. Nothing is kept and nothing in force changes."),
    "at": Text("测算日（可填上一年度的日期）", "Register as of (a day of last year, too)"), "text": Text("政策草案", "The draft"), "run": Text("测算", "Work it out"),
    "yes": Text("符合", "Entitled"), "no": Text("不符合", "Not entitled"), "unknown": Text("尚不能确定", "Not known"), "fen": Text("将支出（元）", "Would be paid (CNY)"),
    "most": Text("若不能确定的全部符合（元）", "If all not known were entitled (CNY)"), "sizeless": Text("符合但金额未知", "Entitled, amount not known"),
    "left": Text("预算科目余额（元）", "Left in its budget line (CNY)"), "over": Text("超出余额", "More than is left"), "used": Text("现行版将支出（元）", "The edition in use pays (CNY)"),
    "missing": Text("未登记的事项", "Not registered"), "field": Text("事项", "Field"), "subjects": Text("企业数", "Firms"),
    "street": Text("按街镇", "By sub-district"), "size": Text("按规模", "By size"), "value": Text("分组", "Group"), "amount": Text("金额（元）", "Amount (CNY)"),
    "gains": Text("增加的", "Who gains"), "losses": Text("减少的", "Who loses"), "firm": Text("企业", "Firm"), "before": Text("现行（元）", "In use (CNY)"), "after": Text("草案（元）", "Draft (CNY)"),
    "unsure": Text("草案下尚不能确定", "not known by the draft"), "none": Text("没有。", "None."), "most_shown": Text("按差额列出前三十家。", "The thirty largest differences."), "policy": Text("现行政策", "The policy in use"),
}  # fmt: skip


@requires(may="work")
@never_cache
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """The declaration in use as a draft to change, and what it would do.

    Raises:
        Http404: nobody declares the policy. PermissionDenied: it is another programme's.

    Source: docs/topics/entitlements.md, "Drafts"; docs/adr/0398
    """
    from bihuan.entitlements.catalogue import all_policies, file_of, programme_of

    here, used = world(request), all_policies().get(key)
    if used is None:
        raise Http404(_("There is nothing of that name."))
    programme = programme_of(key)
    if not _may_draft(here, programme):
        raise PermissionDenied
    text = request.POST.get("text", "")[:LONGEST] if request.method == "POST" else file_of(key).read_text("utf-8")
    asked = request.POST.get("at", "")
    context: dict[str, Any] = {"words": {name: say(each) for name, each in WORDS.items()}, "policy": used, "text": text}
    context["errors"] = errors = dict[str, str]()
    day = _day(asked, here, errors)
    context["at"] = asked or day.isoformat()
    if request.method == "POST" and not errors:
        changed = _read(text, key, errors)
        if changed is not None:
            context["told"] = _told(here, changed, used, day, programme)
    return render(request, "faces/work/policy_draft.html", context, status=422 if errors else 200)


def _may_draft(here: World, programme: str) -> bool:
    """Whoever opens the cockpit, or acts in a role that the programme declares."""
    roles = [here.actor.role(each) for each in here.actor.roles]
    return here.actor.opens("cockpit") or any(
        role and role.programme == programme and "act" in role.may for role in roles
    )


def _day(asked: str, here: World, errors: dict[str, str]) -> date:
    today = here.now.astimezone(here.zone).date()
    if not asked:
        return today
    try:
        return date.fromisoformat(asked)
    except ValueError:
        errors["at"] = say(Text("日期写作 2026-03-31。", "A day is written 2026-03-31."))
        return today


def _read(text: str, key: str, errors: dict[str, str]) -> PolicyFile | None:
    """The draft; every fault with its line in `errors`."""
    from bihuan.entitlements.catalogue import draft_problems
    from bihuan.entitlements.pure.declared import read_policy

    with tempfile.TemporaryDirectory(prefix="bihuan-draft-") as folder:
        file = Path(folder) / f"{key}.yaml"
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
        document = Document(file, f"{key}.yaml")
        try:
            found = read_policy(document)
            problems = list(draft_problems(found, document))
        except DeclarationError as error:
            problems = list(error.problems)
    if problems:
        errors["text"] = "\n".join(str(each) for each in problems)
        return None
    return found


def _told(here: World, changed: PolicyFile, used: PolicyFile, day: date, programme: str) -> dict[str, Any]:
    from bihuan.entitlements.foreseeing import foresee

    district = here.registers.district.code
    with in_district(district):
        found = foresee(changed, used, district, day, programme, BY)
        now = foresee(used, None, district, day, programme, ())
        left = _left(changed)
    kind = subject_type(changed.over)
    return {
        "counts": [(say(WORDS[name]), found.counts[name]) for name in ("yes", "unknown", "no")],
        "fen": _yuan(found.fen), "most": _yuan(found.most), "sizeless": found.sizeless, "used": _yuan(now.fen),
        "left": _yuan(left), "over": left is not None and (found.most or found.fen) > left,
        "missing": [(say(kind.fields[name].name) if name in kind.fields else name, count) for name, count in found.missing],
        "by": _by(found), "gains": _rows(found.gains), "losses": _rows(found.losses),
        "gains_all": len(found.gains), "losses_all": len(found.losses),
    }  # fmt: skip


def _by(found: Foreseen) -> list[tuple[str, list[tuple[str, int, str]]]]:
    return [
        (say(WORDS[name]), [(value or "–", count, _yuan(fen)) for value, (count, fen) in told.items()])
        for name, told in found.by.items()
    ]


def _rows(moved: Sequence[ForeseenMove]) -> list[tuple[str, str, str, bool]]:
    return [(each.key, _yuan(each.before), _yuan(each.after), each.unsure) for each in moved[:SHOWN]]


def _left(changed: PolicyFile) -> int | None:
    """What the draft's budget line still holds, fen; None where the book keeps no such account."""
    book = all_books().get(changed.budget.book)
    kind = book.book.entries.get(changed.budget.entry) if book else None
    names = {line.credit for line in kind.lines if line.credit} if kind else set()
    held = balances(changed.budget.book) if names else []
    mine = [each.balance for each in held if each.account in names and each.subject == changed.budget.line]
    return mine[0] if mine else None


def _yuan(fen: int | None) -> str:
    return "–" if fen is None else f"{fen / 100:,.2f}"
