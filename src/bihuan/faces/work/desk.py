"""The operator's desk: the queue with presence, one case at a time, answers, merging, caller look-up, shift notes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.faces.models import DeskLock, SavedView, ShiftNote
from bihuan.faces.parts import acting, drafts, reporting
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.lists import FILTERS, ListPage, by_deadline, filtered, page_of, question, tally
from bihuan.faces.parts.options import Options, category_groups, streets
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import World, world
from bihuan.faces.work import locks
from bihuan.faces.work.callers import cases_of_caller
from bihuan.faces.work.case import page as case_page
from bihuan.faces.work.offer_panel import likely_repeated, panel_of
from bihuan.faces.work.suggestions import articles_for, duty_of, similar
from bihuan.intake.access import code_of
from bihuan.intake.models import Surge
from bihuan.loop.kernel.fields import RESTRICTIONS
from bihuan.loop.kernel.model import Case
from bihuan.loop.merging import merge_orders, split_orders
from bihuan.loop.models import CaseRow, StuckRow
from bihuan.loop.store import append, get_case, visible_to
from bihuan.loop.store.read import case_of
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.phones import PhoneError
from bihuan.suggestions import answers as answers_of
from bihuan.suggestions.drafts import Kind

QUEUES = {"received": ("received",), "arbitration": ("arbitration",), "out": ("dispatched", "in_progress")}
HOTLINE_CHANNELS = ("hotline", "visit", "mail", "inspector")


@requires("desk")
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for the desk, most pressing first. Source: docs/topics/faces.md (`/desk/`); docs/adr/0233."""
    here = world(request)
    return render(request, "faces/work/desk.html", listing(here, request))


def listing(here: World, request: HttpRequest) -> dict[str, Any]:
    """The queue with its filters, presence, saved views, notes and alarms, as template context.

    Source: docs/topics/faces.md (`/desk/`); docs/adr/0233.
    """
    which = request.GET.get("queue", "received")
    asked = question(request.GET)
    seen = visible_to(here.actor)
    found = filtered(seen, request.GET)
    streams = () if asked else _queue(found, which)
    queues = {name: _queue(seen, name) for name in QUEUES}
    counts = tally({**queues, "chosen": streams or (found,), "stuck": (StuckRow.objects.all(),)})
    listed = page_of(_marked(here, found), request.GET.get("page"), streams=streams, total=counts["chosen"])
    notes = _notes(here)
    here.names.know([*(line.editor_id for line in listed.lines), *(note.author for note in notes)])
    _mark(here, listed)
    kept = {k: v for k, v in request.GET.items() if k in (*FILTERS, "q", "queue") and v}
    return {
        "page": listed,
        "names": here.names,
        "now": here.now,
        "which": "" if asked else which,
        "searched": asked,
        "counts": counts,
        "query": f"?{urlencode(kept)}" if kept else "",
        "asked": kept,
        "views": SavedView.objects.filter(owner=here.actor.id).order_by("name"),
        "notes": [{"text": n.text, "at": n.written_at, "by": here.names.person(n.author)} for n in notes],
        "stuck": counts["stuck"],
        "surges": Surge.objects.filter(seen_at__isnull=True).order_by("-raised_at")[:3],
        "streets": streets(here.names),
    }


@requires("desk")
@acts("desk")
def claim_next(request: HttpRequest) -> HttpResponse:
    """Take the most pressing case that nobody else has open.

    Source: docs/adr/0050 (5, presence is a row with an expiry)
    """
    here = world(request)
    (received,) = _queue(visible_to(here.actor), "received")
    waiting = list(by_deadline(received).values_list("id", flat=True)[: locks.MOST_PASSED_OVER])
    taken = locks.take_first(waiting, here.registers.district.code, here.actor.id, here.now)
    if taken is None:
        messages.success(request, _("Nothing is waiting that nobody else has open."))
        return redirect("desk")
    return redirect("desk-case", CaseRow.objects.values_list("number", flat=True).get(pk=taken))


