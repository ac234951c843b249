"""Who took cases that another unit had returned: a hint beside the duty matrix, never instead of it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db import connection

from bihuan.insight.triage import duty
from bihuan.suggestions.wording import Prior

SINCE = timedelta(days=365)
STREET = 9  # digits of a sub-district's code: communities of one sub-district share their experience
LIKELY = 0.34

TAKEN = """
SELECT c.category, c.area, c.lead, count(*)
FROM loop_case c
WHERE c.id IN (SELECT e.case_id FROM loop_event e
               WHERE e.district_id = %s AND e.kind = 'returned' AND e.occurred_at >= %s)
  AND c.category IS NOT NULL AND c.area IS NOT NULL AND c.lead IS NOT NULL AND c.restricted IS NULL
  AND c.state NOT IN ('received', 'dispatched', 'arbitration')
GROUP BY 1, 2, 3
"""


def returns_prior(district: str, now: datetime) -> Prior:
    """Category and area → (unit, share, cases) of the past year, likeliest first (one statement).

    The share is that of `duty.prior`; a unit below `LIKELY`, or without a case there, is not named.

    Source: docs/topics/triage.md (`duty.prior`: a hint beside the matrix).
    """
    returns: list[duty.Return] = []
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [district, now - SINCE])
        for category, area, unit, cases in cursor.fetchall():
            returns += [duty.Return(category, area[:STREET], unit)] * cases
    weights, counts = duty.prior(returns), Counter(returns)

    def taken(category: str, area: str) -> list[tuple[str, float, int]]:
        cell = category, area[:STREET]
        ranked = ((unit, share, counts[duty.Return(*cell, unit)]) for unit, share in weights.get(cell, []))
        return [each for each in ranked if each[1] >= LIKELY and each[2]]

    return taken
