"""The end of sealed fields: erased when the declared years after a subject's end are over; proofs stay valid.

A subject has ended when nothing is known to hold of it any more, or when its declared state says so. Source:
docs/topics/subjects.md, "Personal fields"; 个人信息保护法第十九条、第四十七条.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.registers.models import District
from bihuan.subjects import fence
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.pure.types import SubjectType

BATCH = 500
_DUE = """
SELECT s.id FROM subject_sealed_keys(%(type)s) AS s
WHERE NOT EXISTS (
    SELECT FROM subject_version v WHERE v.district_id = %(district)s AND v.type = %(type)s AND v.key = s.key
      AND v.superseded_at IS NULL AND (v.valid_to IS NULL OR v.valid_to > %(day)s){alive})
ORDER BY s.id LIMIT %(batch)s
"""


def sweep(batch: int = BATCH, today: date | None = None) -> int:
    """Erase one batch of sealed fields that are past their time; how many rows.

    Args:
        today: The day by which time is counted; default: today in each district.

    Source: docs/topics/subjects.md, "Personal fields".
    """
    erased = 0
    for code in District.objects.order_by("code").values_list("code", flat=True):
        day = today or timezone.now().astimezone(current_registers(code).calendar.zone).date()
        for kind in subject_types().values():
            if kind.retention is not None and kind.sealed_fields and erased < batch:
                erased += _end(code, kind, _years_before(day, kind.retention.years), batch - erased)
    return erased


def _end(district: str, kind: SubjectType, day: date, batch: int) -> int:
    """Erase what belongs to subjects that had ended by a day."""
    ended = [state.since for state in kind.states if state.ended and state.since]
    alive = "".join(f" AND coalesce(v.values->>'{name}', 'z') > %(day)s::text" for name in ended)
    given: dict[str, Any] = {"district": district, "type": kind.id, "day": day, "batch": batch}
    with in_district(district), connection.cursor() as cursor:
        fence.enter(district, kind, fence.system("retention", "end of retention"))
        cursor.execute(_DUE.replace("{alive}", alive), given)
        due: list[UUID] = [key for (key,) in cursor.fetchall()]
        if due:
            fence.look_at_sealed(district, due, "retention", fence.system("retention", "end of retention"))
            cursor.execute("DELETE FROM subject_sealed WHERE id = ANY(%s)", [due])
        return len(due)


def _years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