@requires("desk")
def work(request: HttpRequest, number: str) -> HttpResponse:
    """One case beside the queue: the lock is taken, suggestions are ready.

    Source: docs/topics/faces.md (`/desk/`); docs/adr/0233.
    """
    here = world(request)
    row = row_or_404(here, number)
    mine = locks.take_lock(acting.case_id(row), here.registers.district.code, here.actor.id, here.now)
    context = {**listing(here, request), **case_page(here, row)}
    case = context["case"]
    found = articles_for(here, case, request.GET.get("ask") or row.title)
    offered = Options(articles=[("", "—"), *((str(hit.article.id), _title(hit.article)) for hit in found)])
    context |= {
        "forms": acting.forms_for(here, case, articles=offered),
        "mine": mine,
        "editor": "" if mine else _editor(here, acting.case_id(row)),
        "duty": duty_of(here, case),
        "articles": found,
        "candidates": similar(here, row),
        "next": reverse("desk"),
        "may_split": case.state == "merged",
        "panel": panel_of(here, case),
    }
    return render(request, "faces/work/desk_case.html", context)


@requires("desk")
@acts("desk-case", "number")
def heartbeat(request: HttpRequest, number: str) -> HttpResponse:
    """Still working on it: 200 keeps the lock, 409 says that somebody else has it now.

    Source: docs/adr/0050 (5, presence is a row with an expiry)
    """
    here = world(request)
    row = row_or_404(here, number)
    kept = locks.take_lock(acting.case_id(row), here.registers.district.code, here.actor.id, here.now)
    return JsonResponse({"kept": kept}, status=200 if kept else 409)


@requires("desk")
def answers(request: HttpRequest, number: str) -> HttpResponse:
    """Articles that answer what the caller asks (a fragment for htmx)."""
    here = world(request)
    row = row_or_404(here, number)
    found = articles_for(here, case_of(row.fold), request.GET.get("ask", ""))
    return render(request, "faces/parts/articles.html", {"articles": found})


@requires("desk")
@acts("desk-case", "number")
def merge(request: HttpRequest, number: str) -> HttpResponse:
    """Join this case to the chosen parent, or split it off again. Source: docs/topics/kernel.md, "Merged reports"."""
    here = world(request)
    row = row_or_404(here, number)
    child = case_of(row.fold)
    if request.POST.get("split"):
        orders = split_orders(child, here.actor, here.now)
    else:
        parent = get_case(request.POST.get("parent", "").strip())
        if parent is None or not visible_to(here.actor).filter(pk=parent.id).exists():
            messages.error(request, _("There is no such parent case that you may see."), extra_tags="bad")
            return redirect("desk-case", number)
        orders = merge_orders(child, parent, here.actor, here.now)
    refused = next((r.refusal for r in append(orders, facts=here.facts) if r.refusal), None)
    if refused:
        messages.error(request, say(refused.text), extra_tags="bad")
        return redirect("desk-case", number)
    _answered(here, child, split=bool(request.POST.get("split")))
    messages.success(request, _("Done. Every reporter is kept."))
    return redirect("desk")


@requires("desk")
def new(request: HttpRequest) -> HttpResponse:
    """Enter what a caller says; the caller gets number and access code read out.

    Source: docs/topics/faces.md ("Once")
    """
    here = world(request)
    given = request.POST or drafts.words_for(request)
    sent = {name: given.get(name, "") for name in reporting.FIELDS}
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = reporting.check(sent, 0)
        if not errors:
            channel = request.POST.get("channel", "hotline")
            restricted = request.POST.get("restricted") or None
            receipt, errors = reporting.send_report(
                here, sent, [], channel=channel if channel in HOTLINE_CHANNELS else "hotline",
                restricted=restricted if restricted in RESTRICTIONS else None,
            )  # fmt: skip
            if receipt is not None and receipt.report is not None:
                said = _("Read out to the caller: number %(number)s, access code %(code)s")
                messages.success(request, said % {"number": receipt.number, "code": code_of(receipt.report)})
                return redirect("desk-case", receipt.number)
    sent["key"] = sent["key"] or str(new_id())
    context = {
        "form": sent,
        "errors": errors,
        "categories": category_groups(),
        "areas": [{"code": code, "name": name} for code, name in streets(here.names)],
        "channels": HOTLINE_CHANNELS,
        "restrictions": RESTRICTIONS.items(),
        "phone": request.GET.get("phone", ""),
    }
    return render(request, "faces/work/desk_new.html", context, status=422 if errors else 200)


