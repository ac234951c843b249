"""The first page after sign-in: straight to the work, or a choice when there are several kinds of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.parts.people import requires, rooms
from bihuan.faces.parts.world import world
from bihuan.numbers.stock import open_by_state


@requires()
def home(request: HttpRequest) -> HttpResponse:
    """Who one is here, where one's work is, and sign-in settings."""
    here = world(request)
    roles = [here.names.role(role) for role in sorted(here.actor.roles)]
    stock = open_by_state(here.actor, here.now, here.registers.district.code)
    context = {
        "rooms": rooms(request),
        "roles": roles,
        "unit": here.names.unit(here.actor.unit),
        "open_cases": _sum([str(row["open"]) for row in stock]),
    }
    return render(request, "faces/work/home.html", context)


def _sum(counts: list[str]) -> str:
    """The sum of counts; `+` when one of them only says that there are more."""
    more = "+" if any(count.endswith("+") for count in counts) else ""
    return f"{sum(int(count.rstrip('+')) for count in counts)}{more}"
