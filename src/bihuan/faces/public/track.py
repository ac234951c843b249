"""Following one's own report without an account: number and access code open it in this browser."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.faces.parts import acting, media, words
from bihuan.faces.parts.forms import ActionForm, build_form
from bihuan.faces.parts.language import say
from bihuan.faces.parts.letters import WORDS as LETTER_WORDS
from bihuan.faces.parts.options import Options
from bihuan.faces.parts.people import acts
from bihuan.faces.parts.ring import ring_of
from bihuan.faces.parts.story import public_story
from bihuan.faces.parts.told import HEADING, OFFERED, told_to_reporter
from bihuan.faces.parts.world import World, world
from bihuan.faces.public.received_letters import letters_of_report
from bihuan.intake import access
from bihuan.loop import erasing
from bihuan.loop.actors import reporter_of
from bihuan.loop.kernel.actions import Action
from bihuan.loop.kernel.fields import RESULTS, SATISFIED
from bihuan.loop.kernel.model import Actor, Case, Data
from bihuan.loop.merging import root_of, told_apart
from bihuan.loop.models import CaseRow, ReportRow
from bihuan.loop.store import get_case, visible_to
from bihuan.loop.store.read import course
from bihuan.registers.pure.ids import new_id
from bihuan.server import limits

OWN = ("urge", "supplement", "withdraw")
ADDS = ("supplement", "withdraw")  # what a reporter still does whose report is handled in a restricted case
ANSWERS = ("solved", "partly", "unsolved")


def track(request: HttpRequest) -> HttpResponse:
    """Ask for number and access code.

    Source: docs/adr/0050 (7, the session holds the id of the report, not the code)
    """
    world(request)
    number = request.POST.get("number", request.GET.get("number", "")).strip()
    errors: dict[str, str] = {}
    if request.method == "POST":
        if (found := access.find_report(number, request.POST.get("code", ""))) is None:
            errors["code"] = _("Number and code do not belong together. Check both on your receipt.")
        else:
            request.session["report"] = str(found.id)
            return redirect("my-report")
    return render(
        request, "faces/public/track.html", {"number": number, "errors": errors}, status=422 if errors else 200
    )


def my_report(request: HttpRequest) -> HttpResponse:
    """The reporter's own view of the case.

    Source: docs/adr/0050 (7, the session holds the id of the report, not the code)
    """
    here = world(request)
    report = _report(request)
    return redirect("track") if report is None else _page(request, here, report, {})


@acts("my-report")
def act(request: HttpRequest, command: str) -> HttpResponse:
    """Urge, add, withdraw or reopen, as the reporter.

    Raises:
        Http404: a reporter cannot do that.

    Source: docs/topics/faces.md (`/track/`: urge, add, withdraw, ask for second handling)
    """
    here = world(request)
    report = _report(request)
    if report is None:
        return redirect("track")
    case, mine = _handled(here, report)
    if command not in (ADDS if told_apart(case, report.case_id) else (*OWN, "reopen")):
        raise Http404(_("A reporter cannot do that."))
    errors = acting.send_form(request, mine, case, command)
    if errors:
        return _page(request, here, report, errors)
    messages.success(request, _("Recorded: %(what)s") % {"what": words.command(command)})
    return redirect("my-report")


@acts("my-report")
def answer(request: HttpRequest) -> HttpResponse:
    """The reporter's own answer whether it is solved; the call-back desk finds it there and records the result.

    Source: docs/adr/0050 (8, the reporter judges, the independent desk signs)
    """
    here = world(request)
    report = _report(request)
    if report is None:
        return redirect("track")
    case, mine = _handled(here, report)
    if told_apart(case, report.case_id):
        raise Http404(_("A reporter cannot do that."))
    result, satisfied = request.POST.get("result", ""), request.POST.get("satisfied", "")
    contacted = request.POST.get("contacted", "")
    if result not in ANSWERS or satisfied not in SATISFIED or contacted not in ("yes", "no"):
        return _page(request, here, report, {"survey": _("Please answer all three questions.")})
    told = [
        f"{_('Is the matter solved?')} {say(RESULTS[result])}",
        f"{_('Satisfied with the handling?')} {say(SATISFIED[satisfied])}",
        f"{_('Did the unit contact you?')} {_('Yes') if contacted == 'yes' else _('No')}",
    ]
    spoken = "\n".join([*told, request.POST.get("text", "").strip()]).strip()
    private = {"text": spoken, "answer": {"result": result, "satisfied": satisfied, "contacted": contacted}}
    action = next((a for a in acting.allowed(mine, case) if a.command == "supplement" and a.possible), None)
    if action is None:
        return _page(request, here, report, {"form": _("The case has ended; reopen it if it is not solved.")})
    errors = acting.append_command(mine, case, action, {}, private, f"answer:{report.id}:{case.reopens}")
    if errors:
        return _page(request, here, report, errors)
    messages.success(request, _("Thank you. The call-back desk has your answer."))
    return redirect("my-report")


@acts("my-report")
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """Ask for what was said and shown to be erased: a request that a person decides, never an act of the house.

    Source: 个人信息保护法第四十七条; docs/topics/operations.md, "Erasure on request".
    """
    here = world(request)
    report = _report(request)
    if report is None:
        return redirect("track")
    case = _case(report)
    if seconds := limits.seconds_to_wait(limits.ERASURES, str(report.id)):
        asked = _("You have asked several times; please wait %(minutes)d minutes.") % {"minutes": -(-seconds // 60)}
        return _page(request, here, report, {"form": asked}, 429)
    try:
        erasing.ask_as_reporter(case.id, _actor(report), here.registers.district.code, here.now)
    except erasing.ErasureRefused as error:
        return _page(request, here, report, {"form": f"{say(error.text)} · {say(error.what_to_do)}"})
    messages.success(request, _("Your request is with the staff; this page shows what becomes of it."))
    return redirect("my-report")


def proof_file(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """One photograph that proves the handling of the report followed in this browser.

    Source: docs/topics/faces.md ("Proof": residents see what proves)
    """
    world(request)
    report = _report(request)
    if report is None:
        return redirect("track")
    root = _together(case := _case(report)) or case
    size = 320 if request.GET.get("size") == "320" else 1600
    shown = any(item["sha256"] == sha256 for item in _proof(root))
    return media.response(media.of_case(root.id).filter(sha256=sha256).first() if shown else None, size)


@acts("portal")
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the report in this browser. Source: docs/adr/0050 (7)."""
    for name in ("report", "receipt"):
        request.session.pop(name, None)
    return redirect("portal")


