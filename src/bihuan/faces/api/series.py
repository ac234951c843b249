"""Series: what is declared, values as known at a vintage, incidents, and observations that another system sends."""

from dataclasses import asdict
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from bihuan.declare.model import Strict
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.api.schemas import Clean
from bihuan.faces.parts.problems import not_found, problem
from bihuan.faults import Fault
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Series, UnknownSeries, current_catalogue
from bihuan.series.loading import Reading
from bihuan.series.showing import incidents_shown, newest, values_between
from bihuan.series.taking import declared_source, take_records

router = Router(tags=["series"], auth=STAFF)
MOST = 20_000
LATEST_VINTAGE = 2**31 - 1


class ObservationIn(Strict):
    """One value; `value` as digits or a number, `0.025L` below the limit of detection, null for a missing one."""

    subject: Clean = Field(max_length=120)
    time: Clean = Field(max_length=40)
    value: Clean | int | float | None = None
    flag: Clean = Field(default="", max_length=16)
    unit: Clean | None = Field(default=None, max_length=40)
    arrived: Clean | None = Field(default=None, max_length=40)


class ObservationsIn(Strict):
    """Values of one series; the unit is said once, by the source, or by every value."""

    unit: Clean = Field(default="", max_length=40)
    source: Clean = Field(default="", max_length=64)
    observations: list[ObservationIn] = Field(min_length=1, max_length=MOST)


class AskedValues(Strict):
    """Whose values, from when to when (not with it), and as known when which batch had been stored."""

    subject: Clean = Field(default="", max_length=120)
    first: Clean = Field(default="", max_length=40, alias="from")
    last: Clean = Field(default="", max_length=40, alias="to")
    vintage: int | None = Field(default=None, ge=0, le=LATEST_VINTAGE)


@router.get("/series", summary="Every declared series")
@needs("read", "count")
def declared(request: HttpRequest) -> HttpResponse:
    """Name, subject type, unit and digest of each series. Source: docs/topics/series.md."""
    found = sorted(current_catalogue().series.items())
    return _json({
        "series": [
            {"name": name, "programme": each.programme, "title": each.declared.name.model_dump(),
             "subject": each.declared.subject, "unit": each.declared.unit, "precision": each.declared.precision,
             "derived_from": " ".join(each.declared.derive.origins) if each.declared.derive else None, "digest": each.digest}
            for name, each in found
        ]
    })  # fmt: skip


@router.get("/series/{name}", summary="The newest value of each subject")
@needs("read", "count")
def latest(request: HttpRequest, name: str) -> HttpResponse:
    """Subject → newest value with flag, arrival and vintage. Source: docs/topics/series.md."""
    district, series = here(request).registers.district.code, _series(name)
    with in_district(district):
        return _json(newest(district, series))


@router.get("/series/{name}/values", summary="Values of one subject, now or as known at a vintage")
@needs("read", "count")
def values(request: HttpRequest, name: str, asked: Query[AskedValues]) -> HttpResponse:
    """Values with flag, arrival, vintage; of derived ones how many inputs and which version. Source: docs/adr/0255."""
    district, series = here(request).registers.district.code, _series(name)
    try:
        with in_district(district):
            return _json(values_between(district, series, asked.subject, asked.first, asked.last, asked.vintage))
    except Fault as fault:
        raise _unprocessable(fault) from None


@router.get("/series/{name}/incidents", summary="Incidents that the values support")
@needs("read", "count")
def incidents(request: HttpRequest, name: str, subject: Clean = "") -> HttpResponse:
    """Rule, opening, closing, peak; retracted ones are not among them. Source: docs/adr/0256."""
    district, series = here(request).registers.district.code, _series(name)
    with in_district(district):
        return _json(incidents_shown(district, series, subject))


@router.post("/series/{name}/observations", summary="Store observations of one series")
@needs("act", "relay")
def observe(request: HttpRequest, name: str, body: ObservationsIn) -> HttpResponse:
    """Wrong values are told by row with rule and remedy, the others are stored; the same twice is stored once.

    Source: docs/adr/0255 (5, 6, 7).
    """
    world, catalogue, series = here(request), current_catalogue(), _series(name)
    records = [each.model_dump(exclude_unset=True) for each in body.observations]
    try:
        how = Reading(world.now, body.unit, source=declared_source(series, body.source))
        taken = take_records(records, catalogue, series, world.registers.district.code, how, world.actor.id[:80])
    except Fault as fault:
        raise _unprocessable(fault) from None
    return _json({"series": name, **asdict(taken)})


def _series(name: str) -> Series:
    try:
        return current_catalogue().get(name)
    except UnknownSeries:
        raise not_found("序列", "series") from None


def _unprocessable(fault: Fault) -> Exception:
    zh, _, en = fault.message.partition(" · ")
    remedy = fault.remedy.partition(" · ")
    return problem(422, "unreadable_observations", zh, en or zh, remedy=(remedy[0], remedy[2] or remedy[0]))


def _json(body: dict[str, Any]) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
