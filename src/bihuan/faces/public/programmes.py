"""The catalogue of programmes: each promise as its loop on one page, read from the declaration itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.faces.panels.catalogue import views_of
from bihuan.faces.panels.page import may_see
from bihuan.faces.parts.language import language
from bihuan.faces.parts.openable import may_open
from bihuan.faces.parts.ring import Ring, example
from bihuan.faces.parts.world import world
from bihuan.loop.diagram import svg
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes
from bihuan.loop.retiring import retirements
from bihuan.numbers.reading import kept_figures


def catalogue(request: HttpRequest) -> HttpResponse:
    """Every installed programme.

    Source: docs/topics/faces.md (`/programmes/`: each promise as its loop, from its declaration)
    """
    here = world(request)
    figures = kept_figures(here.registers.district.code)
    waiting: Counter[str] = Counter()
    for _state, programme, _restricted, _history, number, _late in figures.get("stock", []):
        waiting[programme] += number
    ended = retirements(here.registers.district.code)
    listed = [
        {"programme": p, "counts": _counts(p.id, waiting, figures), "retired": ended.get(p.id)}
        for p in all_programmes().values()
    ]
    return render(request, "faces/public/programmes.html", {"programmes": listed, "names": here.names})


def _counts(programme: str, waiting: Counter[str], figures: dict[str, Any]) -> dict[str, int]:
    """Open cases and all there ever were, as last counted."""
    return {"all": figures.get("opened", {}).get(programme, 0), "open": waiting[programme]}


def one(request: HttpRequest, key: str) -> HttpResponse:
    """One programme: its cases, clocks, verification and diagram.

    Raises:
        Http404: there is no such programme.

    Source: docs/topics/faces.md (`/programmes/`: each promise as its loop, from its declaration)
    """
    here = world(request)
    programme = all_programmes().get(key)
    if programme is None:
        raise Http404(_("There is no programme %(key)s.") % {"key": key})
    ended = retirements(here.registers.district.code).get(key)
    takes = here.staff and not here.facts.retired(key, here.now)
    openable = [kind for kind, rules in programme.cases.items() if takes and may_open(here.actor, rules)]
    known = views_of(key)
    mine = {name for name, view in known.items() if here.staff and may_see(here.actor, view)}
    views = [
        (reverse("view" if name in mine else "open-view", args=[key, name]), view.declared)
        for name, view in known.items()
        if name in mine or view.declared.public
    ]
    shown = {"programme": programme, "names": here.names, "ring": declared(programme), "openable": openable}
    shown["views"] = views
    return render(request, "faces/public/programme.html", {**shown, "retired": ended})


def declared(programme: Programme) -> Ring:
    """Which segments the declaration closes: without verification or indicators the ring keeps its gap.

    Source: docs/topics/faces.md, "The ring" (which arcs a declaration closes)
    """
    kinds = programme.cases.values()
    closed = ["signal", "triage", "dispatch", "handling"]
    closed += ["evidence"] if all(k.gate or k.evidence.min for k in kinds) else []
    closed += ["verification"] if all(k.gate or k.verify for k in kinds) else []
    closed += ["indicator"] if programme.indicators else []
    return example(*closed)


def diagram(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """The loop of one case type as SVG, drawn from the table of steps.

    Raises:
        Http404: there is no such programme or case type.

    Source: docs/topics/faces.md (`/programmes/`: each promise as its loop, from its declaration)
    """
    programme = all_programmes().get(key)
    if programme is None or kind not in programme.cases:
        raise Http404(_("There is no programme %(key)s.") % {"key": key})
    return HttpResponse(svg(programme, kind, "en" if language() == "en" else "zh"), content_type="image/svg+xml")
