"""When a case's events lie: which periods are about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from bihuan.numbers.models import KeptPeriod

_SPANS = """
SELECT t.case_id, min(e.occurred_at), max(e.occurred_at),
       (array_agg(e.data->>'outcome' ORDER BY e.version DESC) FILTER (WHERE e.data ? 'state'))[1] IS NULL
FROM unnest(%s::uuid[]) t(case_id) JOIN loop_event e ON e.case_id = t.case_id JOIN ledger_entry l ON l.event_id = e.id
WHERE e.district_id = %s AND l.index < %s GROUP BY t.case_id
"""


@dataclass(frozen=True, slots=True)
class Span:
    """When a case's events lie, as local days, and whether it was open after the last of them."""

    case_id: UUID
    first: date
    last: date
    open: bool

    def meets(self, period: KeptPeriod, horizon: date) -> bool:
        """Whether a period is about the case: it has events from before its end, and is open or has some since."""
        last = max(self.last, horizon) if self.open else self.last
        return self.first < period.after and last >= period.first


def spans_of(cases: Sequence[UUID], district: str, zone: ZoneInfo, cut: int) -> list[Span]:
    """Return the span of each case at a cut; a case that the log did not hold below it has none."""
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, [list(cases), district, cut])
        rows = cursor.fetchall()
    return [Span(c, a.astimezone(zone).date(), b.astimezone(zone).date(), o) for c, a, b, o in rows]
