"""What waits for a role that is neither desk nor unit: inspections to verify, admissions to review."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.parts.lists import by_deadline, filtered, page_of, question
from bihuan.faces.parts.openable import openable
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.store import visible_to


@requires("inbox")
def queue(request: HttpRequest) -> HttpResponse:
    """Open cases whose next step belongs to one of this person's roles, and what they may open themselves."""
    here = world(request)
    mine = Q(holder_kind="desk", holder_id__in=sorted(here.actor.roles))
    asked, seen = question(request.GET), visible_to(here.actor)
    cases = filtered(seen if asked else seen.filter(mine, ended_at__isnull=True), request.GET)
    context = {
        "page": page_of(by_deadline(cases), request.GET.get("page")),
        "names": here.names,
        "now": here.now,
        "openable": openable(here),
        "searched": asked,
        "q": request.GET.get("q", ""),
    }
    return render(request, "faces/work/inbox.html", context)
