"""`/sta/v1.1/`: what there is, entities by address, making, changing and ending them, observations in arrays.

Source: OGC 18-088, 9 (requests), 10 (create, update, delete), 13.2 (CreateObservations).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import here, needs
from bihuan.faces.parts.problems import not_found, problem
from bihuan.faces.parts.subjects import looker_of
from bihuan.registers.isolation import in_district
from bihuan.standards.sensorthings import arrays, changing
from bihuan.standards.sensorthings.addresses import AddressStep, FoundThere, follow, steps_of
from bihuan.standards.sensorthings.entities import EntityPage, StaEntity, as_sent, quoted
from bihuan.standards.sensorthings.expressions import WrongExpression
from bihuan.standards.sensorthings.options import EntitiesAsked, entities_asked
from bihuan.standards.sensorthings.shelf import SETS, RequestShelf
from bihuan.standards.serving.api import wire_api
from bihuan.standards.serving.callers import STAFF_OR_TOKEN
from bihuan.standards.serving.registers import wrong

router = Router(tags=["SensorThings"], auth=STAFF_OR_TOKEN)
_numbers = msgspec.json.Encoder(decimal_format="number")
CONFORMS = [
    f"http://www.opengis.net/spec/iot_sensing/1.1/{each}"
    for each in ("datamodel", "resource-path/resource-path-to-entities", "request-data", "create-update-delete",
                 "data-array/data-array")
]  # fmt: skip
OPTIONS = [
    {"name": name, "in": "query", "required": False, "schema": {"type": kind}}
    for name, kind in (("$filter", "string"), ("$expand", "string"), ("$orderby", "string"), ("$select", "string"),
                       ("$top", "integer"), ("$skip", "integer"), ("$count", "boolean"))
]  # fmt: skip
BODY = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}


@router.get("/", summary="Sets of entities and what is conformed to")
@needs("read", "count")
def service(request: HttpRequest) -> HttpResponse:
    """Addresses of the sets. Source: OGC 18-088, 9.2.1, 7.4 (serverSettings)."""
    told = [{"name": name, "url": f"{_base(request)}/{name}"} for name in SETS]
    return _json({"value": told, "serverSettings": {"conformance": CONFORMS}})


@router.get("/{path:resource}", summary="Entities by address", openapi_extra={"parameters": OPTIONS})
@needs("read", "count")
def read(request: HttpRequest, resource: str) -> HttpResponse:
    """A set, an entity, its neighbours, a property, `$value` or `$ref`. Source: OGC 18-088, 9."""
    with in_district(here(request).registers.district.code):
        return _read(lambda: _answer(request, resource))


@router.post("/{path:resource}", summary="Make an entity, or store observations", openapi_extra=BODY)
@needs("act", "relay", "work")
def create(request: HttpRequest, resource: str) -> HttpResponse:
    """A Thing, a Location, a Datastream, an Observation, or observations in arrays.

    Source: OGC 18-088, 10.2, 13.2.
    """
    shelf, steps = _shelf(request), _read(lambda: steps_of(resource))
    if steps[0].name == "CreateObservations":
        return _json(arrays.create_observations(request, shelf, _body(request, list), _base(request)), 201)
    body = _body(request, dict)
    if len(steps) == 2 and steps[0].key is not None and steps[0].name in PARENTS:
        body[PARENTS[steps[0].name]] = {"@iot.id": steps[0].key}
    elif len(steps) != 1:
        raise not_found("可写入的地址", "address to send to")
    name, key = steps[-1].name, _made(request, shelf, steps[-1].name, body)
    address = f"{_base(request)}/{name}({quoted(key)})"
    answer = _json({"@iot.id": key, "@iot.selfLink": address}, 201)
    answer.headers["Location"] = address
    return answer


@router.patch("/{path:resource}", summary="Change an entity", openapi_extra=BODY)
@needs("act", "relay", "work")
def change(request: HttpRequest, resource: str) -> HttpResponse:
    """Change what is said, by a part of it or by a JSON Patch. Source: OGC 18-088, 10.3; RFC 6902."""
    step, shelf = _one(resource), _shelf(request)
    body = _decoded(request)
    if isinstance(body, list):
        body = _read(lambda: arrays.patched(body))
    if not isinstance(body, dict):
        raise wrong("body", "须为对象", "a JSON object is wanted")
    _change(request, shelf, step, body)
    return _json({"@iot.id": step.key})


@router.put("/{path:resource}", summary="Replace an entity", openapi_extra=BODY)
@needs("act", "relay", "work")
def replace(request: HttpRequest, resource: str) -> HttpResponse:
    """As a change: what is not said stays as the register has it. Source: OGC 18-088, 10.3."""
    step = _one(resource)
    _change(request, _shelf(request), step, _body(request, dict))
    return _json({"@iot.id": step.key})


@router.delete("/{path:resource}", summary="End an entity")
@needs("act", "relay", "work")
def end(request: HttpRequest, resource: str) -> HttpResponse:
    """A Thing ends today, an Observation is withdrawn; what was known stays known. Source: OGC 18-088, 10.4."""
    step, shelf = _one(resource), _shelf(request)
    if step.name == "Things":
        changing.end_thing(request, shelf, str(step.key))
    elif step.name == "Observations":
        changing.change_observation(request, shelf, str(step.key), None)
    elif step.name in SETS:
        raise changing.not_served(step.name)
    else:
        raise not_found("此集合", "set")
    return _json({})


PARENTS = {"Things": "Thing", "Datastreams": "Datastream"}


def _made(request: HttpRequest, shelf: RequestShelf, name: str, body: dict[str, Any]) -> int | str:
    if name == "Things":
        return changing.make_thing(request, shelf, body)
    if name == "Datastreams":
        return changing.make_datastream(request, shelf, body)
    if name == "Observations":
        return arrays.create_one(request, shelf, body)
    if name == "Locations":
        things = [each for each in [body.get("Thing"), *body.get("Things", [])] if isinstance(each, dict)]
        if len(things) != 1:
            raise wrong("Things", "须写明一个对象", "a place belongs to one Thing")
        return changing.place_thing(request, shelf, str(things[0].get("@iot.id", "")), body)
    if name in ("Sensors", "ObservedProperties"):
        known = next((each for each in shelf.all_of(name) if each.body["name"] == body.get("name")), None)
        if known is not None:
            return known.id  # what is declared is there already
    if name in SETS:
        raise changing.not_served(name)
    raise not_found("此集合", "set")


def _change(request: HttpRequest, shelf: RequestShelf, step: AddressStep, body: dict[str, Any]) -> None:
    key = str(step.key)
    if step.name == "Things":
        changing.change_thing(request, shelf, key, body)
    elif step.name == "Locations":
        changing.place_thing(request, shelf, key, body)
    elif step.name == "Observations":
        changing.change_observation(request, shelf, key, body)
    elif step.name in SETS:
        raise changing.not_served(step.name)
    else:
        raise not_found("此集合", "set")


def _one(resource: str) -> AddressStep:
    steps = _read(lambda: steps_of(resource))
    if len(steps) != 1 or steps[0].key is None:
        raise not_found("可更改的地址", "address to be changed")
    return steps[0]


def _answer(request: HttpRequest, resource: str) -> HttpResponse:
    given = {name: str(value) for name, value in request.GET.items()}
    asked, shelf = entities_asked(given), _shelf(request)
    steps = steps_of(resource)
    found = follow(shelf, steps, asked) if steps else None
    if found is None:
        raise not_found("此项", "entity")
    base = _base(request)
    if found.page is not None:
        return _listed(request, found.page, asked, base, form=found.form)
    assert found.entity is not None
    if found.property:
        return _property(found, base)
    return _json(as_sent(found.entity, asked, base))


def _listed(request: HttpRequest, page: EntityPage, asked: EntitiesAsked, base: str, *, form: str) -> HttpResponse:
    told: dict[str, Any] = {"@iot.count": page.matched} if asked.count else {}
    if page.more:
        onward = request.GET.copy()
        onward["$top"], onward["$skip"] = str(asked.top), str(asked.skip + asked.top)
        told["@iot.nextLink"] = f"{request.build_absolute_uri(request.path)}?{onward.urlencode()}"
    if form == "$ref":
        told["value"] = [{"@iot.selfLink": f"{base}/{each.set}({quoted(each.id)})"} for each in page.entities]
    elif asked.form:
        told["value"] = arrays.as_arrays(page.entities, base)
    else:
        told["value"] = [as_sent(each, asked, base) for each in page.entities]
    return _json(told)


def _property(found: FoundThere, base: str) -> HttpResponse:
    entity: StaEntity = found.entity  # type: ignore[assignment]  # a property belongs to an entity
    value = as_sent(entity, EntitiesAsked(select=(found.property,)), base).get(found.property)
    if found.form == "$value":
        text = value if isinstance(value, str) else _numbers.encode(value).decode()
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    return _json({found.property: value})


def _read[T](question: Callable[[], T]) -> T:
    try:
        return question()
    except WrongExpression as error:
        raise problem(400, "wrong_question", f"无法读取：{error}", str(error)) from None


def _shelf(request: HttpRequest) -> RequestShelf:
    world = here(request)
    purpose = request.headers.get("Purpose", "")
    return RequestShelf(
        world, looker_of(world, {"purpose": purpose, "programme": request.headers.get("Programme", "")})
    )


def _decoded(request: HttpRequest) -> Any:
    try:
        return msgspec.json.decode(request.body)
    except msgspec.DecodeError as error:
        raise problem(400, "unreadable", "不是 JSON", f"no JSON: {error}") from None


def _body[T](request: HttpRequest, kind: type[T]) -> T:
    body = _decoded(request)
    if not isinstance(body, kind):
        raise wrong("body", "JSON 类型不符", f"a JSON {kind.__name__} is wanted")
    return body


def _json(body: object, status: int = 200) -> HttpResponse:
    return HttpResponse(_numbers.encode(body), status=status, content_type="application/json")


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/sta/v1.1")


api = wire_api("sta/v1.1/", "Bihuan 闭环 · SensorThings", router)
