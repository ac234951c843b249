"""What becomes of incidents that are on record: changed, gone, retracted, back; and what their cases are told of it.

An incident is gone when its rule no longer holds; it is *retracted* when, by what is known now, the rule did not hold
on the day it was opened either: a correction took its ground away. The case says so by an event; a person decides.
Source: DESIGN §14; packs: an incident that a correction removes is retracted by an event; docs/adr/0282-watches.md (5).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Command, acting_as
from bihuan.loop.store import Order, append
from bihuan.watches.catalogue import Watch
from bihuan.watches.model import Fact, Hits
from bihuan.watches.opening import EVENTS, LONGEST, lock_events
from bihuan.watches.reminding import follow_ends
from bihuan.watches.scene import Scene

_OPEN = """
SELECT id, subject, part, incident, current, opened_at, case_id, refused FROM watch_incident
WHERE district_id = %s AND watch = %s AND ended_at IS NULL AND (%s::text[] IS NULL OR subject = ANY(%s))
"""
_SEEN = "SELECT subject, part FROM watch_incident WHERE district_id = %s AND watch = %s AND subject = ANY(%s)"
_END = """
UPDATE watch_incident i SET ended_at = %s, ended_how = e.how
FROM unnest(%s::uuid[], %s::text[]) AS e(id, how) WHERE i.id = e.id AND i.ended_at IS NULL RETURNING i.id
"""
_WITHDRAW = """
UPDATE watch_incident i SET ended_how = 'retracted'
FROM unnest(%s::text[], %s::text[]) AS r(subject, part)
WHERE i.district_id = %s AND i.watch = %s AND i.subject = r.subject AND i.part = r.part AND i.ended_how = 'cleared'
RETURNING i.id, i.subject, i.part, i.case_id
"""
_CHANGE = """
UPDATE watch_incident i SET current = c.current FROM unnest(%s::uuid[], %s::text[]) AS c(id, current)
WHERE i.id = c.id AND i.ended_at IS NULL AND i.current <> c.current RETURNING i.id
"""
_RETURN = """
UPDATE watch_incident i SET ended_at = NULL, ended_how = '', current = i.incident
FROM unnest(%(subjects)s::text[], %(parts)s::text[], %(incidents)s::text[]) AS r(subject, part, incident)
WHERE i.district_id = %(district)s AND i.watch = %(watch)s AND i.subject = r.subject AND i.part = r.part
  AND i.incident = r.incident AND i.ended_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM watch_incident o WHERE o.district_id = i.district_id AND o.watch = i.watch
      AND o.subject = i.subject AND o.part = i.part AND o.ended_at IS NULL)
RETURNING i.id, i.subject, i.part, i.case_id
"""


class OpenIncident(NamedTuple):
    """An incident that holds."""

    id: UUID
    subject: str
    part: str
    incident: str
    current: str
    opened_at: datetime
    case: UUID | None
    refused: str


class ToldIncident(NamedTuple):
    """What is told of an incident on record."""

    id: UUID
    subject: str
    part: str
    how: str
    case: UUID | None
    facts: Sequence[Fact] = ()


def open_of(watch: Watch, scene: Scene) -> dict[tuple[str, str], OpenIncident]:
    """Return the open incidents of a watch by subject and part; of a narrowed scene only its subjects'."""
    only = None if scene.only is None else sorted(scene.only)
    with scope.district(scene.district), connection.cursor() as cursor:
        cursor.execute(_OPEN, [scene.district, watch.name, only, only])
        return {(row[1], row[2]): OpenIncident(*row) for row in cursor.fetchall()}


def unseen(watch: Watch, scene: Scene, hits: Hits, places: Sequence[int]) -> list[int]:
    """Of places that have ended by themselves, those of which no incident is on record.

    Source: docs/adr/0282-watches.md (3, once per watch, subject and incident).
    """
    if not places:
        return []
    subjects = sorted({hits.subjects[place] for place in places})
    with scope.district(scene.district), connection.cursor() as cursor:
        cursor.execute(_SEEN, [scene.district, watch.name, subjects])
        seen = set(cursor.fetchall())
    return sorted(place for place in places if (hits.subjects[place], hits.parts[place]) not in seen)


def end_incidents(
    watch: Watch, scene: Scene, gone: Sequence[OpenIncident], hits: Hits, facts: LoopFacts, run: UUID
) -> list[ToldIncident]:
    """End incidents whose rule no longer holds: cleared, or retracted when it never did by what is known now.

    Source: docs/adr/0282-watches.md (5, clears by its own rule).
    """
    if not gone:
        return []
    never = _retracted(watch, scene, gone, hits)
    how = {each.id: "retracted" if (each.subject, each.part) in never else "cleared" for each in gone}
    with transaction.atomic(), scope.district(scene.district):
        with connection.cursor() as cursor:
            cursor.execute(_END, [scene.at, list(how), list(how.values())])
            mine = {key for (key,) in cursor.fetchall()}
        told = [
            ToldIncident(each.id, each.subject, each.part, how[each.id], each.case) for each in gone if each.id in mine
        ]
        _record(watch, scene, told, facts, run)
    return told


