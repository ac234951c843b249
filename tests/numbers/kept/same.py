"""What is kept beside what a whole count says at the same cut."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.db import connection

from bihuan.numbers.basis import basis_of_json
from bihuan.numbers.counting import cut_at, members, month_cube
from bihuan.numbers.cube import CubeCell
from bihuan.numbers.kinds import kinds
from bihuan.numbers.models import KeptPeriod, KeptProgress
from tests.loop.district import registers

_CELLS = """
SELECT indicator, programme, area, unit, category, excluded, sum(n) FILTER (WHERE counted), sum(n) FROM number_cell
WHERE period_id = %s GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6
"""
_SLICES = """
SELECT indicator, programme, key, excluded, numerator, denominator FROM number_slice
WHERE period_id = %s AND by = %s AND denominator <> 0
"""
_CASES = """
SELECT c.indicator, c.programme, k.case_id, c.counted, c.excluded FROM number_case k, unnest(k.cells) x
JOIN number_cell c ON c.id = x WHERE k.period_id = %s
"""


def rows(statement: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def assert_the_same() -> list[str]:
    """Every ready period equals a whole count at the cut of the progress; returns the names of those periods."""
    cut = cut_at(KeptProgress.objects.get().cut)
    checked = []
    for row in KeptPeriod.objects.filter(sequence=None, ready=True).order_by("first"):
        period, basis = kinds().parse(row.period), basis_of_json(row.basis_digest, row.basis)
        cube = month_cube(period, cut=cut, registers=registers(), basis=basis)
        kept = [CubeCell(*c[:6], c[6] or 0, c[7]) for c in rows(_CELLS, row.id)]
        assert kept == sorted(cube.cells), row.period
        for by, place in (("district", None), ("area", 2), ("unit", 3), ("category", 4)):
            sums: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
            for cell in cube.cells:
                key = "" if place is None else str(cell[place])
                one = sums[cell.indicator, cell.programme, key, cell.excluded]
                one[0] += cell.numerator
                one[1] += cell.denominator
            assert {s[:4]: list(s[4:]) for s in rows(_SLICES, row.id, by)} == dict(sums), (row.period, by)
        listed = Counter((i, case, counted, out) for i, _, case, counted, out in rows(_CASES, row.id))
        whole: Counter[tuple[Any, ...]] = Counter()
        for indicator in basis.definitions:
            behind = members(period, indicator, cut=cut, registers=registers(), basis=basis)
            whole.update((indicator, m.case_id, m.counted, m.excluded) for m in behind)
        assert listed == whole, row.period
        checked.append(row.period)
    return checked
