"""The call-back desk: whom to ask next, the script, the answers; and whether this person is independent."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.faces.parts import acting
from bihuan.faces.parts.lists import ListOrder, filtered, page_of, question, tally
from bihuan.faces.parts.names import rules_of
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.reporting import may_reveal, reveal_report, unseen
from bihuan.faces.parts.world import World, world
from bihuan.faces.work import locks
from bihuan.faces.work.case import page as case_page
from bihuan.loop.kernel.model import Case
from bihuan.loop.models import CaseRow
from bihuan.loop.scripts import questions
from bihuan.loop.store import history, visible_to
from bihuan.registers.pure.errors import RegisterError

NEXT = ListOrder(("next_attempt_at", "deadline", "id"))
"""Whose time has come first; who has never been asked comes after those that were promised a time."""


@requires("callback")
def queue(request: HttpRequest) -> HttpResponse:
    """Cases that wait to be asked about: those whose time has come first.

    Source: docs/topics/faces.md (`/callback/`: whom to ask now, script, attempts, independence); docs/adr/0233.
    """
    here = world(request)
    return render(request, "faces/work/callback.html", listing(here, request))


def listing(here: World, request: HttpRequest) -> dict[str, Any]:
    """The queue as template context.

    Source: docs/topics/faces.md (`/callback/`: whom to ask now, script, attempts, independence); docs/adr/0233.
    """
    waiting = visible_to(here.actor).filter(state="verifying", ended_at__isnull=True)
    lists = {
        "ready": [waiting.filter(next_attempt_at__lte=here.now), waiting.filter(next_attempt_at__isnull=True)],
        "later": [waiting.filter(next_attempt_at__gt=here.now)],
    }
    which = request.GET.get("list", "ready")
    asked = question(request.GET)
    streams = () if asked else [filtered(part, request.GET) for part in lists.get(which, lists["ready"])]
    cases = filtered(visible_to(here.actor), request.GET)
    counts = tally({**lists, "chosen": streams or (cases,)})
    return {
        "page": page_of(cases, request.GET.get("page"), streams=streams, order=NEXT, total=counts["chosen"]),
        "names": here.names,
        "now": here.now,
        "which": "" if asked else which,
        "searched": asked,
        "counts": counts,
        "q": request.GET.get("q", ""),
    }


@requires("callback")
def call(request: HttpRequest, number: str) -> HttpResponse:
    """One call: what to say, what to ask, what the reporter already answered online.

    Raises:
        Http404: there is no such case that this person may see.

    Source: docs/topics/faces.md (`/callback/`: whom to ask now, script, attempts, independence); docs/adr/0233.
    """
    here = world(request)
    row = acting.row_of(here, number)
    if row is None:
        raise Http404(_("There is no case %(number)s that you may see.") % {"number": number})
    kept = locks.take_lock(acting.case_id(row), here.registers.district.code, here.actor.id, here.now)
    context = {**listing(here, request), **case_page(here, row)}
    case = context["case"]
    _programme, rules = rules_of(case.programme, case.kind)
    relation = (
        here.facts.dependent(here.actor, case, list(rules.verify.independent_of), here.now)
        if rules and rules.verify
        else None
    )
    forms = acting.forms_for(here, case, only=("verify", "attempt", "note", "reopen"))
    answered = online_answer(row)
    context |= {
        "relation": relation,
        "attempts": rules.verify.attempts.max if rules and rules.verify else 0,
        "questions": questions(rules.verify.script if rules and rules.verify else None),
        "answered": answered,
        "forms": acting.refill(forms, "verify", {}, answered),
        "next": reverse("callback"),
        "mine": kept,
        "reveal_here": True,
    }
    if request.method == "POST":
        context |= _revealed(here, case, request.POST.get("purpose", "").strip())
    return render(request, "faces/work/callback_case.html", context, status=422 if context.get("errors") else 200)


def _revealed(here: World, case: Case, purpose: str) -> dict[str, Any]:
    """The number beside the form that records the answer; the look is logged as on the case page."""
    if not may_reveal(here.actor, case):
        return {"errors": {"form": _("Your role never sees who reported.")}}
    try:
        return {"identities": reveal_report(here, case.id, purpose)}
    except RegisterError as error:
        return {"errors": {"purpose": unseen(error)}}


def online_answer(row: CaseRow) -> dict[str, str]:
    """What the reporter answered online in this round of handling, or nothing.

    Source: docs/adr/0050 (8, the desk finds its form filled with the reporter's answer)
    """
    answer: dict[str, str] = {}
    for event in history(acting.case_id(row), private=row.words_seen):
        if event.kind == "submitted":
            answer = {}
        if event.private and "answer" in event.private:
            answer = dict(event.private["answer"])
    return answer