@requires("desk")
def caller(request: HttpRequest) -> HttpResponse:
    """Who is calling: earlier cases of a phone number. The search itself is logged.

    Source: docs/topics/registers.md, "Identity" (the look is logged)
    """
    here = world(request)
    context: dict[str, Any] = {"names": here.names, "now": here.now, "phone": "", "errors": {}}
    if request.method == "POST":
        context["phone"] = request.POST.get("phone", "").strip()
        try:
            context["page"] = cases_of_caller(here, context["phone"], request.POST.get("purpose", "").strip())
        except PhoneError as error:
            context["errors"] = {"phone": say(error.words)}
        except RegisterError:
            context["errors"] = {"purpose": _("Say for what purpose the number is looked for.")}
    return render(request, "faces/work/desk_caller.html", context, status=422 if context["errors"] else 200)


@requires("desk")
@acts("desk")
def write_note(request: HttpRequest) -> HttpResponse:
    """A line for the next shift."""
    here = world(request)
    if text := request.POST.get("text", "").strip()[:2000]:
        ShiftNote.objects.create(
            district_id=here.registers.district.code, author=here.actor.id, written_at=here.now, text=text
        )
    return redirect("desk")


@requires("desk")
@acts("desk")
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the present filter under a name, or drop one."""
    here = world(request)
    name, query = request.POST.get("name", "").strip()[:60], request.POST.get("query", "")[:400]
    if request.POST.get("drop"):
        SavedView.objects.filter(owner=here.actor.id, name=name).delete()
    elif name:
        SavedView.objects.update_or_create(owner=here.actor.id, name=name, defaults={"query": query})
    return redirect(reverse("desk") + (query if query.startswith("?") else ""))


@requires("desk")
@acts("desk")
def surge_seen(request: HttpRequest, key: UUID) -> HttpResponse:
    """Somebody has taken note of an alarm. Source: docs/topics/import.md, "Surge alarm"."""
    here = world(request)
    Surge.objects.filter(pk=key, seen_at__isnull=True).update(seen_at=here.now, seen_by=here.actor.id)
    return redirect("desk")


def _answered(here: World, child: Case, *, split: bool) -> None:
    """A merge answers what was suggested; splitting it says that the suggestion was wrong."""
    if split:
        answers_of.take_back(child.id, Kind.PARENT, here.actor.id, here.now)
    else:
        answers_of.answer_moved_cases([child.id])


def _queue(seen: QuerySet[CaseRow], which: str) -> list[QuerySet[CaseRow]]:
    """One queue of the desk, a stream for each state."""
    return [seen.filter(state=state, ended_at__isnull=True) for state in QUEUES.get(which, QUEUES["received"])]


def row_or_404(here: World, number: str) -> CaseRow:
    """The row of a case this person may see; else there is no such page.

    Raises:
        Http404: there is none, or it is not visible to this person.

    Source: DESIGN §7 (visibility is one query)
    """
    row = acting.row_of(here, number)
    if row is None:
        raise Http404(_("There is no case %(number)s that you may see.") % {"number": number})
    return row


def _marked(here: World, cases: QuerySet[CaseRow]) -> QuerySet[CaseRow]:
    """Cases with who has them open now, and whether a likely parent waits for an answer."""
    lock = DeskLock.objects.filter(case_id=OuterRef("pk"), until__gte=here.now).values("holder")
    return cases.annotate(editor_id=Subquery(lock), repeated=Exists(likely_repeated(OuterRef("pk"))))


def _mark(here: World, listed: ListPage) -> None:
    for line in listed.lines:
        if line.editor_id and line.editor_id != here.actor.id:
            line.editor = _("%(name)s is editing") % {"name": here.names.person(line.editor_id)}
        line.extra["duplicate"] = line.repeated


def _editor(here: World, case: UUID) -> str:
    holder = locks.held([case], here.now).get(case)
    here.names.know([holder])
    return here.names.person(holder)


def _notes(here: World) -> list[ShiftNote]:
    return list(ShiftNote.objects.filter(written_at__gte=here.now - timedelta(days=2)).order_by("-written_at")[:5])


def _title(article: Any) -> str:
    return str(article.title_en if language() == "en" else article.title_zh)
