"""How often watches were right, by what became of their cases, and how much work they made. Two statements for all.

Source: DESIGN §14 (each watch publishes how often it was right); docs/topics/watches.md, "How right, how much work".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.rules.intervals import wilson
from bihuan.rules.quantities import fixed_text

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

    def kept(self) -> dict[str, Any]:
        """As a run keeps it. Source: docs/topics/watches.md, "How right, how much work"."""
        return {**self._asdict(), "last": self.last.isoformat() if self.last else None}


def read_kept(kept: dict[str, Any]) -> HowRight:
    """Return what a run kept. Source: docs/topics/watches.md, "How right, how much work"."""
    last = kept.get("last")
    return HowRight(**{**kept, "last": datetime.fromisoformat(last) if last else None})


class OfWatch(NamedTuple):
    """A watch, with the outcomes that say that it was right, and that it was not."""

    name: str
    confirmed: tuple[str, ...]
    false: tuple[str, ...]


def judge(
    district: str, watches: Sequence[OfWatch], first: datetime | None = None, end: datetime | None = None
) -> dict[str, HowRight]:
    """Return how right some watches were, of incidents opened at first ≤ instant < end; one statement each way.

    Source: docs/topics/watches.md, "How right, how much work".
    """
    asked = json.dumps([each._asdict() for each in watches])
    given = {"district": district, "watches": asked, "first": first, "end": end}
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(_JUDGED, given)
        found = {row[0]: HowRight(*row[1:]) for row in cursor.fetchall()}
        cursor.execute(_WORK, [district])
        acts = dict(cursor.fetchall())
    return {each.name: found.get(each.name, HowRight())._replace(acts=acts.get(each.name, 0)) for each in watches}
