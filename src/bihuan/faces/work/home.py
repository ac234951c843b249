"""The first page after sign-in: straight to the work, or a choice when there are several kinds of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.parts.people import requires, rooms
from bihuan.faces.parts.world import world
from bihuan.loop.store import visible_to


@requires()
def home(request: HttpRequest) -> HttpResponse:
    """Who one is here, where one's work is, and sign-in settings."""
    here = world(request)
    roles = [here.names.role(role) for role in sorted(here.actor.roles)]
    open_cases = visible_to(here.actor).filter(ended_at__isnull=True).count()
    context = {
        "rooms": rooms(request),
        "roles": roles,
        "unit": here.names.unit(here.actor.unit),
        "open_cases": open_cases,
    }
    return render(request, "faces/work/home.html", context)
