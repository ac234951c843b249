"""Watches as people and programs read them: what is open, how often each was right, how much work it made, silences.

How right: a case that ended with an outcome that the watch calls confirmed was right, one that ended as false was not,
everything else is not known yet; a retracted incident was false. With its interval (Wilson). Work: cases, acts of
people on them, reminders. Source: DESIGN §14 (each watch publishes how often it was right); docs/topics/watches.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.watches.catalogue import Watch, current_catalogue
from bihuan.watches.judging import HowRight, OfWatch, read_kept
from bihuan.watches.silences import silences_shown

RUNS = 40
"""How many runs back a watch is looked for that did not look in the last one."""
_KEPT = "SELECT counts FROM watch_run WHERE district_id = %s ORDER BY made_at DESC LIMIT %s"
_COLUMNS = """i.id::text, i.subject, i.part, i.current, i.opened_at, i.ended_at, i.ended_how, c.number, c.state,
    i.refused, i.reminded, i.facts
FROM watch_incident i LEFT JOIN loop_case c ON c.id = i.case_id WHERE i.district_id = %s AND """
_INCIDENT = f"SELECT i.watch, i.type, {_COLUMNS} i.id = %s"
_INCIDENTS = f"""
SELECT {_COLUMNS} i.watch = %s ORDER BY i.ended_at IS NOT NULL, i.opened_at DESC, i.id LIMIT %s
"""


def judge_watches(district: str, watches: list[Watch]) -> dict[str, HowRight]:
    """Return how right some watches were when they looked last: each run counts, whoever reads does not.

    Source: docs/topics/watches.md, "How right, how much work".
    """
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(_KEPT, [district, RUNS])
        runs = [_read(row[0]) for row in cursor.fetchall()]
    found: dict[str, HowRight] = {}
    for counts in runs:
        for name, told in counts.items():
            if "right" in told:
                found.setdefault(name, read_kept(told["right"]))
    return {each.name: found.get(each.name, HowRight()) for each in watches}


def of_watch(watch: Watch) -> OfWatch:
    """What says how right a watch was. Source: docs/topics/watches.md, "How right, how much work"."""
    return OfWatch(watch.name, tuple(watch.declared.judged.confirmed), tuple(watch.declared.judged.false))


def watches_shown(district: str) -> dict[str, Any]:
    """Return every watch with what is open, how right it was and how much work it made.

    Source: docs/topics/watches.md, "How right, how much work".
    """
    catalogue = current_catalogue()
    watches = [each for _, each in sorted(catalogue.watches.items())]
    right = judge_watches(district, watches)
    return {
        "watches": [{**head_of(each), **right[each.name].as_json()} for each in watches],
        "silences": silences_shown(district, datetime.now(UTC)),
        "problems": [each.as_dict() for each in catalogue.problems],
    }


def watch_shown(district: str, watch: Watch, limit: int = 100) -> dict[str, Any]:
    """Return one watch with its incidents, open ones first, and its silences. Source: docs/topics/watches.md, "Why"."""
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(_INCIDENTS, [district, watch.name, limit])
        rows = cursor.fetchall()
    return {
        **head_of(watch), **judge_watches(district, [watch])[watch.name].as_json(),
        "incidents": [_incident(row) for row in rows],
        "silences": silences_shown(district, datetime.now(UTC), watch.name),
    }  # fmt: skip


def incident_shown(district: str, key: UUID) -> dict[str, Any] | None:
    """Return one incident with what it rests on, as `watch_shown` does; None for no incident of the district.

    Source: docs/topics/watches.md, "Why".
    """
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(_INCIDENT, [district, key])
        row = cursor.fetchone()
    return None if row is None else {"watch": row[0], "type": row[1], **_incident(row[2:])}


def head_of(watch: Watch) -> dict[str, Any]:
    """What a watch is: name, rule, what it is over, what it opens."""
    declared = watch.declared
    words = declared.when.kind.why(declared.when.rule)
    return {
        "watch": watch.name, "programme": watch.programme, "name": declared.name.model_dump(),
        "kind": declared.when.kind.name, "over": getattr(declared.over, declared.over.base), "base": declared.over.base,
        "why": {"zh": words.zh, "en": words.en}, "active": declared.active, "digest": watch.digest,
        "opens": declared.opens.case if declared.opens else None, "citation": declared.citation,
    }  # fmt: skip


def _incident(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": row[0], "subject": row[1], "part": row[2], "incident": row[3], "opened": row[4].isoformat(),
        "ended": row[5].isoformat() if row[5] else None, "how": row[6], "case": row[7] or "",
        "state": row[8] or "", "refused": row[9], "reminded": row[10], "facts": _read(row[11]),
    }  # fmt: skip


def _read(facts: Any) -> Any:
    import json

    return json.loads(facts) if isinstance(facts, str) else facts
