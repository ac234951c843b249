"""Subscriptions to entities: what may be asked for, who may ask, and how one stands.

A subscription is a row and a webhook: what is notified goes the way of every signed message (retries, addresses of our
own networks refused). `entities` alone is enough.
Source: ETSI GS CIM 009 V1.8.1, 5.2.12, 5.8, 6.10, 6.11; docs/adr/0375-entities-notified.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid5

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from bihuan.faces.api.access import here
from bihuan.faces.parts.problems import ApiProblem, not_found, problem
from bihuan.faces.parts.subjects import looker_of
from bihuan.notices.models import Delivery, Webhook
from bihuan.notices.ports.cloudevents import EMBEDDED
from bihuan.registers.pure.ids import new_id
from bihuan.standards.models import SubscriptionRow
from bihuan.standards.ngsild.entities import moment, parts_of
from bihuan.standards.ngsild.queries import GeoQuery, WrongQuery, matches
from bihuan.standards.serving.registers import wrong
from bihuan.subjects import asking
from bihuan.subjects.asking import Viewpoint
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import FenceClosed

KIND = "ngsi-ld"
MOST, LONGEST = 1_000, 200
TAKEN = frozenset({
    "id", "type", "subscriptionName", "name", "description", "entities", "watchedAttributes", "q", "geoQ",
    "notification", "isActive", "expiresAt", "throttling", "@context", "jsonldContext",
})  # fmt: skip
NOT_SERVED = frozenset({"timeInterval", "temporalQ", "scopeQ", "csf", "lang", "notificationTrigger", "datasetId"})
FORMATS = ("normalized", "keyValues", "simplified")
ACCEPTED = ("application/json", "application/ld+json")


def subscribe(request: Any, told: Mapping[str, Any]) -> SubscriptionRow:
    """Keep a subscription of the caller.

    Raises:
        ApiProblem: 400 what is wrong, 403 a register behind a fence, 409 the id is taken, 501 what is not served.

    Source: ETSI GS CIM 009, 5.8.1.
    """
    wanted = _checked(request, told)
    world = here(request)
    district, identity = world.registers.district.code, new_id()
    urn = str(told.get("id") or f"urn:ngsi-ld:Subscription:{identity}")
    if not re.fullmatch(r"urn:[A-Za-z0-9][A-Za-z0-9:._-]{1,180}", urn):
        raise wrong("id", "id 须为 URN", "the id is a URN", 400)
    rows = SubscriptionRow.objects.filter(district_id=district)
    if rows.filter(urn=urn).exists():
        raise problem(409, "already_exists", "该订阅已存在", "there is such a subscription")
    if rows.count() >= MOST:
        raise wrong("id", f"订阅至多 {MOST} 个", f"at most {MOST} subscriptions", 400)
    with transaction.atomic():
        hook = Webhook.objects.create(
            id=new_id(),
            district_id=district,
            url=wanted["notification"]["endpoint"]["uri"],
            kinds=[KIND],
            form=EMBEDDED,
        )
        return SubscriptionRow.objects.create(
            id=identity, district_id=district, urn=urn, owner=world.actor.id, hook=hook.id, wanted=wanted,
            active=wanted.get("isActive", True), made_at=world.now, mark=world.now,
        )  # fmt: skip


def change_subscription(request: Any, urn: str, told: Mapping[str, Any]) -> None:
    """Change what a subscription of the caller asks for; members that are null go. Raises as `subscribe`, and 404.

    Source: ETSI GS CIM 009, 5.8.2.
    """
    row = subscription_of(request, urn)
    if told.get("id", urn) != urn:
        raise wrong("id", "id 不可更改", "the id stays", 400)
    merged = {**row.wanted, **told, "type": "Subscription"}
    wanted = _checked(request, {name: value for name, value in merged.items() if value is not None})
    with transaction.atomic():
        Webhook.objects.filter(pk=row.hook).update(url=wanted["notification"]["endpoint"]["uri"])
        SubscriptionRow.objects.filter(pk=row.pk).update(wanted=wanted, active=wanted.get("isActive", True))


def end_subscription(request: Any, urn: str) -> None:
    """End a subscription of the caller; raises 404. Source: ETSI GS CIM 009, 5.8.5."""
    row = subscription_of(request, urn)
    with transaction.atomic():
        Webhook.objects.filter(pk=row.hook).update(active=False)
        row.delete()


def subscription_of(request: Any, urn: str) -> SubscriptionRow:
    """Return a subscription that the caller may see; raises 404. Source: ETSI GS CIM 009, 5.8.3."""
    found = subscriptions_of(request).filter(urn=urn).first()
    if found is None:
        raise not_found("该订阅", "subscription")
    return found


def subscriptions_of(request: Any) -> QuerySet[SubscriptionRow]:
    """Return the caller's subscriptions; whoever keeps the system sees all. Source: ETSI GS CIM 009, 5.8.4."""
    world = here(request)
    rows = SubscriptionRow.objects.filter(district_id=world.registers.district.code).order_by("made_at", "id")
    return rows if world.actor.may("keep") else rows.filter(owner=world.actor.id)


