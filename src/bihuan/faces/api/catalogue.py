"""What this district runs and who is who: programmes, areas, units. Public."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.extend import STANDARDS
from bihuan.faces.api.access import anonymous, here, public
from bihuan.faces.parts.problems import not_found
from bihuan.loop.event_schema import event_schema
from bihuan.loop.programmes import all_programmes
from bihuan.loop.retiring import retirements

router = Router(tags=["catalogue"], auth=[anonymous])


@router.get("/programmes", summary="Programmes this district runs")
@public
def programmes(request: HttpRequest) -> HttpResponse:
    """Id, name, edition and case types of every programme, and from which day it takes no new cases.

    Source: docs/topics/api.md.
    """
    ended = retirements(here(request).registers.district.code)
    return _json([
        {"id": p.id, "name": p.name.model_dump(), "edition": p.edition, "clause": p.clause, "cases": list(p.cases),
         "retired_from": ended[p.id].since.isoformat() if p.id in ended else None}
        for p in all_programmes().values()
    ])  # fmt: skip


@router.get("/programmes/{key}", summary="One programme as declared")
@public
def programme(request: HttpRequest, key: str) -> HttpResponse:
    """The whole declaration: states in use, clocks, duties, verification, outcomes. Source: docs/topics/api.md."""
    found = all_programmes().get(key)
    if found is None:
        raise not_found("事项", "programme")
    return HttpResponse(found.model_dump_json(by_alias=True), content_type="application/json")


@router.get("/schemas/events", summary="JSON Schema of the events of a case")
@public
def events_schema(request: HttpRequest) -> HttpResponse:
    """What stands in the data of every kind of event (`GET /cases/{number}/events`), with the words of its codes.

    Source: docs/adr/0230 (7, published); JSON Schema 2020-12.
    """
    return _json(event_schema())


@router.get("/standards", summary="Standards of wires and files that this installation speaks")
@public
def standards(request: HttpRequest) -> HttpResponse:
    """Name, edition, direction, where each is served, and what for.

    Source: OGC API - Common - Part 1 (conformance declaration), as a model; docs/adr/0244-more-points.md.
    """
    return _json([
        {"name": each.name, "version": each.version, "ways": each.ways.split(), "served": each.served,
         "for": {"zh": each.zh, "en": each.en}}
        for each in STANDARDS.all()
    ])  # fmt: skip


@router.get("/areas", summary="Areas by official code")
@public
def areas(request: HttpRequest) -> HttpResponse:
    """Code, names, level and parent of every area. Source: docs/topics/api.md."""
    listed: list[dict[str, Any]] = [
        {"code": a.code, "name": {"zh": a.name_zh, "en": a.name_en}, "level": a.level, "parent": a.parent}
        for a in here(request).registers.areas
    ]
    return _json(listed)


@router.get("/units", summary="Units that bear duties today")
@public
def units(request: HttpRequest) -> HttpResponse:
    """Id, code, names, kind and parent of every unit of today. Source: docs/topics/api.md."""
    world = here(request)
    today = world.registers.organisations.at(world.registers.calendar.local_date(world.now))
    return _json([
        {"id": o.id, "code": o.code, "name": {"zh": o.name_zh, "en": o.name_en}, "kind": o.kind, "parent": o.parent}
        for o in today.units()
    ])  # fmt: skip


def _json(body: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
