"""Some cases of one period counted again: the cells, slices and lists move by the difference.

A case's rows depend on that case's events alone, so a published query asked for these cases only gives exactly what it
would say of them among all others. The text that is run is the published one, narrowed where it begins to look for
events; its digest stays that of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from bihuan.numbers.counting import Basis, parameters_of

_EVENTS = re.compile(
    r"\(SELECT v\.\* FROM loop_event v JOIN ledger_entry l ON l\.event_id = v\.id\s+"
    r"WHERE v\.district_id = %\(district\)s AND l\.index < %\(cut\)s\) (\w+)(?!\s+WHERE \1\.case_id = )\b"
)
_TABLES = (
    """CREATE TEMP TABLE IF NOT EXISTS number_touched (case_id uuid PRIMARY KEY, open boolean, spans boolean)
       ON COMMIT DELETE ROWS""",
    """CREATE TEMP TABLE IF NOT EXISTS number_fresh (case_id uuid, indicator text, programme text, area text, unit text,
       category text, excluded text, counted boolean) ON COMMIT DELETE ROWS""",
)
_FRESH = """
INSERT INTO number_fresh
SELECT q.case_id, q.indicator, q.programme, coalesce(q.area, ''), coalesce(q.unit, ''), coalesce(q.category, ''),
       coalesce(q.excluded, ''), coalesce(q.counted, false)
FROM ({query}) q WHERE q.indicator || ' ' || q.programme = ANY(%(listed)s)
"""
_CELLS = """
INSERT INTO number_cell (district_id, period_id, indicator, programme, area, unit, category, excluded, counted, n)
SELECT %(district)s, %(period)s, f.indicator, f.programme, f.area, f.unit, f.category, f.excluded, f.counted, 0
FROM (SELECT DISTINCT indicator, programme, area, unit, category, excluded, counted FROM number_fresh) f
WHERE NOT EXISTS (SELECT 1 FROM number_cell c WHERE c.period_id = %(period)s AND c.indicator = f.indicator
    AND c.programme = f.programme AND c.area = f.area AND c.unit = f.unit AND c.category = f.category
    AND c.excluded = f.excluded AND c.counted = f.counted)
"""
_MOVE = """
WITH fresh AS (
    SELECT f.case_id, array_agg(c.id ORDER BY c.id) AS cells
    FROM number_fresh f JOIN number_cell c ON c.period_id = %(period)s AND c.indicator = f.indicator
        AND c.programme = f.programme AND c.area = f.area AND c.unit = f.unit AND c.category = f.category
        AND c.excluded = f.excluded AND c.counted = f.counted
    GROUP BY f.case_id
), before AS (
    SELECT k.case_id, k.cells FROM number_case k JOIN number_touched t USING (case_id) WHERE k.period_id = %(period)s
), moved AS (
    SELECT id, sum(d)::int AS d
    FROM (SELECT unnest(cells) AS id, 1 AS d FROM fresh UNION ALL SELECT unnest(cells), -1 FROM before) x
    GROUP BY id HAVING sum(d) <> 0
), cells AS (
    UPDATE number_cell c SET n = c.n + m.d FROM moved m WHERE c.id = m.id
    RETURNING c.indicator, c.programme, c.area, c.unit, c.category, c.excluded, c.counted, m.d
), slices AS (
    INSERT INTO number_slice AS s
        (period_id, by, indicator, programme, key, excluded, district_id, numerator, denominator)
    SELECT %(period)s, k.by, c.indicator, c.programme, k.key, c.excluded, %(district)s,
           coalesce(sum(c.d) FILTER (WHERE c.counted), 0), sum(c.d)
    FROM cells c, LATERAL (
        VALUES ('district', ''), ('area', c.area), ('unit', c.unit), ('category', c.category)) k(by, key)
    GROUP BY k.by, c.indicator, c.programme, k.key, c.excluded
    ON CONFLICT (period_id, by, indicator, programme, key, excluded) DO UPDATE
    SET numerator = s.numerator + excluded.numerator, denominator = s.denominator + excluded.denominator
), gone AS (
    DELETE FROM number_case k USING number_touched t
    WHERE k.case_id = t.case_id AND k.period_id = %(period)s AND NOT t.spans
)
INSERT INTO number_case AS k (case_id, period_id, district_id, number, open, cells)
SELECT t.case_id, %(period)s, %(district)s, c.number, t.open, coalesce(f.cells, '{}')
FROM number_touched t JOIN loop_case c ON c.id = t.case_id LEFT JOIN fresh f ON f.case_id = t.case_id
WHERE t.spans
ON CONFLICT (case_id, period_id) DO UPDATE SET cells = excluded.cells, open = excluded.open
WHERE (k.cells, k.open) IS DISTINCT FROM (excluded.cells, excluded.open)
"""


class Touched(NamedTuple):
    """A case to be counted again; `spans`: the period is about it (else whatever it counted there is taken back)."""

    case_id: UUID
    open: bool
    spans: bool


class Place(NamedTuple):
    """Where counts go: the kept period, and the instants and basis it is counted by."""

    id: int
    district: str
    start: datetime
    until: datetime
    basis: Basis


@cache
def narrowed(text: str) -> str:
    """Return a query asked for the cases of `number_touched` alone.

    Raises:
        ValueError: the query looks for its events in a way that cannot be narrowed.
    """
    found, times = _EVENTS.subn(lambda m: m[0][: m[0].rindex(")")] + _ONLY + m[1], text)
    if not times:
        raise ValueError("a query begins with the events of the district below the cut")
    return found


_ONLY = " AND v.case_id = ANY(ARRAY(SELECT case_id FROM number_touched))) "


def refresh(place: Place, cases: Iterable[Touched], cut: int) -> None:
    """Count some cases of a period again at a cut, in the caller's transaction.

    Args:
        place: The kept period. cases: Each once. cut: Leaves below it count.
    """
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(table)
        cursor.execute("DELETE FROM number_touched; DELETE FROM number_fresh")
        with cursor.copy("COPY number_touched (case_id, open, spans) FROM STDIN") as copy:
            for case in cases:
                copy.write_row(case)
        cursor.execute("ANALYZE number_touched; SET LOCAL jit = off")  # short statements; compiling them costs more
        given = parameters_of(place.district, place.start, place.until, cut, place.basis)
        for text, wanted in place.basis.by_query().items():
            listed = {i: place.basis.listed(i) for i in wanted}
            given["programmes"] = sorted(set().union(*listed.values()))
            given["listed"] = [f"{i} {p}" for i, programmes in listed.items() for p in programmes]
            if given["listed"]:
                cursor.execute(_FRESH.replace("{query}", narrowed(text)), given)
        cursor.execute("ANALYZE number_fresh")
        names: dict[str, Any] = {"period": place.id, "district": place.district}
        cursor.execute(_CELLS, names)
        cursor.execute(_MOVE, names)