def withdraw_incidents(watch: Watch, scene: Scene, hits: Hits, facts: LoopFacts, run: UUID) -> list[ToldIncident]:
    """Tell of incidents that had cleared, and whose ground a later correction took away: they never held.

    Source: docs/adr/0282-watches.md (5, a correction says so on the case).
    """
    if not hits.retracted:
        return []
    subjects, parts = (list(column) for column in zip(*sorted(hits.retracted), strict=True))
    with transaction.atomic(), scope.district(scene.district):
        with connection.cursor() as cursor:
            cursor.execute(_WITHDRAW, [subjects, parts, scene.district, watch.name])
            told = [
                ToldIncident(key, subject, part, "retracted", case) for key, subject, part, case in cursor.fetchall()
            ]
        _record(watch, scene, told, facts, run)
    return told


def change_incidents(
    watch: Watch,
    scene: Scene,
    changed: Mapping[UUID, tuple[OpenIncident, str, Sequence[Fact]]],
    facts: LoopFacts,
    run: UUID,
) -> list[ToldIncident]:
    """Tell of open incidents that something else decides now (another date, another first day).

    Source: docs/adr/0282-watches.md (3, a new deciding value is the same incident).
    """
    if not changed:
        return []
    with transaction.atomic(), scope.district(scene.district):
        with connection.cursor() as cursor:
            cursor.execute(_CHANGE, [list(changed), [current[:LONGEST] for _, current, _ in changed.values()]])
            mine = {key for (key,) in cursor.fetchall()}
        told = [
            ToldIncident(key, each.subject, each.part, "changed", each.case, said)
            for key, (each, _, said) in changed.items() if key in mine
        ]  # fmt: skip
        _record(watch, scene, told, facts, run)
    return told


def return_incidents(
    watch: Watch, scene: Scene, back: Sequence[tuple[str, str, str]], facts: LoopFacts, run: UUID
) -> list[ToldIncident]:
    """Take up incidents again that had ended and hold once more with the same deciding value.

    Args:
        back: Subject, part, deciding value.

    Source: docs/adr/0282-watches.md (3, no second case for one incident).
    """
    if not back:
        return []
    names = [list(column) for column in zip(*back, strict=True)]
    given: dict[str, Any] = {"district": scene.district, "watch": watch.name}
    given |= dict(zip(("subjects", "parts", "incidents"), names, strict=True))
    with transaction.atomic(), scope.district(scene.district):
        with connection.cursor() as cursor:
            cursor.execute(_RETURN, given)
            told = [
                ToldIncident(key, subject, part, "returned", case) for key, subject, part, case in cursor.fetchall()
            ]
        _record(watch, scene, told, facts, run)
    return told


def _retracted(watch: Watch, scene: Scene, gone: Sequence[OpenIncident], hits: Hits) -> Iterable[tuple[str, str]]:
    """Those that by what is known now did not hold when they were opened either."""
    if hits.retracted is not None:
        return hits.retracted
    kind, rule, over = watch.declared.when.kind, watch.declared.when.rule, watch.declared.over
    by_day: dict[datetime, list[OpenIncident]] = defaultdict(list)
    for each in gone:
        by_day[each.opened_at].append(each)
    never: set[tuple[str, str]] = set()
    for opened_at, several in by_day.items():
        own = kind.type_of is None or kind.type_of(over, rule) == over.subject
        type_id = over.subject if over.subject is not None and own else ""
        then = kind.find(scene.narrowed(type_id, [each.subject for each in several], opened_at), over, rule)
        held = set(zip(then.subjects, then.parts, strict=True))
        never |= {(each.subject, each.part) for each in several} - held
    return never


def _record(watch: Watch, scene: Scene, told: Sequence[ToldIncident], facts: LoopFacts, run: UUID) -> None:
    """Write the events, and tell the cases."""
    if not told:
        return
    data = [json.dumps({"facts": [f.as_json() for f in each.facts]} if each.facts else {}) for each in told]
    lock_events()
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, [scene.district, scene.at, run, [t.id for t in told], [t.how for t in told], data])
    follow_ends(watch, [(each.id, each.how) for each in told], scene.at)
    actor = acting_as("watch")
    orders = [
        Order(Command("observe", actor, scene.at, _said(watch, each)), case=each.case)
        for each in told if each.case is not None
    ]  # fmt: skip
    append(orders, facts=facts)


def _said(watch: Watch, each: ToldIncident) -> dict[str, Any]:
    said: dict[str, Any] = {"watch": watch.name, "what": each.how}
    if each.facts:
        said["facts"] = {"facts": [{name: str(part) for name, part in f.as_json().items()} for f in each.facts]}
    return said
