"""Watches as people and programs read them: what is open, how often each was right, how much work it made, silences.

How right: a case that ended with an outcome that the watch calls confirmed was right, one that ended as false was not,
everything else is not known yet; a retracted incident was false. With its interval (Wilson). Work: cases, acts of
people on them, reminders. Source: DESIGN §14 (each watch publishes how often it was right); docs/topics/watches.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.rules.intervals import wilson
from bihuan.rules.quantities import fixed_text
from bihuan.watches.catalogue import Watch, current_catalogue
from bihuan.watches.silences import silences_shown

_JUDGED = """
SELECT i.watch, count(*), count(*) FILTER (WHERE i.ended_at IS NULL), count(i.case_id),
    count(*) FILTER (WHERE i.reminded <> ''),
    count(*) FILTER (WHERE i.ended_how = 'retracted' OR c.outcome = ANY(w.false)),
    count(*) FILTER (WHERE i.ended_how <> 'retracted' AND c.outcome = ANY(w.confirmed)),
    count(*) FILTER (WHERE i.refused <> ''), max(i.opened_at)
FROM watch_incident i
JOIN (SELECT w->>'name' AS name, ARRAY(SELECT jsonb_array_elements_text(w->'confirmed')) AS confirmed,
        ARRAY(SELECT jsonb_array_elements_text(w->'false')) AS false
      FROM jsonb_array_elements(%(watches)s::jsonb) w) w ON w.name = i.watch
LEFT JOIN loop_case c ON c.id = i.case_id
WHERE i.district_id = %(district)s AND (%(first)s::timestamptz IS NULL OR i.opened_at >= %(first)s)
  AND (%(end)s::timestamptz IS NULL OR i.opened_at < %(end)s)
GROUP BY i.watch
"""
_WORK = """
SELECT i.watch, count(*) FROM watch_incident i JOIN loop_event e ON e.case_id = i.case_id
WHERE i.district_id = %s AND e.actor LIKE 'user:%%' GROUP BY i.watch
"""
_INCIDENTS = """
SELECT i.id::text, i.subject, i.part, i.current, i.opened_at, i.ended_at, i.ended_how, c.number, c.state, i.refused,
    i.reminded, i.facts
FROM watch_incident i LEFT JOIN loop_case c ON c.id = i.case_id
WHERE i.district_id = %s AND i.watch = %s ORDER BY i.ended_at IS NOT NULL, i.opened_at DESC, i.id LIMIT %s
"""


class HowRight(NamedTuple):
    """What became of the incidents of a watch, and of the cases that it opened.

    Args:
        incidents, open, cases, reminders, refused: Counts. confirmed, false: Of the judged ones. acts: Acts of people.
        last: When it opened one last.
    """

    incidents: int = 0
    open: int = 0
    cases: int = 0
    reminders: int = 0
    false: int = 0
    confirmed: int = 0
    refused: int = 0
    last: datetime | None = None
    acts: int = 0

    @property
    def judged(self) -> int:
        """How many are known to have been right or wrong."""
        return self.confirmed + self.false

    def as_json(self) -> dict[str, Any]:
        """Counts, the share that was right with its interval, and the work. Source: Wilson (1927)."""
        told: dict[str, Any] = {
            "incidents": self.incidents, "open": self.open, "cases": self.cases, "reminders": self.reminders,
            "refused": self.refused, "confirmed": self.confirmed, "false": self.false,
            "unknown": self.incidents - self.judged, "acts": self.acts,
            "last": self.last.isoformat() if self.last else None, "right": None, "interval": None,
        }  # fmt: skip
        if self.judged:
            told["right"] = fixed_text(self.confirmed / self.judged, 4)
            told["interval"] = wilson(self.confirmed, self.judged).to_json(4)
        return told


def judge_watches(
    district: str, watches: list[Watch], first: datetime | None = None, end: datetime | None = None
) -> dict[str, HowRight]:
    """Return how right some watches were, of incidents opened at first ≤ instant < end; one statement each way.

    Source: docs/topics/watches.md, "How right, how much work".
    """
    import json

    asked = [
        {"name": each.name, "confirmed": each.declared.judged.confirmed, "false": each.declared.judged.false}
        for each in watches
    ]
    given = {"district": district, "watches": json.dumps(asked), "first": first, "end": end}
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(_JUDGED, given)
        found = {row[0]: HowRight(*row[1:]) for row in cursor.fetchall()}
        cursor.execute(_WORK, [district])
        acts = dict(cursor.fetchall())
    return {each.name: found.get(each.name, HowRight())._replace(acts=acts.get(each.name, 0)) for each in watches}


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
        "incidents": [
            {"id": row[0], "subject": row[1], "part": row[2], "incident": row[3], "opened": row[4].isoformat(),
             "ended": row[5].isoformat() if row[5] else None, "how": row[6], "case": row[7] or "",
             "state": row[8] or "", "refused": row[9], "reminded": row[10], "facts": _read(row[11])}
            for row in rows
        ],
        "silences": silences_shown(district, datetime.now(UTC), watch.name),
    }  # fmt: skip


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


def _read(facts: Any) -> Any:
    import json

    return json.loads(facts) if isinstance(facts, str) else facts