def as_subscription(row: SubscriptionRow, now: datetime) -> dict[str, Any]:
    """Return a subscription with how it stands. Source: ETSI GS CIM 009, 5.2.12, 5.2.14."""
    ends = _instant(row.wanted.get("expiresAt"))
    status = "expired" if ends is not None and ends <= now else "active" if row.active else "paused"
    told = {"id": row.urn, "type": "Subscription", **row.wanted, "isActive": row.active, "status": status}
    tried = Delivery.objects.filter(notice__recipient=f"webhook:{row.hook}")
    notification = dict(row.wanted["notification"])
    notification |= {"status": "failed" if row.detail else "ok", "timesSent": tried.filter(status="delivered").count()}
    for name, statuses in (("lastSuccess", ["delivered"]), ("lastFailure", ["failed", "gave_up"])):
        last = tried.filter(status__in=statuses).order_by("-at").values_list("at", flat=True).first()
        notification |= {name: moment(last)} if last is not None else {}
    if row.notified_at is not None:
        notification["lastNotification"] = moment(row.notified_at)
    return told | {"notification": notification}


def hook_event(row: SubscriptionRow, what: str) -> Any:
    """Return the id under which something is notified once. Source: docs/adr/0375-entities-notified.md."""
    return uuid5(row.id, what)


