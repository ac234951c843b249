"""Published periods as tables: the cells and cases of a closing, so that its pages are as quick as open ones.

What was published stands in its snapshot, digest and all; here it is counted again at its own cut, by its own queries.
Only when that gives exactly the published cells do pages read it, so each closing is also checked once by the worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from bihuan.numbers.basis import basis_json, basis_of_json, digest_of
from bihuan.numbers.closing import Closed, basis_of, cube_of
from bihuan.numbers.kinds import kinds
from bihuan.numbers.models import IndicatorSnapshot, KeptPeriod
from bihuan.numbers.refreshing import CountedPeriod, Touched, refresh
from bihuan.numbers.spans import spans_of
from bihuan.registers.pure.snapshot import Registers
from bihuan.server.log_lines import log

DIFFERS = "-"
"""The cursor of a closing whose count does not give the published cells: its pages go on reading the snapshot."""
_WAITING = """
SELECT s.id FROM indicator_snapshot s WHERE s.district_id = %s
AND NOT EXISTS (SELECT 1 FROM indicator_snapshot t
                WHERE t.district_id = s.district_id AND t.period = s.period AND t.sequence > s.sequence)
AND NOT EXISTS (SELECT 1 FROM number_period p WHERE p.district_id = s.district_id AND p.period = s.period
                AND p.sequence = s.sequence AND (p.ready OR p.cursor = '-'))
ORDER BY s.period LIMIT 1
"""
_CELLS = """
SELECT indicator, programme, area, unit, category, excluded, coalesce(sum(n) FILTER (WHERE counted), 0), sum(n)
FROM number_cell WHERE period_id = %s GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0
"""
_REMOVE = (
    "DELETE FROM number_case WHERE period_id = ANY(%s)",
    "DELETE FROM number_slice WHERE period_id = ANY(%s)",
    "DELETE FROM number_cell WHERE period_id = ANY(%s)",
    "DELETE FROM number_period WHERE id = ANY(%s)",
)


def freeze(registers: Registers, cases: int) -> int:
    """Bring one batch of cases into the newest closing that is not kept yet; returns 0 when all are.

    Source: docs/adr/0232 (6, a closing gets tables of its own)
    """
    code, zone = registers.district.code, registers.calendar.zone
    waiting = _rows(_WAITING, [code])
    if not waiting:
        return 0
    row = IndicatorSnapshot.objects.get(pk=waiting[0][0])
    live = KeptPeriod.objects.filter(district_id=code, period=row.period, sequence=None, ready=True).first()
    if live is None:
        return 0
    kept = _kept(row, registers)
    found: list[tuple[UUID, str]] = _rows(
        "SELECT case_id, number FROM number_case WHERE period_id = %s AND number > %s ORDER BY number LIMIT %s",
        [live.id, kept.cursor, cases],
    )
    start, until = kinds().parse(row.period).bounds(zone)
    place = CountedPeriod(kept.id, code, start, until, basis_of_json(kept.basis_digest, kept.basis))
    spans = spans_of([case for case, _ in found], code, zone, row.cut_size)
    refresh(place, [Touched(s.case_id, s.open, True) for s in spans], row.cut_size)
    if len(found) == cases:
        kept.cursor = found[-1][1]
    elif sorted(map(list, _rows(_CELLS, [kept.id]))) == row.body["cells"]:
        kept.ready = True
        older = KeptPeriod.objects.filter(district_id=code, period=row.period, sequence__lt=row.sequence)
        remove(list(older.values_list("id", flat=True)))
    else:
        log("set_aside", loop="numbers", subject=f"{row.period}/{row.sequence}", error="PublishedDiffers")
        kept.cursor = DIFFERS
    kept.save(update_fields=["cursor", "ready"])
    return max(1, len(found))


def _kept(row: IndicatorSnapshot, registers: Registers) -> KeptPeriod:
    known = KeptPeriod.objects.filter(district_id=row.district_id, period=row.period, sequence=row.sequence).first()
    if known is not None:
        return known
    period, basis = kinds().parse(row.period), basis_of(Closed(row, cube_of(row, registers)))
    return KeptPeriod.objects.create(
        district_id=row.district_id,
        period=row.period,
        kind=period.kind,
        sequence=row.sequence,
        first=period.first,
        after=period.after,
        cut=row.cut_size,
        basis={**basis_json(basis), "cut": row.body["cut"]},
        basis_digest=digest_of(basis),
    )


def remove(periods: Sequence[int]) -> None:
    """Forget kept periods with everything in them. Source: docs/adr/0232 (6, a closing gets tables of its own)."""
    with connection.cursor() as cursor:
        for statement in _REMOVE:
            cursor.execute(statement, [list(periods)])


def _rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
