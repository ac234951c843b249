"""The case page: story, ring, clocks with their why, what one may do, evidence, and sealed identity behind a reason."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from bihuan.faces.parts import acting, drafts, explained, media, notified, story, words
from bihuan.faces.parts.clocks import Dial
from bihuan.faces.parts.lists import CaseLine
from bihuan.faces.parts.names import rules_of
from bihuan.faces.parts.options import streets, unit_options
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.reporting import may_reveal, reports_of, reveal_report, unseen
from bihuan.faces.parts.ring import ring_of
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Case
from bihuan.loop.models import CaseRow, EventRow
from bihuan.loop.store import visible_to
from bihuan.loop.store.read import case_of, course
from bihuan.registers.pure.errors import RegisterError


class Hand(NamedTuple):
    """One clock as the page shows it."""

    name: str
    dial: Dial | None
    running: bool
    missed: bool
    extended: int
    due: Any
    rule: explained.Told


@requires()
def show(request: HttpRequest, number: str) -> HttpResponse:
    """The case page. Source: docs/topics/faces.md (`/cases/<number>/`)."""
    here = world(request)
    row = _row(here, number)
    return render(request, "faces/work/case.html", page(here, row))


@requires()
@acts("case", "number")
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One command on the case; back to where it was sent from, or the page again with what was wrong.

    Source: docs/topics/faces.md ("No page decides")
    """
    here = world(request)
    row = _row(here, number)
    command = request.GET.get("command", "")
    errors = acting.send_form(request, here, case_of(row.fold), command)
    if errors:
        context = page(here, row)
        context["forms"] = acting.refill(context["forms"], command, errors, request.POST, drafts.kept_files(request))
        context["errors"] = errors
        return render(request, "faces/work/case.html", context, status=422)
    messages.success(request, _("Recorded: %(what)s · %(number)s") % {"what": words.command(command), "number": number})
    return redirect(_next(request) or reverse("case", args=[number]))


@requires()
@acts("case", "number")
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Show who reported, to those who may see it, after they said why; the look is logged.

    Source: docs/topics/registers.md, "Identity" (every look logged with its purpose)
    """
    here = world(request)
    row = _row(here, number)
    context = page(here, row)
    if not may_reveal(here.actor, case_of(row.fold)):
        context["errors"] = {"form": _("Your role never sees who reported.")}
        return render(request, "faces/work/case.html", context, status=403)
    try:
        context["identities"] = reveal_report(here, acting.case_id(row), request.POST.get("purpose", "").strip())
    except RegisterError as error:
        context["errors"] = {"purpose": unseen(error)}
        return render(request, "faces/work/case.html", context, status=422)
    return render(request, "faces/work/case.html", context)


@requires()
def evidence_file(request: HttpRequest, number: str, sha256: str) -> HttpResponseBase:
    """One upload, to those who may read the words of its case; of a photo a copy, `?size=` 1600 or 320.

    Raises:
        PermissionDenied: the role does not read the words of cases.

    Source: docs/adr/0234 (capability `read_words`); docs/adr/0223.
    """
    row = _row(world(request), number)
    if not row.words_seen:
        raise PermissionDenied(_("Your role does not read the words and photos of a case."))
    size = 320 if request.GET.get("size") == "320" else 1600
    return media.response(media.of_case(acting.case_id(row)).filter(sha256=sha256).first(), size)


def page(here: World, row: CaseRow) -> dict[str, Any]:
    """Everything the case page shows, as template context. Source: docs/topics/faces.md (`/cases/<number>/`)."""
    case = case_of(row.fold)
    reads = bool(row.words_seen)  # set by `visible_to`
    events = course(case.id, words=reads)
    spoken = EventRow.objects.filter(case_id=case.id, private_hash__isnull=False)
    # Whoever reads no words is not told that they are erased: nothing is read here in either case.
    sealed = frozenset(spoken.values_list("version", flat=True)) if reads else frozenset()
    programme, rules = rules_of(case.programme, case.kind)
    return {
        "case": case,
        "row": row,
        "names": here.names,
        "now": here.now,
        "programme": programme,
        "rules": rules,
        "ring": ring_of(case),
        "late": row.missed and case.open,
        "outside": case.place is not None
        and here.registers.areas.outside(case.place[0] / 1_000_000, case.place[1] / 1_000_000),
        "unknown_area": case.area is not None and case.area not in here.registers.areas,
        "timeline": _newest_first(story.story(case, events, here.names, sealed), notified.entries(case.id)),
        "hands": hands(here, case),
        "forms": acting.forms_for(here, case),
        "whys": explained.whys(case, events, here.names),
        "holder": here.names.holder(case.holder.id, case.holder.kind, case.holder.person) if case.holder else "",
        "lead": here.names.unit(case.lead),
        "words_seen": reads,
        "files": list(media.of_case(case.id)) if reads else [],
        "reports": reports_of(case.id),
        "may_reveal": may_reveal(here.actor, case),
        "units": unit_options(here.names),
        "areas": streets(here.names),
        "relatives": _relatives(here, case),
    }  # fmt: skip


def hands(here: World, case: Case) -> list[Hand]:
    """The clocks of a case, running ones first, each with its rule.

    Source: docs/topics/faces.md (`/cases/<number>/`)
    """
    _programme, rules = rules_of(case.programme, case.kind)
    listed = [
        Hand(
            words.clock_name(c.name, here.names, rules),
            Dial.of(c.started, c.due, here.now) if c.running else None,
            c.running,
            c.missed,
            c.extended,
            c.due,
            explained.facts_of(c.why, here.names),
        )
        for c in case.clocks.values()
    ]
    return sorted(listed, key=lambda hand: (not hand.running, hand.due))


def _newest_first(events: list[story.StoryEntry], notices: list[story.StoryEntry]) -> list[story.StoryEntry]:
    """What happened and who was told; of one moment the later version and the notice about it come first."""
    return sorted([*reversed(notices), *reversed(events)], key=lambda entry: entry.at, reverse=True)


def _relatives(here: World, case: Case) -> list[CaseLine]:
    """The parent and the merged children that this person may see."""
    seen = visible_to(here.actor)
    found = list(seen.filter(parent_id=case.id)[:50])
    rows = [*(seen.filter(pk=case.parent) if case.parent else ()), *found]
    return [CaseLine(row, case_of(row.fold)) for row in rows]


def _row(here: World, number: str) -> CaseRow:
    row = acting.row_of(here, number)
    if row is None:
        raise Http404(_("There is no case %(number)s that you may see.") % {"number": number})
    return row


def _next(request: HttpRequest) -> str | None:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target and safe else None
