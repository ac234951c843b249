"""`/ngsi-ld/v1/`: entities, their types, upserts in one go; everything else is told as not served.

Source: ETSI GS CIM 009 V1.8.1, 6 (HTTP binding).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import here, needs, public
from bihuan.faces.parts.problems import ApiProblem, not_found, problem
from bihuan.faces.parts.subjects import looker_of
from bihuan.registers.isolation import in_district
from bihuan.standards.ngsild.changing import REASON, enter, kind_of
from bihuan.standards.ngsild.entities import (
    PLACE,
    as_entity,
    context_of,
    key_values,
    newest_of,
    parts_of,
    system_attributes,
)
from bihuan.standards.ngsild.queries import GeoQuery, WrongQuery, matches
from bihuan.standards.ngsild.subscribing import add_subscriptions
from bihuan.standards.ngsild.telling import (
    BODY,
    as_the_standard_says,
    base_of,
    contexted,
    decoded,
    number,
    standard_problem,
    told_json,
)
from bihuan.standards.serving.api import wire_api
from bihuan.standards.serving.callers import ANY_CALLER, STAFF_OR_TOKEN
from bihuan.standards.serving.registers import end_subject
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts, Viewpoint
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.types import SubjectType

router = Router(tags=["NGSI-LD"], auth=STAFF_OR_TOKEN)
USUAL, MOST, MOST_AT_ONCE = 20, 1000, 1000
KNOWN = frozenset({"type", "id", "idPattern", "attrs", "pick", "omit", "q", "limit", "offset", "count", "options",
                   "georel", "geometry", "coordinates", "geoproperty", "format", "local"})  # fmt: skip
ASKED = {"parameters": [
    {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
    for name in ("type", "id", "q", "attrs", "limit", "offset", "count", "options")
]}  # fmt: skip


@router.get("/entities", summary="Entities that match", openapi_extra=ASKED)
@needs("read", "work")
@as_the_standard_says
def query(request: HttpRequest) -> HttpResponse:
    """A page of entities of some types; their number in `NGSILD-Results-Count`. Source: ETSI GS CIM 009, 6.4.3.2."""
    given = {name: str(value) for name, value in request.GET.items()}
    if unknown := set(given) - KNOWN:
        raise WrongQuery(f"there is no parameter {min(unknown)}")
    if not given.keys() & {"type", "id", "q", "attrs", "georel"}:
        raise WrongQuery("one of type, id, q, attrs, georel is wanted")
    limit, offset = number(given, "limit", USUAL), number(given, "offset", 0)
    district = here(request).registers.district.code
    with in_district(district):
        found = _matching(request, given)
        page = found[offset : offset + min(limit, MOST)]
        told = [_shown(entity, given) for entity in _filled(district, page, given)]
    answered = told_json(request, [contexted(request, each) for each in told])
    if given.get("count") == "true":
        answered.headers["NGSILD-Results-Count"] = str(len(found))
    if offset + limit < len(found) and limit:
        onward = request.GET.copy()
        onward["offset"] = str(offset + limit)
        address = f"{request.build_absolute_uri(request.path)}?{onward.urlencode()}"
        answered.headers["Link"] = f'<{address}>; rel="next"; type="application/ld+json"'
    return answered


@router.post("/entities", summary="Make an entity", openapi_extra=BODY)
@needs("act", "relay", "work")
@as_the_standard_says
def create(request: HttpRequest) -> HttpResponse:
    """Enter a subject. Source: ETSI GS CIM 009, 6.4.3.1."""
    entity = decoded(request, dict)
    urn = str(entity.get("id", ""))
    if _held(request, urn) is not None:
        raise problem(409, "already_exists", "该实体已存在", "there is such an entity")
    enter(request, entity, None)
    answered = HttpResponse(status=201)
    answered.headers["Location"] = f"/ngsi-ld/v1/entities/{urn}"
    return answered


router.post("/entities/", include_in_schema=False)(create)


@router.get("/entities/{path:urn}", summary="One entity")
@needs("read", "work")
@as_the_standard_says
def one(request: HttpRequest, urn: str) -> HttpResponse:
    """A subject today, with the newest values of its series. Source: ETSI GS CIM 009, 6.5.3.1."""
    kind, key = kind_of(urn)
    district = here(request).registers.district.code
    with in_district(district):
        held = _held(request, urn)
        if held is None:
            raise not_found("该实体", "entity")
        entity = as_entity(kind, held, newest_of(district, kind, [key]).get(key, ()))
    given = {name: str(value) for name, value in request.GET.items()}
    if "sysAttrs" in given.get("options", ""):
        entity |= system_attributes(held)
    return told_json(request, contexted(request, _shown(entity, given)))


@router.patch("/entities/{path:urn}", summary="Change an entity", openapi_extra=BODY)
@needs("act", "relay", "work")
@as_the_standard_says
def change(request: HttpRequest, urn: str) -> HttpResponse:
    """Change attributes from today on; also at `/attrs`. Source: ETSI GS CIM 009, 6.5.3.4, 6.6.3.2."""
    urn = urn.removesuffix("/").removesuffix("/attrs")
    held = _held(request, urn)
    if held is None:
        raise not_found("该实体", "entity")
    enter(request, {**decoded(request, dict), "id": urn}, held)
    return HttpResponse(status=204)


@router.delete("/entities/{path:urn}", summary="End an entity")
@needs("act", "relay", "work")
@as_the_standard_says
def end(request: HttpRequest, urn: str) -> HttpResponse:
    """A subject ends today; what was known stays known. Source: ETSI GS CIM 009, 6.5.3.2."""
    kind, key = kind_of(urn)
    end_subject(request, kind, key, REASON)
    return HttpResponse(status=204)


@router.post("/entityOperations/upsert", summary="Make or change many entities", openapi_extra={
    "requestBody": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}
})  # fmt: skip
@needs("act", "relay", "work")
@as_the_standard_says
def upsert(request: HttpRequest) -> HttpResponse:
    """Each for itself: what cannot be taken is told by its id, the others hold. Source: ETSI GS CIM 009, 6.15.3.1."""
    made, errors, changed = list[str](), list[dict[str, Any]](), list[str]()
    for entity in decoded(request, list)[:MOST_AT_ONCE]:
        urn = str(entity.get("id", "")) if isinstance(entity, dict) else ""
        try:
            held = _held(request, urn)
            enter(request, entity if isinstance(entity, dict) else {}, held)
            (made if held is None else changed).append(urn)
        except ApiProblem as refused:
            errors.append({"entityId": urn, "error": msgspec.json.decode(standard_problem(refused).content)})
    if errors:
        return told_json(request, {"success": made + changed, "errors": errors}, 207)
    return told_json(request, made, 201) if made else HttpResponse(status=204)


router.post("/entityOperations/upsert/", include_in_schema=False)(upsert)


@router.post("/entityOperations/delete", summary="End many entities", openapi_extra={
    "requestBody": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}}}
})  # fmt: skip
@needs("act", "relay", "work")
@as_the_standard_says
def end_many(request: HttpRequest) -> HttpResponse:
    """Each for itself, as `upsert`. Source: ETSI GS CIM 009, 6.17.3.1."""
    ended, errors = list[str](), list[dict[str, Any]]()
    for urn in decoded(request, list)[:MOST_AT_ONCE]:
        try:
            kind, key = kind_of(str(urn))
            end_subject(request, kind, key, REASON)
            ended.append(str(urn))
        except ApiProblem as refused:
            errors.append({"entityId": str(urn), "error": msgspec.json.decode(standard_problem(refused).content)})
    return told_json(request, {"success": ended, "errors": errors}, 207) if errors else HttpResponse(status=204)


router.post("/entityOperations/delete/", include_in_schema=False)(end_many)


@router.get("/types", summary="Types of entities")
@needs("read", "work")
@as_the_standard_says
def types(request: HttpRequest) -> HttpResponse:
    """Every declared type of subjects. Source: ETSI GS CIM 009, 6.25.3.1."""
    body = {"id": f"{'urn:ngsi-ld:EntityTypeList'}:all", "type": "EntityTypeList", "typeList": list(subject_types())}
    return told_json(request, contexted(request, body))


@router.get("/context.jsonld", auth=ANY_CALLER, summary="Names of types and attributes")
@public
def context(request: HttpRequest) -> HttpResponse:
    """The context that names ours. Source: ETSI GS CIM 009, 4.4."""
    told = {"@context": context_of(subject_types().values(), base_of(request))}
    return HttpResponse(msgspec.json.encode(told), content_type="application/ld+json")


add_subscriptions(router)


def _not_served(request: HttpRequest, operation: str) -> HttpResponse:
    """Registrations, batches of other kinds, subscriptions to them. Source: ETSI GS CIM 009, 6.3.2."""
    return standard_problem(
        problem(501, "not_implemented", f"不支持 {operation[:80]}", f"not supported: {operation[:80]}")
    )


router.api_operation(["GET", "POST", "PATCH", "DELETE", "PUT"], "/{path:operation}", summary="Operations not served")(
    needs("read", "work")(_not_served)
)


def _matching(request: HttpRequest, given: dict[str, str]) -> list[tuple[SubjectType, HeldFacts]]:
    ids = [each for each in given.get("id", "").split(",") if each]
    wanted = [each for each in given.get("type", "").split(",") if each] or [parts_of(each)[0] for each in ids]
    kinds = [kind for name, kind in subject_types().items() if not wanted or name in wanted]
    place = GeoQuery(given) if given.get("georel") else None
    attributes = {each for each in given.get("attrs", "").split(",") if each}
    looker, day = _looker(request), here(request).now.astimezone(here(request).zone).date()
    district, found = here(request).registers.district.code, list[tuple[SubjectType, HeldFacts]]()
    for kind in kinds:
        if attributes and not attributes & {*kind.open_fields, PLACE}:
            continue
        for held in _all_of(district, kind, Viewpoint(day), looker, named=bool(wanted)):
            entity = as_entity(kind, held)
            if ids and entity["id"] not in ids:
                continue
            if (not given.get("q") or matches(entity, given["q"])) and (
                place is None or place.holds(entity.get(given.get("geoproperty", PLACE)))
            ):
                found.append((kind, held))
    return found


def _all_of(district: str, kind: SubjectType, view: Viewpoint, looker: Looker, *, named: bool) -> Iterable[HeldFacts]:
    try:
        yield from asking.stream(district, kind, view, looker)
    except FenceClosed:
        if named:
            raise


def _filled(
    district: str, page: list[tuple[SubjectType, HeldFacts]], given: dict[str, str]
) -> Iterable[dict[str, Any]]:
    newest = {
        kind.id: newest_of(district, kind, [held.key for each, held in page if each.id == kind.id])
        for kind in {kind.id: kind for kind, _ in page}.values()
    }
    for kind, held in page:
        system = system_attributes(held) if "sysAttrs" in given.get("options", "") else {}
        yield as_entity(kind, held, newest[kind.id].get(held.key, ())) | system


def _held(request: HttpRequest, urn: str) -> HeldFacts | None:
    kind, key = kind_of(urn)
    day = here(request).now.astimezone(here(request).zone).date()
    return asking.get(here(request).registers.district.code, kind, key, day, _looker(request))


def _looker(request: HttpRequest) -> Looker:
    said = {name: request.headers.get(name, "") for name in ("purpose", "programme")}
    return looker_of(here(request), said)


def _shown(entity: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    attributes = {each for each in given.get("attrs", given.get("pick", "")).split(",") if each}
    if attributes:
        entity = {name: value for name, value in entity.items() if name in attributes or name in ("id", "type")}
    simple = {"keyValues", "simplified"} & {*given.get("options", "").split(","), given.get("format", "")}
    return key_values(entity) if simple else entity


api = wire_api("ngsi-ld/v1/", "Bihuan 闭环 · NGSI-LD", router)
