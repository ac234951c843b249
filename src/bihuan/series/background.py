"""The endless work of series, as the worker calls it: what hangs on observations follows them, silence is noticed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.registers.models import District
from bihuan.series.catalogue import Catalogue, current_catalogue
from bihuan.series.following import follow_touched

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
    return follow_touched(district, catalogue, now)


def notice_silence(district: str, catalogue: Catalogue, now: datetime) -> int:
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