def _checked(request: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    for name in told.keys() & NOT_SERVED:
        raise _not_served(name)
    for name in sorted(told.keys() - TAKEN):
        raise wrong(name, f"没有成员 {name}", f"there is no member {name}", 400)
    if told.get("type", "Subscription") != "Subscription":
        raise wrong("type", "type 须为 Subscription", "the type is Subscription", 400)
    wanted = {name: told[name] for name in sorted(TAKEN - {"@context", "jsonldContext"}) if name in told}
    wanted["entities"] = _entities(request, told.get("entities"))
    for name in ("subscriptionName", "name", "description"):
        if name in told:
            wanted[name] = str(told[name])[:LONGEST]
    attributes = told.get("watchedAttributes")
    if attributes is not None and not _names(attributes):
        raise wrong("watchedAttributes", "须为属性名列表", "a list of names that is not empty", 400)
    _query(told)
    wanted["notification"] = _notification(told.get("notification"))
    if "expiresAt" in told and _instant(told["expiresAt"]) is None:
        raise wrong("expiresAt", "须为带时区的时刻", "an instant with its zone", 400)
    if not isinstance(told.get("isActive", True), bool):
        raise wrong("isActive", "须为 true 或 false", "true or false", 400)
    pause = told.get("throttling", 1)
    if isinstance(pause, bool) or not isinstance(pause, int | float) or not 0 < pause <= 86_400 * 31:
        raise wrong("throttling", "须为秒数", "seconds", 400)
    return wanted


def _entities(request: Any, told: Any) -> list[dict[str, str]]:
    if not isinstance(told, list) or not told:
        raise wrong("entities", "请列出 entities", "a list of entities is wanted", 400)
    found = []
    for each in told:
        if not isinstance(each, dict) or not each.keys() & {"type", "id", "idPattern"}:
            raise wrong("entities", "每项须有 type、id 或 idPattern", "each has a type, an id or an idPattern", 400)
        kind = str(each.get("type") or parts_of(str(each.get("id", "")))[0])
        if (kind or "id" in each) and kind not in subject_types():
            raise wrong("entities", f"没有类型 {kind[:80]}", f"there is no type {kind[:80]}", 400)
        try:
            re.compile(str(each.get("idPattern", "")))
        except re.error:
            raise wrong("entities", "idPattern 无法读取", "the idPattern is no pattern", 400) from None
        if kind:
            _open(request, kind)
        found.append({name: str(each[name])[:420] for name in ("type", "id", "idPattern") if name in each})
    return found


def _open(request: Any, kind: str) -> None:
    """What lies behind a fence is read for a purpose, each time; it is never sent by itself."""
    world = here(request)
    day = world.now.astimezone(world.zone).date()
    try:
        asking.find(world.registers.district.code, subject_types()[kind], Viewpoint(day, limit=1), looker_of(world, {}))
    except FenceClosed as error:
        raise problem(403, "purpose", "该名册只为规定用途收集，不能订阅", error.message) from None


def _query(told: Mapping[str, Any]) -> None:
    try:
        if "q" in told:
            matches({}, str(told["q"]))
        if "geoQ" in told:
            geo_query(told["geoQ"])
    except WrongQuery as error:
        raise wrong("q", f"无法读取：{error}", str(error), 400) from None


def geo_query(told: Any) -> GeoQuery:
    """Return the geo-query of a subscription; raises `WrongQuery`. Source: ETSI GS CIM 009, 5.2.13."""
    if not isinstance(told, dict) or not told.get("georel"):
        raise WrongQuery("geoQ has georel, geometry, coordinates")
    coordinates = told.get("coordinates", "")
    given = {name: str(told.get(name, "")) for name in ("georel", "geometry")}
    text = coordinates if isinstance(coordinates, str) else msgspec.json.encode(coordinates).decode()
    return GeoQuery(given | {"coordinates": text})


def _notification(told: Any) -> dict[str, Any]:
    endpoint = told.get("endpoint") if isinstance(told, dict) else None
    uri = str(endpoint.get("uri", "")) if isinstance(endpoint, dict) else ""
    parts = urlsplit(uri)
    if parts.scheme == "mqtt":
        raise _not_served("mqtt")
    if parts.scheme not in ("http", "https") or not parts.hostname or len(uri) > 500 or parts.username:
        raise wrong("notification.endpoint.uri", "须为 http 或 https 地址", "an address of http or https", 400)
    assert isinstance(endpoint, dict)
    for name in endpoint.keys() - {"uri", "accept"}:
        raise _not_served(f"endpoint.{name}")
    form, accept = told.get("format", "normalized"), endpoint.get("accept", ACCEPTED[0])
    if form not in FORMATS or accept not in ACCEPTED:
        raise wrong("notification.format", "格式不支持", f"one of {', '.join(FORMATS)}; {', '.join(ACCEPTED)}", 400)
    attributes = told.get("attributes")
    if attributes is not None and not _names(attributes):
        raise wrong("notification.attributes", "须为属性名列表", "a list of names that is not empty", 400)
    kept = {"format": form, "endpoint": {"uri": uri, "accept": accept}}
    return kept | ({"attributes": attributes} if attributes else {})


def _names(told: Any) -> bool:
    return isinstance(told, list) and 0 < len(told) <= 100 and all(isinstance(each, str) for each in told)


def _instant(told: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.utcoffset() is not None else None


def paused_until(row: SubscriptionRow) -> datetime | None:
    """Return until when nothing is notified. Source: ETSI GS CIM 009, 5.2.12 (throttling)."""
    pause = row.wanted.get("throttling")
    return row.notified_at + timedelta(seconds=float(pause)) if pause and row.notified_at is not None else None


def is_over(row: SubscriptionRow, now: datetime) -> bool:
    """Return whether it has expired. Source: ETSI GS CIM 009, 5.2.12 (expiresAt)."""
    ends = _instant(row.wanted.get("expiresAt"))
    return ends is not None and ends <= now


def _not_served(name: str) -> ApiProblem:
    return problem(501, "not_implemented", f"不支持 {name[:80]}", f"not supported: {name[:80]}")
