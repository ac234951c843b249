"""Who took cases that another unit had returned: a hint beside the duty matrix, never instead of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import connection

from bihuan.suggestions.wording import Prior

SINCE = timedelta(days=365)
STREET = 9  # digits of a sub-district's code: communities of one sub-district share their experience
DOUBT = 1.0  # added to the number of cases (Laplace): one single case proves little
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


def prior(district: str, now: datetime) -> Prior:
    """Category and area → (unit, share, cases) of the past year, likeliest first (one statement).

    A unit's share is its cases over all cases of that cell plus `DOUBT`; below `LIKELY` it is not named.
    """
    cells: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [district, now - SINCE])
        for category, area, unit, cases in cursor.fetchall():
            cells[category, area[:STREET]][unit] += cases

    def taken(category: str, area: str) -> list[tuple[str, float, int]]:
        cell = cells.get((category, area[:STREET]), {})
        total = sum(cell.values()) + DOUBT
        ranked = sorted(((unit, n / total, n) for unit, n in cell.items()), key=lambda each: (-each[1], each[0]))
        return [each for each in ranked if each[1] >= LIKELY]

    return taken
