"""The unit's workspace: my cases by deadline; for the head, the whole unit and who has what."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render

from bihuan.faces.parts import notified
from bihuan.faces.parts.lists import (
    FILTERS,
    MOST_COUNTED,
    ListCount,
    ListOrder,
    ListPage,
    filtered,
    page_of,
    question,
    tally,
)
from bihuan.faces.parts.openable import openable
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.store import visible_to
from bihuan.loop.store.queues import KEYS, Rows, held_by_units, unit_lists

PRESSING = ListOrder(("deadline", "opened_at", "id"), KEYS)


@requires("unit")
def queue(request: HttpRequest) -> HttpResponse:
    """The unit's open cases in one of five lists. Source: docs/topics/faces.md (`/unit/`); docs/adr/0233."""
    here = world(request)
    which = request.GET.get("list", "todo")
    lists = unit_lists(here.actor, here.now, whole=here.actor.may("lead"))
    which = which if which in lists else "todo"
    asked = question(request.GET)
    counts = tally(lists)
    context = {
        "which": "" if asked else which,
        "searched": asked,
        "counts": counts,
        "page": _page(here, request, lists[which], counts[which]),
        "names": here.names,
        "now": here.now,
        "unit": here.names.unit(here.actor.unit),
        "head": here.actor.may("lead"),
        "people": _people(here) if here.actor.may("lead") else [],
        "openable": openable(here),
        "q": request.GET.get("q", ""),
        "notices": notified.box(here),
    }
    return render(request, "faces/work/unit.html", context)


@requires("unit")
@acts("unit")
def notices_seen(request: HttpRequest) -> HttpResponse:
    """Mark the notices that the page showed as seen; what came meanwhile stays unseen.

    Source: docs/topics/notices.md.
    """
    try:
        ids = [UUID(key) for key in request.POST.getlist("notice")]
    except ValueError:
        return HttpResponseBadRequest("notice: not an id")
    notified.mark_seen(world(request), ids)
    return redirect("unit")


def _page(here: World, request: HttpRequest, rows: list[Rows], total: ListCount) -> ListPage:
    """The chosen list from its narrow rows; a search looks through every case that this person may see."""
    seen, wanted = visible_to(here.actor), request.GET.get("page")
    if question(request.GET):
        return page_of(filtered(seen, request.GET), wanted)
    if not any(request.GET.get(name) for name in FILTERS):
        return page_of(seen, wanted, streams=rows, order=PRESSING, total=total)
    return page_of(
        seen, wanted, streams=[filtered(seen.filter(pk__in=part.values("case_id")), request.GET) for part in rows]
    )


def _people(here: World) -> list[dict[str, object]]:
    rows = held_by_units(here.actor).values_list("person", "deadline")[:MOST_COUNTED]
    waiting, late = Counter[str | None](), Counter[str | None]()
    for person, deadline in rows:
        waiting[person] += 1
        late[person] += deadline is not None and deadline < here.now
    here.names.know(waiting)
    return [{"name": here.names.person(p), "open": n, "late": late[p]} for p, n in waiting.most_common()]
