"""The unit's workspace: my cases by deadline; for the head, the whole unit and who has what."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render

from bihuan.faces.parts import notified
from bihuan.faces.parts.lists import by_deadline, filtered, page_of, question
from bihuan.faces.parts.openable import openable
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.models import CaseRow
from bihuan.loop.store import visible_to

SOON = timedelta(hours=24)


@requires("unit")
def queue(request: HttpRequest) -> HttpResponse:
    """The unit's open cases in one of five lists."""
    here = world(request)
    which = request.GET.get("list", "todo")
    lists = _lists(here)
    asked = question(request.GET)
    cases = filtered(visible_to(here.actor) if asked else lists.get(which, lists["todo"]), request.GET)
    context = {
        "which": "" if asked else which if which in lists else "todo",
        "searched": asked,
        "counts": {name: found.count() for name, found in lists.items()},
        "page": page_of(by_deadline(cases), request.GET.get("page")),
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
    """Mark the notices that the page showed as seen; what came meanwhile stays unseen."""
    try:
        ids = [UUID(key) for key in request.POST.getlist("notice")]
    except ValueError:
        return HttpResponseBadRequest("notice: not an id")
    notified.mark_seen(world(request), ids)
    return redirect("unit")


def _lists(here: World) -> dict[str, QuerySet[CaseRow]]:
    units = sorted({*here.actor.units, here.actor.unit or ""} - {""})
    seen = visible_to(here.actor)
    held = seen.filter(holder_kind="unit", holder_id__in=units, ended_at__isnull=True)
    mine = held.filter(Q(holder_person=here.actor.id) | Q(holder_person__isnull=True))
    todo = held if here.actor.may("lead") else mine
    away = seen.filter(ended_at__isnull=True, involved__overlap=units).exclude(holder_kind="unit", holder_id__in=units)
    return {
        "todo": todo,
        "late": todo.filter(deadline__lt=here.now),
        "soon": todo.filter(deadline__gte=here.now, deadline__lt=here.now + SOON),
        "away": away,
        "ended": seen.filter(ended_at__gte=here.now - timedelta(days=30), involved__overlap=units),
    }


def _people(here: World) -> list[dict[str, object]]:
    units = sorted({*here.actor.units, here.actor.unit or ""} - {""})
    held = (
        visible_to(here.actor)
        .filter(holder_kind="unit", holder_id__in=units, ended_at__isnull=True)
        .values("holder_person")
        .annotate(open=Count("id"), late=Count("id", filter=Q(deadline__lt=here.now)))
        .order_by("-open")
    )
    rows = list(held)
    here.names.know(r["holder_person"] for r in rows)
    return [{"name": here.names.person(r["holder_person"]), "open": r["open"], "late": r["late"]} for r in rows]
