"""What waits for an independent approver: extensions, suspensions, exclusions, and disputes to be ruled on."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from bihuan.faces.parts import acting
from bihuan.faces.parts.lists import by_deadline, page_of
from bihuan.faces.parts.options import unit_options
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.model import Actor
from bihuan.loop.store import visible_to
from bihuan.loop.store.read import asked_words

COMMANDS = ("approve_extension", "refuse_extension", "approve_suspension", "refuse_suspension",
            "approve_exclusion", "refuse_exclusion", "arbitrate", "approve", "reject")  # fmt: skip


@requires("approvals")
def queue(request: HttpRequest) -> HttpResponse:
    """Every request with its case, and the decision beside it."""
    here = world(request)
    waiting = visible_to(here.actor).filter(_waits_for(here.actor))
    listed = page_of(by_deadline(waiting), request.GET.get("page"), size=15)
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


def _waits_for(actor: Actor) -> Q:
    """Requests, and the disputes and admissions that wait at a desk of this person's own approving roles."""
    desks = sorted(key for key in actor.roles if (role := actor.role(key)) and "approvals" in role.rooms)
    return Q(pending__len__gt=0) | Q(holder_kind="desk", holder_id__in=desks)
