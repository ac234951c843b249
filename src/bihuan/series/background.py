"""The endless work of series, as the worker calls it: what hangs on observations follows them, silence is noticed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from bihuan.loop.programmes import all_programmes, rule_book
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers, default_district
from bihuan.registers.models import District
from bihuan.series.catalogue import SeriesCatalogue, current_catalogue
from bihuan.series.closing import restate_closed
from bihuan.series.following import follow_touched
from bihuan.series.limits import LimitProvider, NoLimits
from bihuan.series.providing import DeclaredLimits

_QUEUE_SILENT = """
INSERT INTO series_touched (district_id, line, first_at, last_at, batch)
SELECT l.district_id, l.id, l.latest_at, l.latest_at, l.latest_batch FROM series_line l
WHERE l.district_id = %(district)s AND l.series = %(series)s AND l.latest_at < %(before)s
  AND NOT EXISTS (SELECT FROM series_touched t WHERE t.line = l.id)
  AND NOT EXISTS (SELECT FROM series_incident i WHERE i.line = l.id AND i.rule = %(rule)s AND i.opened_at > l.latest_at)
"""


def follow() -> int:
    """Do one batch; returns how many lines were done, else 0; without a district 0."""
    if not District.objects.exists():
        return 0
    district, catalogue, now = default_district(), current_catalogue(), timezone.now()
    notice_silence(district, catalogue, now)
    done = follow_touched(district, catalogue, now, limits_of(catalogue, district))
    return done + restate_closed(district, catalogue, now) if done else 0


def follow_all(district: str, catalogue: SeriesCatalogue, now: datetime) -> int:
    """Work out everything that hangs on what has been stored; returns how many lines were done.

    Args:
        district: Code. catalogue: All declared series. now: Of the record, and until when silence is counted.

    Source: docs/adr/0256 (1); docs/adr/0283-limits-from-registers.md (limits hold for files as for the worker).
    """
    limits, done = limits_of(catalogue, district), 0
    while more := follow_touched(district, catalogue, now, limits):
        done += more
    return done + restate_closed(district, catalogue, now) if done else 0


def limits_of(catalogue: SeriesCatalogue, district: str) -> LimitProvider:
    """Return who answers for limits that are no fixed number; nobody when no alarm asks for one.

    Source: docs/adr/0283-limits-from-registers.md.
    """
    asked = [
        rule.limit for each in catalogue.series.values() for rule in each.declared.alarms if rule.limit is not None
    ]
    if all(limit.fixed is not None for limit in asked):
        return NoLimits()
    registers = current_registers(district)
    books = [rule_book().of(name) for name in all_programmes()] if any(limit.table for limit in asked) else []
    return DeclaredLimits(district, registers.calendar, books)


def notice_silence(district: str, catalogue: SeriesCatalogue, now: datetime) -> int:
    """Queue the lines that have been silent for longer than a rule allows; return how many.

    Source: docs/adr/0256 (4): silence is the one incident that no value tells of.
    """
    queued = 0
    for series in catalogue.series.values():
        for rule in series.declared.alarms:
            if rule.kind != "silence" or rule.minutes is None:
                continue
            before = now - timedelta(minutes=rule.minutes)
            asked: dict[str, Any] = {"district": district, "series": series.name, "rule": rule.name, "before": before}
            with in_district(district), connection.cursor() as cursor:
                cursor.execute(_QUEUE_SILENT, asked)
                queued += cursor.rowcount
    return queued
