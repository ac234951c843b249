"""The public list of what a gate admits, and what entered and left it between two days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.world import World, world
from bihuan.loop import admissions
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.programmes import all_programmes

USUAL_DAYS = 30
WORDS = {
    "title": ("准入清单变动", "Changes of the list of admissions"),
    "lead": ("按两日日终时有效的清单比较。", "Compares the lists in effect at the end of two days."),
    "from": ("起始日", "From"), "to": ("截止日", "To"), "compare": ("比较", "Compare"),
    "entered": ("新进入", "Entered"), "left": ("退出", "Left"), "stayed": ("未变", "Unchanged"),
    "none": ("无", "Nothing"), "number": ("编号", "Number"), "unit": ("申请单位", "Applicant"),
    "since": ("生效", "Since"), "until": ("有效期至", "Until"), "how": ("退出原因", "How it ended"),
}  # fmt: skip
HOW = {"revoked": ("撤销", "Revoked"), "expired": ("到期", "Expired"), None: ("到期", "Expired")}


def changes(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """What entered and left between `?from=` and `?to=` (default: the last thirty days); 422 for days that are none.

    Raises:
        Http404: there is no such programme, or the case type is no gate.

    Source: docs/topics/faces.md, "The list of a gate".
    """
    here = world(request)
    programme = all_programmes().get(key)
    rules = programme.cases.get(kind) if programme else None
    if programme is None or rules is None or rules.shape != "gate":
        raise Http404(_("There is no programme %(key)s.") % {"key": key})
    today = here.now.astimezone(here.zone).date()
    asked = request.GET.get("from") or str(today - timedelta(days=USUAL_DAYS)), request.GET.get("to") or str(today)
    context: dict[str, Any] = {
        "programme": programme,
        "rules": rules,
        "kind": kind,
        "first": asked[0],
        "last": asked[1],
    }
    context["words"] = {name: say(text) for name, text in WORDS.items()}
    try:
        found = admissions.difference(key, kind, date.fromisoformat(asked[0]), date.fromisoformat(asked[1]), here.zone)
    except ValueError:
        context["error"] = say(("请填写两个日期，起始日在前。", "Give two days, the earlier one first."))
        return render(request, "faces/public/admitted.html", context, status=422)
    context["stayed"] = found.stayed
    context["heads"] = [say(label) for label in rules.gate.requires.values()] if rules.gate else []
    listed = (("entered", found.entered), ("left", found.left))
    context["lists"] = [(name, say(WORDS[name]), [_row(here, rules, each) for each in rows]) for name, rows in listed]
    return render(request, "faces/public/admitted.html", context)


def _row(here: World, rules: CaseType, each: admissions.Admission) -> dict[str, Any]:
    """One line; of the form only what the gate declares as required, which is never personal."""
    return {
        "number": each.number,
        "unit": here.names.unit(each.unit),
        "item": [each.item.get(name, "") for name in (rules.gate.requires if rules.gate else {})],
        "since": moment(each.since),
        "until": moment(each.until),
        "how": say(HOW[each.ended_by]),
    }
