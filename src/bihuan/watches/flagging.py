"""A fault that people confirmed flags the values it rests on, once: what was worked out from them is worked out anew.

Source: docs/adr/0355-flags-of-faults.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from bihuan.loop import scope
from bihuan.series.catalogue import current_catalogue
from bihuan.series.flagging import SOURCE, flag_incident
from bihuan.series.store.writing import Writer
from bihuan.watches.catalogue import Watch
from bihuan.watches.opening import EVENTS
from bihuan.watches.scene import Scene

ACTOR = "system:watch"
_CONFIRMED = """
SELECT i.id, i.subject, i.part FROM watch_incident i JOIN loop_case c ON c.id = i.case_id
WHERE i.district_id = %(district)s AND i.watch = %(watch)s AND c.outcome = ANY(%(confirmed)s)
  AND NOT EXISTS (SELECT FROM watch_event e WHERE e.incident_id = i.id AND e.kind = 'flagged')
ORDER BY i.id
"""
_CLOSED = """
SELECT i.closed_at FROM series_incident i JOIN series_line l ON l.id = i.line
WHERE l.district_id = %(district)s AND l.series = %(series)s AND l.subject = %(subject)s AND i.rule = %(rule)s
  AND i.opened_at = %(opened)s ORDER BY i.id DESC LIMIT 1
"""


def flag_confirmed(watch: Watch, scene: Scene, run: UUID) -> int:
    """Flag the values behind every incident of a watch whose case confirmed it; returns how many incidents.

    Source: docs/topics/watches.md, "Faults flag their values".
    """
    letter, named = watch.declared.flags, watch.declared.over.series
    assert letter is not None
    assert named is not None
    asked: dict[str, Any] = {
        "district": scene.district,
        "watch": watch.name,
        "confirmed": list(watch.declared.judged.confirmed),
    }
    with scope.district(scene.district), connection.cursor() as cursor:
        cursor.execute(_CONFIRMED, asked)
        found = cursor.fetchall()
    for key, subject, part in found:
        with transaction.atomic(), scope.district(scene.district):
            _flag(watch, scene, (key, subject, datetime.fromisoformat(part)), letter, run)
    return len(found)


def _flag(watch: Watch, scene: Scene, incident: tuple[UUID, str, datetime], letter: str, run: UUID) -> None:
    key, subject, opened = incident
    series = current_catalogue().get(watch.declared.over.series or "")
    rule = next(each for each in series.declared.alarms if each.name == watch.declared.when.rule.rule)
    asked: dict[str, Any] = {
        "district": scene.district, "series": series.name, "subject": subject, "rule": rule.name, "opened": opened,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED, asked)
        row = cursor.fetchone()
        writer = Writer(series, scene.district, SOURCE, ACTOR, scene.at, follows=True)
        count = flag_incident(writer, subject, rule, opened, row[0] if row else None, letter)
        data = f'{{"letter": "{letter}", "values": {count}}}'
        cursor.execute(EVENTS, [scene.district, scene.at, run, [key], ["flagged"], [data]])
