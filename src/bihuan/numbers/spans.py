"""When a case's events lie: which periods are about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from bihuan.numbers.gathering import gather
from bihuan.numbers.models import KeptPeriod

_SPANS = """
SELECT e.case_id, min(e.occurred_at), max(e.occurred_at),
       (array_agg(e.data->>'outcome' ORDER BY e.version DESC) FILTER (WHERE e.data ? 'state'))[1] IS NULL
FROM number_event e GROUP BY e.case_id
"""


@dataclass(frozen=True, slots=True)
class CaseSpan:
    """When a case's events lie, as local days, and whether it was open after the last of them."""

    case_id: UUID
    first: date
    last: date
    open: bool

    def meets(self, period: KeptPeriod, horizon: date) -> bool:
        """Return whether a period is about the case: it has events from before its end, and is open or has some since.

        Source: docs/adr/0232 (2, 4, which periods a case lies in)
        """
        last = max(self.last, horizon) if self.open else self.last
        return self.first < period.after and last >= period.first


def spans_of(cases: Sequence[UUID], district: str, zone: ZoneInfo, cut: int) -> list[CaseSpan]:
    """Gather the events of some cases at a cut and return their spans; a case that the log did not hold has none.

    Source: docs/adr/0232 (2, 4, which periods a case lies in)
    """
    gather(cases, district, cut)
    with connection.cursor() as cursor:
        cursor.execute(_SPANS)
        rows = cursor.fetchall()
    return [CaseSpan(c, a.astimezone(zone).date(), b.astimezone(zone).date(), o) for c, a, b, o in rows]
