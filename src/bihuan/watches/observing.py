"""Observation in a person's place, as the worker does it: cases that wait to be verified, closed ones kept in sight.

The kernel decides from what `Facts.ask` answers; here stands only who is asked, how often, and that a case whose
numbers do not suffice says so once a round. Source: DESIGN §14; docs/adr/0284-verification-by-observation.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from bihuan.extend import FactQuestion
from bihuan.loop import pausing
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Command, acting_as
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import Order, append, current_facts
from bihuan.registers.isolation import in_district
from bihuan.registers.models import District
from bihuan.registers.pure.durations import Duration
from bihuan.watches.catalogue import current_catalogue

BATCH = 500
WAITING = "window_open"
"""The refusal of a case whose window has not ended."""
_VERIFYING = """
SELECT c.id, c.programme FROM loop_case c
WHERE c.district_id = %(district)s AND c.state = 'verifying' AND (c.programme, c.kind) IN (
    SELECT * FROM unnest(%(programmes)s::text[], %(kinds)s::text[])) AND NOT EXISTS (
    SELECT FROM loop_event e WHERE e.case_id = c.id AND e.kind = 'observed' AND e.data->>'what' = 'not_verified'
      AND e.occurred_at >= c.submitted_at)
ORDER BY c.id LIMIT %(most)s
"""
_KEPT = """
SELECT c.id, c.programme, c.kind, c.ended_at FROM loop_case c
WHERE c.district_id = %(district)s AND c.state = 'closed' AND c.history IS NULL AND (c.programme, c.kind) IN (
    SELECT * FROM unnest(%(programmes)s::text[], %(kinds)s::text[])) AND c.ended_at > %(since)s AND NOT EXISTS (
    SELECT FROM loop_event e WHERE e.case_id = c.id AND e.kind = 'observed' AND e.data->>'what' = 'returned'
      AND e.occurred_at >= c.ended_at)
ORDER BY c.id
"""
_INCIDENT = """
SELECT i.id::text, i.opened_at, i.incident FROM watch_incident i
WHERE i.district_id = %s AND i.watch = %s AND i.subject = %s AND i.opened_at <= %s
  AND (i.ended_at IS NULL OR i.ended_at > %s) ORDER BY i.opened_at DESC LIMIT 1
"""
_last: list[datetime] = []


def kinds() -> Collection[str]:
    """One kind of question: whether a watch holds of a subject."""
    return ("watch",)


def names(kind: str) -> Collection[str]:
    """Every declared watch."""
    return current_catalogue().watches.keys()


def ask(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """Return since when a watch (`watch.NAME`) has an incident of a subject, as ISO 8601 in UTC, and the incident.

    Source: docs/adr/0284-verification-by-observation.md (4).
    """
    name = question.kind.partition(".")[2]
    with in_district(question.district), connection.cursor() as cursor:
        cursor.execute(_INCIDENT, [question.district, name, question.key, question.at, question.at])
        row = cursor.fetchone()
    if row is None:
        return None
    opened = row[1].astimezone(UTC).isoformat()
    return opened, {"incident": row[0], "since": opened, "decides": row[2]}


def observe() -> int:
    """Verify what can be verified, look at what is kept in sight; returns how many cases moved.

    Source: docs/topics/watches.md, "Verified by observation", "Watch after closure".
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    facts = current_facts()
    before = _last[0] if _last else facts.now - timedelta(days=1)
    done = verify_observed(facts) + look_after_closing(facts, before)
    _last[:] = [facts.now]
    return done


def verify_observed(facts: LoopFacts, most: int = BATCH) -> int:
    """Ask of each case that waits to be verified whether its series verifies it; returns how many it closed.

    A case whose numbers do not suffice says so by an event, once a round; a person looks.

    Source: docs/adr/0284-verification-by-observation.md (3).
    """
    declared = {
        (programme.id, kind): rules.verify.observed.series
        for programme in all_programmes().values()
        for kind, rules in programme.cases.items()
        if rules.verify is not None and rules.verify.observed is not None
    }
    if not declared:
        return 0
    rows = _rows(_VERIFYING, facts, list(declared), most=most)
    actor = acting_as("watch")
    results = append([Order(Command("verify_observed", actor, facts.now), case=row[0]) for row in rows], facts=facts)
    refused = [
        (row[0], row[1], each.refusal)
        for row, each in zip(rows, results, strict=True)
        if each.refusal is not None and each.refusal.code != WAITING
    ]
    told = [
        Order(
            Command("observe", actor, facts.now, {
                "watch": f"{programme}-verification", "what": "not_verified",
                "facts": {"why": why.code, "zh": why.text.zh, "en": why.text.en},
            }), case=case,
        )
        for case, programme, why in refused
    ]  # fmt: skip
    append(told, facts=facts)
    return sum(each.refusal is None for each in results)


def look_after_closing(facts: LoopFacts, before: datetime) -> int:
    """Look at closed cases that stand under observation, each as often as it is declared; returns how many reopened.

    Args:
        before: When it was looked last.

    Source: docs/adr/0284-verification-by-observation.md (4).
    """
    declared = {
        (programme.id, kind): rules.keep
        for programme in all_programmes().values()
        for kind, rules in programme.cases.items()
        if rules.keep is not None
    }
    if not declared:
        return 0
    since = facts.now - timedelta(days=31 * max(keep.months for keep in declared.values()))
    rows = [
        row
        for row in _rows(_KEPT, facts, list(declared), since=since)
        if _is_due(row[3], declared[row[1], row[2]].every, before, facts.now)
    ]
    actor, moved = acting_as("watch"), 0
    for start in range(0, len(rows), BATCH):
        part = [Order(Command("reopen_observed", actor, facts.now), case=row[0]) for row in rows[start : start + BATCH]]
        moved += sum(each.refusal is None for each in append(part, facts=facts))
    return moved


def _rows(sql: str, facts: LoopFacts, declared: Sequence[tuple[str, str]], **more: Any) -> list[tuple[Any, ...]]:
    district = facts.registers.district.code
    given: dict[str, Any] = {
        "district": district, "programmes": [programme for programme, _ in declared],
        "kinds": [kind for _, kind in declared], **more,
    }  # fmt: skip
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(sql, given)
        found: list[tuple[UUID, Any]] = cursor.fetchall()
    return found


def _is_due(ended: datetime, every: str, before: datetime, now: datetime) -> bool:
    """Whether another span since the end has passed between two looks."""
    length = Duration.parse(every)
    step = (
        timedelta(minutes=1)
        if length.unit == "minutes"
        else timedelta(hours=1)
        if length.unit == "hours"
        else timedelta(days=1)
    )
    span = step * length.amount
    return (now - ended) // span > (max(before, ended) - ended) // span
