"""Counts of the present that belong to no period: open and overdue cases, and what thirty days brought."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from bihuan.loop.models import CaseRow
from bihuan.numbers.stock import count_stock
from bihuan.registers.pure.snapshot import Registers

DAYS = 30
PAUSE = timedelta(seconds=20)


def count(registers: Registers, now: datetime, known: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a district; those counted a moment ago are kept.

    Args:
        now: decides what is overdue and where the thirty days begin.
        known: What was counted last.

    Source: docs/topics/indicators.md, "Kept numbers" (counted every 20 seconds)
    """
    if "at" in known and timedelta(0) <= now - datetime.fromisoformat(known["at"]) < PAUSE:
        return known
    since = now - timedelta(days=DAYS)
    here = CaseRow.objects.filter(district_id=registers.district.code)
    public = here.filter(history__isnull=True)
    rows = count_stock(registers.district.code, now)
    return {
        **known,
        "at": now.isoformat(),
        "received": public.filter(opened_at__gte=since).count(),
        "confirmed": public.filter(ended_at__gte=since, outcome="closed").count(),
        "open": sum(r[4] for r in rows if not r[3]),
        "late": sum(r[5] for r in rows if not r[3]),
        "stock": rows,
    }


_OPENED = """
SELECT e.data->>'programme', count(*) FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id
WHERE l.index >= %s AND l.index < %s AND e.district_id = %s AND e.kind = 'opened' GROUP BY 1
"""


def opened_since(district: str, known: dict[str, Any], before: int, cut: int) -> dict[str, Any]:
    """Return the figures with the cases that leaves of the log opened added to `opened`, by programme.

    Source: docs/adr/0232 (the count follows the log)
    """
    opened: dict[str, int] = dict(known.get("opened", {}))
    with connection.cursor() as cursor:
        cursor.execute(_OPENED, [before, cut, district])
        for programme, number in cursor.fetchall():
            opened[programme] = opened.get(programme, 0) + number
    return {**known, "opened": opened}
