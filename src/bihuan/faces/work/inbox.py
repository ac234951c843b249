"""What waits for a role that is neither desk nor unit: inspections to verify, admissions to review."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.parts.lists import filtered, page_of, question
from bihuan.faces.parts.openable import openable
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.store import visible_to


@requires("inbox")
def queue(request: HttpRequest) -> HttpResponse:
    """Open cases whose next step belongs to one of this person's roles, and what they may open themselves.

    Source: docs/topics/faces.md (`/inbox/`); docs/adr/0233.
    """
    here = world(request)
    asked, seen = question(request.GET), filtered(visible_to(here.actor), request.GET)
    waiting = seen.filter(holder_kind="desk", ended_at__isnull=True)
    streams = () if asked else [waiting.filter(holder_id=role) for role in sorted(here.actor.roles)]
    context = {
        "page": page_of(seen, request.GET.get("page"), streams=streams),
        "names": here.names,
        "now": here.now,
        "openable": openable(here),
        "searched": asked,
        "q": request.GET.get("q", ""),
    }
    return render(request, "faces/work/inbox.html", context)
