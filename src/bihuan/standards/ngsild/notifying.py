"""What became known since, matched with subscriptions, as notifications on their way.

Subjects by the changes of the register, values by the batches of the series. Each change is notified once, in parts of
a hundred entities, under an id that follows from subscription and change: what is looked at twice is told once. An hour
is looked back, since a long load tells its beginning as its time; what was looked at is remembered by the process only.
Source: ETSI GS CIM 009 V1.8.1, 5.8.6, 5.3.1; docs/adr/0375-entities-notified.md.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from bihuan.loop.actors import actor_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor
from bihuan.notices.models import Notice
from bihuan.registers.isolation import in_district
from bihuan.registers.models import User
from bihuan.registers.pure.ids import new_id
from bihuan.series.catalogue import current_catalogue
from bihuan.series.models import ObservationBatch, SeriesLine
from bihuan.standards.models import SubscriptionRow
from bihuan.standards.ngsild.entities import CORE, PLACE, as_entity, key_values, moment, newest_of, parts_of, urn_of
from bihuan.standards.ngsild.queries import WrongQuery, matches
from bihuan.standards.ngsild.subscriptions import KIND, geo_query, hook_event, is_over, paused_until
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts, Viewpoint
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.models import Change, Version
from bihuan.subjects.pure.types import SubjectType

PART, MOST, LOOKED_BACK = 100, 5_000, timedelta(hours=1)
"""Entities in a message; changes at once; how far back what was not yet visible is looked for."""
REMEMBERED = 50_000
_numbers = msgspec.json.Encoder(decimal_format="number")


class Happening(NamedTuple):
    """Something became known of subjects of a type: by which change, when, of which attribute (all: empty)."""

    id: str
    at: datetime
    kind: str
    keys: tuple[str, ...]
    attribute: str = ""


@dataclass
class EntityNotifier:
    """Matches what became known with subscriptions. `seen`: what was looked at for whom."""

    seen: OrderedDict[tuple[UUID, str], None] = field(default_factory=OrderedDict)

    def notify(self, world: LoopFacts) -> int:
        """Put what is to be told on its way; returns how many notifications. Source: ETSI GS CIM 009, 5.8.6."""
        district = world.registers.district.code
        asked = SubscriptionRow.objects.filter(district_id=district, active=True)
        rows = [row for row in asked if not is_over(row, world.now)]
        rows = [row for row in rows if (paused_until(row) or world.now) <= world.now]
        if not rows:
            return 0
        kinds = frozenset[str]().union(*(_kinds(row) for row in rows))
        happened = list(_happened(district, kinds, min(row.mark for row in rows)))
        return sum(self._notify(row, happened, world) for row in rows)

    def _notify(self, row: SubscriptionRow, happened: Sequence[Happening], world: LoopFacts) -> int:
        actor = _owner(row.owner, world)
        if actor is None or not actor.may("work"):
            SubscriptionRow.objects.filter(pk=row.pk).update(detail="its owner may not read any more", mark=world.now)
            return 0
        made = 0
        for each in happened:
            if (row.id, each.id) in self.seen or not _concerns(row, each):
                continue
            for number, part in enumerate(_parts(_entities(row, each, actor, world))):
                made += _put(row, f"{each.id}/{number}", part, world)
            self.seen[row.id, each.id] = None
        while len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)
        told = {"notified_at": world.now} if made else {}
        SubscriptionRow.objects.filter(pk=row.pk).update(mark=world.now, detail="", **told)
        return made


def _happened(district: str, kinds: frozenset[str], since: datetime) -> Iterator[Happening]:
    """Changes of registers and batches of series, the oldest first."""
    since -= LOOKED_BACK
    with in_district(district):
        changes = Change.objects.filter(district_id=district, type__in=list(kinds), recorded_at__gte=since)
        for identity, at, kind in changes.order_by("recorded_at", "id").values_list("id", "recorded_at", "type")[:MOST]:
            holding = Version.objects.filter(change_id=identity, superseded_at=None).order_by("key")
            if keys := tuple(holding.values_list("key", flat=True).distinct()):
                yield Happening(str(identity), at, kind, keys)
        about = {
            each.name: each.declared.subject
            for each in current_catalogue().series.values() if each.declared.subject in kinds
        }  # fmt: skip
        batches = ObservationBatch.objects.filter(district_id=district, series__in=list(about), made_at__gte=since)
        for batch, at, series in batches.order_by("id").values_list("id", "made_at", "series")[:MOST]:
            lines = SeriesLine.objects.filter(district_id=district, series=series, latest_batch=batch)
            keys = tuple(lines.order_by("subject").values_list("subject", flat=True))
            if keys:
                yield Happening(f"batch:{batch}", at, about[series], keys, series)


def _concerns(row: SubscriptionRow, each: Happening) -> bool:
    watched, kind = row.wanted.get("watchedAttributes"), subject_types().get(each.kind)
    if kind is None or each.at < row.made_at or each.kind not in _kinds(row):
        return False
    touched = {each.attribute} if each.attribute else {*kind.open_fields, PLACE}
    return not watched or not touched.isdisjoint(watched)


def _kinds(row: SubscriptionRow) -> frozenset[str]:
    found = set[str]()
    for each in row.wanted["entities"]:
        kind = each.get("type") or parts_of(each.get("id", ""))[0]
        found |= {kind} if kind else set(subject_types())
    return frozenset(found)


def _entities(row: SubscriptionRow, each: Happening, actor: Actor, world: LoopFacts) -> list[dict[str, Any]]:
    """Those of the subjects that the subscription asks for, as its owner may see them today."""
    kind, district = subject_types().get(each.kind), world.registers.district.code
    chosen = [key for key in each.keys if any(_chosen(wanted, each.kind, key) for wanted in row.wanted["entities"])]
    if kind is None or not chosen:
        return []
    looker = Looker(actor.id, frozenset(actor.roles) - frozenset(actor.limits), frozenset(), "")
    view = Viewpoint(world.now.astimezone(world.registers.calendar.zone).date())
    try:
        with in_district(district):
            held = list(_held(district, kind, chosen, view, looker))
            newest = newest_of(district, kind, [found.key for found in held])
    except FenceClosed:
        return []
    return list(_matching(row.wanted, kind, held, newest))


def _held(
    district: str, kind: SubjectType, keys: Sequence[str], view: Viewpoint, looker: Looker
) -> Iterator[HeldFacts]:
    """The subjects of some keys: one by one where they are few, else by reading the register once."""
    if len(keys) > PART * 5:
        wanted = set(keys)
        yield from (each for each in asking.stream(district, kind, view, looker) if each.key in wanted)
        return
    for key in keys:
        if (found := asking.get(district, kind, key, view.day, looker)) is not None:
            yield found


def _chosen(wanted: Mapping[str, str], kind: str, key: str) -> bool:
    urn = urn_of(kind, key)
    if wanted.get("type", kind) != kind or wanted.get("id", urn) != urn:
        return False
    return "idPattern" not in wanted or re.search(wanted["idPattern"], urn) is not None


def _matching(
    wanted: Mapping[str, Any], kind: SubjectType, held: Iterable[HeldFacts], newest: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    place = geo_query(wanted["geoQ"]) if "geoQ" in wanted else None
    for each in held:
        entity = as_entity(kind, each, newest.get(each.key, ()))
        try:
            if "q" in wanted and not matches(entity, wanted["q"]):
                continue
        except WrongQuery:
            continue
        if place is not None and not place.holds(entity.get(PLACE)):
            continue
        yield _shown(entity, wanted["notification"])


def _shown(entity: dict[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    if names := asked.get("attributes"):
        entity = {name: value for name, value in entity.items() if name in names or name in ("id", "type")}
    return entity if asked["format"] == "normalized" else key_values(entity)


def _put(row: SubscriptionRow, what: str, entities: list[dict[str, Any]], world: LoopFacts) -> int:
    """Put a notification on its way, once; returns 1 when it is new."""
    event = hook_event(row, what)
    base = f"{settings.BIHUAN_BASE_URL}/ngsi-ld/v1/context.jsonld"
    accept = row.wanted["notification"]["endpoint"]["accept"]
    body: dict[str, Any] = {
        "id": f"urn:ngsi-ld:Notification:{event}", "type": "Notification", "subscriptionId": row.urn,
        "notifiedAt": moment(world.now), "data": entities,
    }  # fmt: skip
    headers: dict[str, str] = {}
    if accept == "application/ld+json":
        body["@context"] = [base, CORE]
    else:
        headers["Link"] = f'<{base}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    facts = {"content_type": accept, "headers": headers, "body": msgspec.json.decode(_numbers.encode(body))}
    with transaction.atomic():
        if Notice.objects.filter(event_id=event, kind=KIND).exists():
            return 0
        Notice.objects.create(
            id=new_id(), district_id=row.district_id, event_id=event, source="subscription", source_id=row.id,
            number="", kind=KIND, port="webhook", recipient=f"webhook:{row.hook}", language="zh", facts=facts,
            next_at=datetime.now(UTC),
        )  # fmt: skip
    return 1


def _owner(actor: str, world: LoopFacts) -> Actor | None:
    kind, _, key = actor.partition(":")
    user = User.objects.filter(pk=UUID(key), is_active=True).first() if kind == "user" else None
    return actor_of(user, world.now, world.registers) if user is not None else None


def _parts(entities: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(entities), PART):
        yield entities[start : start + PART]
