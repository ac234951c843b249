"""Incidents of series as watches read them, and the outages among the silent ones.

Source: docs/topics/watches.md, "alarm", "outage"; docs/adr/0384-outages.md.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.series.alarms.outages import Outage, SilentLine, outages
from bihuan.series.catalogue import current_catalogue
from bihuan.series.rules import AlarmRule, Together
from bihuan.watches.scene import Scene

_INCIDENTS = """
SELECT l.subject, i.opened_at, i.kind, i.closed_at, i.peak, i.values, i.cited, i.batch, i.made_at
FROM (SELECT DISTINCT ON (i.line, i.opened_at) i.* FROM series_incident i
      JOIN series_line l ON l.id = i.line
      WHERE i.district_id = %(district)s AND l.series = %(series)s AND i.rule = %(rule)s AND i.opened_at <= %(at)s
        AND (%(only)s::text[] IS NULL OR l.subject = ANY(%(only)s))
      ORDER BY i.line, i.opened_at, i.id DESC) i
JOIN series_line l ON l.id = i.line
WHERE i.opened_at >= %(since)s OR i.closed_at IS NULL OR i.made_at >= %(since)s
ORDER BY l.subject, i.opened_at
"""
_LINES = "SELECT subject FROM series_line WHERE district_id = %s AND series = %s"


class AlarmRow(NamedTuple):
    """The last event of an incident of a series."""

    subject: str
    opened: datetime
    kind: str
    closed: datetime | None
    peak: int | None
    values: int
    cited: str
    batch: int
    made: datetime


def rule_named(series: str, name: str) -> AlarmRule:
    """Return a declared alarm of a series. Raises `StopIteration` where there is none (a declaration is checked)."""
    return next(each for each in current_catalogue().get(series).declared.alarms if each.name == name)


def incidents(scene: Scene, series: str, rule: str, since: datetime) -> list[AlarmRow]:
    """Return the last event of every incident since an instant, or that lasts. Source: docs/adr/0256."""
    given: dict[str, Any] = {
        "district": scene.district, "series": series, "rule": rule, "at": scene.at, "since": since,
        "only": None if scene.only is None else sorted(scene.only),
    }  # fmt: skip
    with in_district(scene.district), connection.cursor() as cursor:
        cursor.execute(_INCIDENTS, given)
        return [AlarmRow(*each) for each in cursor.fetchall()]


def outages_of(scene: Scene, series: str, rule: str, together: Together, since: datetime) -> list[Outage]:
    """Return the outages among the silences of a series, whatever the scene is narrowed to.

    Args:
        series, rule: The silences. together: When they are one. since: Incidents before it matter only while they last.

    Source: docs/adr/0384-outages.md.
    """
    mine = ("outages", series, rule, since.isoformat())
    if mine not in scene.worked:
        whole = scene.widened()
        table = whole.frame(current_catalogue().get(series).declared.subject)
        source = {
            key: brings for key, brings in zip(table["key"].to_pylist(), table[together.by].to_pylist(), strict=True)
            if brings
        }  # fmt: skip
        with in_district(scene.district), connection.cursor() as cursor:
            cursor.execute(_LINES, [scene.district, series])
            spoke = [row[0] for row in cursor.fetchall()]
        lines: dict[str, list[str]] = defaultdict(list)
        for subject in spoke:
            if subject in source:
                lines[source[subject]].append(subject)
        rows = [each for each in incidents(whole, series, rule, since) if each.kind != "retracted"]
        silences = [SilentLine(each.subject, each.opened, _closed(each, scene.at)) for each in rows]
        scene.worked[mine] = outages(silences, lines, together)
    found: list[Outage] = scene.worked[mine]
    return found


def _closed(row: AlarmRow, at: datetime) -> datetime | None:
    return row.closed if row.closed is not None and row.closed <= at else None
