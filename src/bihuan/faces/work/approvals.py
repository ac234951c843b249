"""What waits for an independent approver: extensions, suspensions, exclusions, and disputes to be ruled on."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from bihuan.faces.parts import acting
from bihuan.faces.parts.lists import page_of
from bihuan.faces.parts.options import unit_options
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.model import Actor
from bihuan.loop.models import CaseRow
from bihuan.loop.store import visible_to
from bihuan.loop.store.read import asked_words

COMMANDS = ("approve_extension", "refuse_extension", "approve_suspension", "refuse_suspension",
            "approve_exclusion", "refuse_exclusion", "arbitrate", "approve", "reject")  # fmt: skip


@requires("approvals")
def queue(request: HttpRequest) -> HttpResponse:
    """Every request with its case, and the decision beside it.

    Source: docs/topics/faces.md (`/approvals/`); docs/adr/0233.
    """
    here = world(request)
    listed = page_of(visible_to(here.actor), request.GET.get("page"), size=15, streams=_waiting_for(here.actor))
    here.names.know(p.by for line in listed.lines for p in line.fold_case.pending.values())
    written = asked_words(line.row for line in listed.lines)
    for line in listed.lines:
        forms = acting.forms_for(here, line.fold_case, only=COMMANDS)
        line.extra = {"forms": forms, "written": written.get(acting.case_id(line.row), {})}
    context = {
        "page": listed,
        "names": here.names,
        "now": here.now,
        "next": reverse("approvals"),
        "units": unit_options(here.names),
    }
    return render(request, "faces/work/approvals.html", context)


def _waiting_for(actor: Actor) -> list[QuerySet[CaseRow]]:
    """Requests; and the disputes and admissions that wait at desks of this person's own approving roles; each once."""
    seen = visible_to(actor)
    desks = sorted(key for key in actor.roles if (role := actor.role(key)) and "approvals" in role.rooms)
    requests = seen.exclude(pending=[]).exclude(holder_kind="desk", holder_id__in=desks)
    return [requests, *(seen.filter(holder_kind="desk", holder_id=desk, ended_at__isnull=True) for desk in desks)]
