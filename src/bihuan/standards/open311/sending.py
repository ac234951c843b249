"""A service request that comes in becomes a report through the one door; the same sent again has no second effect.

The standard knows no key of repetition: without the header `Idempotency-Key` the same words of the same caller on one
day are one request.
Source: wiki.open311.org/GeoReport_v2, "POST Service Request"; docs/adr/0370.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.http import HttpRequest

from bihuan.declare.types.place import MICRO
from bihuan.faces.api.access import Token, here
from bihuan.faces.parts.problems import ApiProblem, problem
from bihuan.faces.parts.world import NOBODY
from bihuan.intake.receive import ReportReceipt, receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop.keys import bound, digest_of
from bihuan.standards.open311.requests import wrong
from bihuan.standards.open311.services import service_named

LONGEST = 4000
ATTRIBUTE = "attribute["


def receive_request(request: HttpRequest, given: Mapping[str, str]) -> ReportReceipt:
    """Receive a request; return the receipt.

    Args:
        given: Fields of the form; `api_key` is a token with the scope `report`.

    Raises:
        ApiProblem: 403 no key, 400 a field, 404 no such service.

    Source: wiki.open311.org/GeoReport_v2, "POST Service Request".
    """
    if Token().authenticate(request, given.get("api_key", "")) is None or "report" not in _scopes(request):
        raise problem(403, "api_key", "缺少有效的 api_key", "a valid api_key is needed", field="api_key")
    service = service_named(given.get("service_code", ""))
    if service is None:
        raise problem(404, "service", "没有该服务", "there is no such service", field="service_code")
    text = given.get("description", "").strip()
    if not text:
        raise wrong("description", "请填写说明", "a description is wanted")
    place, address = _place(given), given.get("address_string", "").strip()[:300]
    if place is None and not address and not given.get("address_id"):
        raise wrong("lat", "请提供 lat 与 long、address_string 或 address_id", "lat and long, an address, or its id")
    world = here(request)
    actor = world.actor
    if not actor.may("receive"):
        actor = msgspec.structs.replace(actor, roles=actor.roles | NOBODY.roles)
    said = {name: value for name, value in sorted(given.items()) if name != "api_key"}
    key = request.headers.get("Idempotency-Key", "")[:128] or _key(said, world.now.astimezone(world.zone).date())
    report = NewReport(
        key=bound("open311", world.actor.id, key), digest=digest_of("open311", said), programme=service.programme,
        kind=service.kind, channel="api", at=world.now, text=text[:LONGEST], category=service.category,
        area=given.get("address_id", "")[:16] or None, place=place, address=address, reporter=_reporter(given),
        fields=_attributes(given, service.rules.fields),
    )  # fmt: skip
    receipt = receive([report], actor=actor, facts=world.facts)[0]
    if receipt.refusal is not None:
        raise ApiProblem(400, receipt.refusal)
    return receipt


def _scopes(request: HttpRequest) -> frozenset[str]:
    found: frozenset[str] = request.bihuan_scopes  # type: ignore[attr-defined]  # set by whoever let the request in
    return found


def _key(said: Mapping[str, str], day: object) -> str:
    return hashlib.sha256(msgspec.json.encode([str(day), said])).hexdigest()


def _place(given: Mapping[str, str]) -> tuple[int, int] | None:
    lat, lon = given.get("lat", "").strip(), given.get("long", "").strip()
    if not lat and not lon:
        return None
    try:
        found = int((Decimal(lon) * MICRO).to_integral_value()), int((Decimal(lat) * MICRO).to_integral_value())
    except (InvalidOperation, ValueError, OverflowError):
        raise wrong("lat", "lat、long 须为数", "lat and long are numbers") from None
    if abs(found[0]) > 180 * MICRO or abs(found[1]) > 90 * MICRO:
        raise wrong("lat", "lat、long 超出范围", "lat or long is out of range")
    return found


def _reporter(given: Mapping[str, str]) -> Reporter | None:
    name = " ".join(each for each in (given.get("first_name", ""), given.get("last_name", "")) if each)[:64]
    phone, email = given.get("phone", "")[:32], given.get("email", "")[:254]
    return Reporter(name=name, phone=phone, email=email) if name or phone or email else None


def _attributes(given: Mapping[str, str], rules: Mapping[str, Any]) -> dict[str, Any]:
    """`attribute[CODE]=…` by the fields of the form; one that it does not have is refused, never lost."""
    found = {
        name.removeprefix(ATTRIBUTE).partition("]")[0]: value[:LONGEST]
        for name, value in given.items()
        if name.startswith(ATTRIBUTE) and value
    }
    for name in found.keys() - rules.keys():
        raise wrong(f"{ATTRIBUTE}{name}]", "该服务没有此属性", "the service has no such attribute")
    return found
