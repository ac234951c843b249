# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Pages of watches: all with how right each was and how much work it made; one with what is open, why, and silences."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bihuan.documents.forms.catalogue import all_forms
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.indicator_files import every_edition
from bihuan.loop.kernel.model import Text
from bihuan.subjects.catalogue import subject_types
from bihuan.watches import silences
from bihuan.watches.catalogue import UnknownWatch, Watch, current_catalogue
from bihuan.watches.showing import watch_shown, watches_shown

WORDS = {
    "title": Text("监看", "Watches"),
    "lead": Text("按规则查看全部对象；一事一案，逐条说明依据，并公布准确率和工作量。", "Declared rules over everything; one incident, one case, with its reasons, how often it was right and how much work it made."),
    "watch": Text("规则", "Watch"),
    "over": Text("查看对象", "Looks at"),
    "why": Text("何时成立", "Holds when"),
    "open": Text("当前", "Open"),
    "cases": Text("立案", "Cases"),
    "reminders": Text("提醒", "Reminders"),
    "right": Text("准确", "Right"),
    "confirmed": Text("属实", "Confirmed"),
    "false": Text("不实", "Wrong"),
    "unknown": Text("未定", "Unknown"),
    "acts": Text("人工操作", "Acts of people"),
    "subject": Text("对象", "Subject"),
    "opened": Text("发现", "Found"),
    "ended": Text("结束", "Ended"),
    "case": Text("案件", "Case"),
    "facts": Text("依据", "Facts"),
    "silences": Text("静默", "Silences"),
    "until": Text("至", "Until"),
    "reason": Text("理由（公开）", "Reason (published)"),
    "only": Text("对象编码（空：全部）", "Key of a subject (empty: all)"),
    "silence": Text("设为静默", "Keep quiet"),
    "lift": Text("解除", "Lift"),
    "none": Text("没有。", "Nothing."),
    "aside": Text("未启用的声明", "Declarations that were set aside"),
    "inactive": Text("未启用", "not active"),
}  # fmt: skip
HOW = {
    "cleared": Text("已消除", "cleared"),
    "retracted": Text("已撤回", "retracted"),
    "": Text("", ""),
}


@requires("cockpit")
def list_page(request: HttpRequest) -> HttpResponse:
    """Every watch. Source: docs/topics/watches.md, "How right, how much work"."""
    told = watches_shown(world(request).registers.district.code)
    spoken = Spoken()
    rows = [_row(each, spoken) for each in told["watches"]]
    problems = [f"{each['file']}:{each['line']} {each['field']}: {each['what']}" for each in told["problems"]]
    context = {"words": _words(), "rows": rows, "silences": told["silences"], "problems": problems}
    return render(request, "faces/work/watches.html", context)


@requires("cockpit")
def one_page(request: HttpRequest, name: str) -> HttpResponse:
    """One watch. Source: docs/topics/watches.md, "Why"."""
    here = world(request)
    watch = _watch(name)
    told, spoken = watch_shown(here.registers.district.code, watch), Spoken()
    context = {
        "words": _words(), "watch": _row(told, spoken), "name": say(watch.declared.name), "silences": told["silences"],
        "about": say(watch.declared.about) if watch.declared.about else "", "incidents": [incident_line(each, spoken) for each in told["incidents"]],
        "may_silence": here.actor.may("dispatch"), "citation": watch.declared.citation,
    }  # fmt: skip
    return render(request, "faces/work/watch.html", context)


@requires("cockpit", may="dispatch")
@require_POST
def silence(request: HttpRequest, name: str) -> HttpResponse:
    """Keep a watch quiet until the end of a day, or lift a silence. Source: docs/topics/watches.md, "Silences"."""
    here, watch = world(request), _watch(name)
    district, lifted = here.registers.district.code, request.POST.get("lift", "")
    try:
        if lifted:
            silences.lift(district, UUID(lifted), here.actor.id[:80], here.now)
        else:
            until = datetime.combine(datetime.fromisoformat(request.POST.get("until", "")).date(), time.max, here.zone)
            subject, reason = request.POST.get("subject", "").strip()[:420], request.POST.get("reason", "")
            silences.silence(watch, district, subject, until, reason, here.actor.id[:80], here.now)
    except silences.NotSilenced as fault:
        messages.error(request, fault.message)
    except ValueError:
        messages.error(request, _("Not a date."))
    return redirect("watches-one", name=name)


class Spoken:
    """Names of fields, types, forms, watches and indicators as people call them, gathered once for a page."""

    def __init__(self) -> None:
        watches, self._types, self._forms = current_catalogue().watches, subject_types(), all_forms()
        words = {name: say((each.declared.name.zh, each.declared.name.en)) for name, each in watches.items()}
        words |= {each.id: say(each.name) for each in every_edition()}
        self._words = {name: word for name, word in words.items() if "_" in name}
        self._words |= {name: say((each.form.name.zh, each.form.name.en)) for name, each in self._forms.items()}
        self._words |= {each.id: say(each.name) for each in self._types.values()}
        self._over: dict[str, tuple[dict[str, str], re.Pattern[str]]] = {}

    def __call__(self, text: str, over: str) -> str:
        """A sentence with those names in it; `over`: the type or form whose fields it speaks of."""
        if over not in self._over:
            self._over[over] = self._named(over)
        words, pattern = self._over[over]
        return pattern.sub(lambda found: words[found[1]], text)

    def _named(self, over: str) -> tuple[dict[str, str], re.Pattern[str]]:
        kind, form, words = self._types.get(over), self._forms.get(over), dict(self._words)
        for fields in (kind.fields if kind is not None else {}, form.form.fields if form is not None else {}):
            words |= {name: say((rule.name.zh, rule.name.en)) for name, rule in fields.items()}
        named = "|".join(re.escape(name) for name in sorted(words, key=len, reverse=True))
        return words, re.compile(rf"(?<![\w-])({named})(?![\w-])")


def _row(told: dict[str, Any], spoken: Spoken) -> dict[str, Any]:
    interval = told["interval"]
    right = f"{told['right']} [{interval['low']}, {interval['high']}]" if interval else "–"
    return told | {
        "url": reverse("watches-one", args=[told["watch"]]), "title": say((told["name"]["zh"], told["name"]["en"])),
        "holds": spoken(say((told["why"]["zh"], told["why"]["en"])), told["over"]), "precision": right,
        "over": spoken(told["over"], ""),
    }  # fmt: skip


def incident_line(told: dict[str, Any], spoken: Spoken) -> dict[str, Any]:
    """An incident as a line of a page: subject, facts in words, since when, how it ended."""
    facts = [
        f"{spoken(each['what'].rpartition('.')[2], each['what'].partition('.')[0])} = {each.get('value')} "
        f"({each.get('source', '-')})"
        for each in told["facts"]
    ]
    subject = f"{told['subject']} {told['part']}".strip()
    ended = f"{say(HOW.get(told['how'], HOW['']))} {told['ended'][:16]}" if told["ended"] else ""
    return told | {"name": subject, "told": "; ".join(facts), "over": ended, "found": told["opened"][:16]}


def _watch(name: str) -> Watch:
    try:
        return current_catalogue().get(name)
    except UnknownWatch:
        raise Http404(_("There is nothing of that name.")) from None


def _words() -> dict[str, str]:
    return {name: say(each) for name, each in WORDS.items()}
