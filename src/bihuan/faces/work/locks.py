"""Presence at the desk: taking a case, keeping it by heartbeats, seeing who else has it. One statement each."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from bihuan.faces.models import DeskLock

LIFE = timedelta(seconds=90)
MOST_PASSED_OVER = 50

_TAKE = """
INSERT INTO faces_desk_lock AS l (case_id, district_id, holder, taken_at, until) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (case_id) DO UPDATE SET holder = excluded.holder, until = excluded.until,
    taken_at = CASE WHEN l.holder = excluded.holder THEN l.taken_at ELSE excluded.taken_at END
WHERE l.holder = excluded.holder OR l.until < excluded.taken_at
RETURNING holder
"""


def take_lock(case: UUID, district: str, holder: str, now: datetime) -> bool:
    """Take or keep the lock of a case; False when somebody else has it. Safe against two clicks at the same moment.

    Source: docs/adr/0050 (5, two clicks at the same moment cannot both win)
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [case, district, holder, now, now + LIFE])
        return cursor.fetchone() is not None


def take_first(cases: list[UUID], district: str, holder: str, now: datetime) -> UUID | None:
    """Take the first of some cases that nobody else has.

    Source: docs/adr/0050 (5, two clicks at the same moment cannot both win)
    """
    return next((case for case in cases[:MOST_PASSED_OVER] if take_lock(case, district, holder, now)), None)


def release(case: UUID, holder: str) -> None:
    """Give a lock back. Source: docs/adr/0050 (5, two clicks at the same moment cannot both win)."""
    DeskLock.objects.filter(case_id=case, holder=holder).delete()


def held(cases: list[UUID], now: datetime) -> dict[UUID, str]:
    """Who has which of these cases now. Source: docs/adr/0050 (5, two clicks at the same moment cannot both win)."""
    return dict(DeskLock.objects.filter(case_id__in=cases, until__gte=now).values_list("case_id", "holder"))
