"""Open and overdue cases: counted by the worker in groups that every right can be asked of, and read by them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from bihuan.loop.kernel.model import Actor
from bihuan.loop.models import UnitQueueRow
from bihuan.loop.store.queues import units_of
from bihuan.loop.store.read import in_columns, sees_by_units_alone, visible_to
from bihuan.numbers.models import KeptStock

MOST_COUNTED = 10_000
"""Cases of somebody's own units beyond which only that there are more is said."""
_COUNT = """
WITH now AS MATERIALIZED (
    SELECT md5(row(o.*)::text)::uuid AS id, o.*, count(*)::int AS open,
           (count(*) FILTER (WHERE c.deadline < %(now)s))::int AS late
    FROM loop_case c, LATERAL (
        SELECT c.district_id, c.state, c.programme, c.area, c.restricted,
               CASE WHEN c.restricted IS NOT NULL THEN c.holder_id END AS holder_id, c.history IS NOT NULL AS history) o
    WHERE c.district_id = %(district)s AND c.ended_at IS NULL
    GROUP BY o.district_id, o.state, o.programme, o.area, o.restricted, o.holder_id, o.history
), gone AS (
    DELETE FROM number_stock s WHERE s.district_id = %(district)s AND NOT EXISTS (SELECT 1 FROM now n WHERE n.id = s.id)
)
INSERT INTO number_stock AS s (id, district_id, state, programme, area, restricted, holder_id, history, open, late)
SELECT id, district_id, state, programme, area, restricted, holder_id, history, open, late FROM now
ON CONFLICT (id) DO UPDATE SET open = excluded.open, late = excluded.late
WHERE (s.open, s.late) IS DISTINCT FROM (excluded.open, excluded.late)
"""


def count_stock(district: str, now: datetime) -> list[list[Any]]:
    """Count the open cases of a district again; returns (state, programme, restricted, history, open, late) by group.

    Args:
        now: decides what is overdue.

    Source: docs/adr/0232 (4)
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"district": district, "now": now})
    sums: dict[tuple[str, str, bool, bool], list[int]] = {}
    for state, programme, restricted, history, waiting, late in KeptStock.objects.filter(
        district_id=district
    ).values_list("state", "programme", "restricted", "history", "open", "late"):
        one = sums.setdefault((state, programme, restricted is not None, history), [0, 0])
        one[0], one[1] = one[0] + waiting, one[1] + late
    return [[*key, *counts] for key, counts in sorted(sums.items())]


def open_by_state(actor: Actor, now: datetime, district: str) -> list[dict[str, Any]]:
    """Return how many open cases an actor may see, and how many are overdue, by state; the most first.

    What the worker counted, where programme, area and restriction say what they see; the cases of their own units are
    few and are looked at, to an end: `10000+` then.

    Source: docs/adr/0232 (4, overdue now is counted apart); DESIGN §7 (visibility is one query)
    """
    asked = in_columns(actor)
    if asked is not None:
        rows = KeptStock.objects.filter(asked, district_id=district).values("state")
        counted = rows.annotate(open=Sum("open"), late=Sum("late")).order_by("-open", "state")
        return [dict(row) for row in counted]
    seen = visible_to(actor).filter(ended_at__isnull=True)
    if sees_by_units_alone(actor):
        mine = UnitQueueRow.objects.filter(unit__in=units_of(actor), ended_at__isnull=True)
        seen = seen.filter(pk__in=mine.values("case_id"))
    found = list(seen.order_by().values_list("state", "deadline")[: MOST_COUNTED + 1])
    waiting = Counter(state for state, _ in found)
    late = Counter(state for state, deadline in found if deadline is not None and deadline < now)
    more = "+" if len(found) > MOST_COUNTED else ""
    return [{"state": s, "open": f"{n}{more}", "late": f"{late[s]}{more}"} for s, n in waiting.most_common()]