def _page(
    request: HttpRequest, here: World, report: ReportRow, errors: dict[str, str], status: int = 422
) -> HttpResponse:
    case, mine = _case(report), _as(here, report)
    first = ReportRow.objects.filter(case_id=case.id).order_by("received_at", "id").values_list("id", flat=True).first()
    events = course(case.id, words=True)  # `public_story` shows the own ones and those addressed to reporters
    together = _together(case)
    entries = public_story(case, events, here.names, mine.actor.id, first=first == report.id)
    if together:
        entries += public_story(together, course(together.id, words=True), here.names, mine.actor.id, first=False)
    live, mine = _handled(here, report)
    apart = told_apart(live, case.id)
    allowed = {a.command: a for a in acting.allowed(mine, live) if not apart or a.command in ADDS}
    spoken = course(live.id, words=True) if live.id != case.id else events
    claimed = max((e.version for e in spoken if e.kind == "submitted"), default=0)
    answered = any(e.version > claimed and e.actor == mine.actor.id and "answer" in (e.private or {}) for e in spoken)
    asking = live.state == "verifying" and not answered and not apart
    told, offered = told_to_reporter(here, case)
    context = {
        "told": told,
        "offered": offered,
        "told_words": {"heading": HEADING, "offered": OFFERED},
        "letters": letters_of_report(report.id),
        "letters_heading": LETTER_WORDS["your_letters"],
        "case": case,
        "names": here.names,
        "now": here.now,
        "ring": ring_of(together or case),
        "together": together,
        "apart": apart,
        "proof": _proof(together or case),
        "timeline": sorted(entries, key=lambda entry: entry.at, reverse=True),
        "holder": here.names.holder(case.holder.id, case.holder.kind) if case.holder else "",
        "title": _title(case) if first == report.id else "",
        "ask": allowed.get("reopen") if live.state == "closed" else None,
        "survey": _survey() if asking else None,
        "forms": [_form(allowed[c]) for c in OWN if c in allowed and allowed[c].possible],
        "key": str(new_id()),
        "errors": errors,
        "erasure": erasing.asked_by_reporter(case.id, _actor(report)),
    }  # fmt: skip
    return render(request, "faces/public/my_report.html", context, status=status if errors else 200)


def _together(case: Case) -> Case | None:
    """The case a merged report is handled in; its course is the answer to every reporter who was joined to it."""
    parent = get_case(root_of(case.id)) if case.state == "merged" and case.parent else None
    return None if parent is None or told_apart(parent, case.id) else parent


def _proof(case: Case) -> list[Data]:
    """The pictures by which the unit claims completion, once it has claimed; the resident judges by them too."""
    claimed = case.state in ("verifying", "closed")
    return [item for item in case.evidence if claimed and item.get("type") == "photo"]


def _title(case: Case) -> str:
    return CaseRow.objects.filter(pk=case.id).values_list("heading", flat=True).first() or ""


def _survey() -> dict[str, object]:
    return {"results": [(result, RESULTS[result]) for result in ANSWERS], "satisfied": list(SATISFIED.items())}


def _form(action: Action) -> ActionForm:
    label = words.command(action.command)
    return build_form(action, reverse("my-report-act", args=[action.command]), label, Options(), str(new_id()))


def _report(request: HttpRequest) -> ReportRow | None:
    key = request.session.get("report")
    return ReportRow.objects.filter(pk=UUID(key)).first() if key else None


def _case(report: ReportRow) -> Case:
    """The case a report belongs to; a merged one is followed as itself, its parent is named in the story."""
    case = get_case(UUID(str(report.case_id)))
    if case is None or not visible_to(_actor(report)).filter(pk=case.id).exists():
        raise Http404(_("This report is not available."))
    return case


def _actor(report: ReportRow) -> Actor:
    return reporter_of(UUID(str(report.id)), UUID(str(report.case_id)))


def _handled(here: World, report: ReportRow) -> tuple[Case, World]:
    """The case in which the report is handled, however often merged, and its reporter as one who may act there."""
    own = _case(report)
    root = get_case(root_of(own.id)) or own
    actor = reporter_of(UUID(str(report.id)), root.id)
    return root, World(actor, here.registers, here.now)


def _as(here: World, report: ReportRow) -> World:
    return World(_actor(report), here.registers, here.now)
