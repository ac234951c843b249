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
from bihuan.numbers.gathering import BY_CHOICE, LOOKED_UP

_EVENTS = re.compile(
    r"\(SELECT v\.\* FROM loop_event v JOIN ledger_entry l ON l\.event_id = v\.id\s+"
    r"WHERE v\.district_id = %\(district\)s AND l\.index < %\(cut\)s\) (\w+)(\s+WHERE \1\.case_id = )?"
)
_TABLES = (
    """CREATE TEMP TABLE IF NOT EXISTS number_touched (case_id uuid PRIMARY KEY, open boolean, spans boolean)
       ON COMMIT DELETE ROWS""",
    """CREATE TEMP TABLE IF NOT EXISTS number_fresh (case_id uuid, indicator text, programme text, area text, unit text,
       category text, excluded text, counted boolean) ON COMMIT DELETE ROWS""",
    """CREATE TEMP TABLE IF NOT EXISTS number_key (id integer, indicator text, programme text, area text, unit text,
       category text, excluded text, counted boolean, bit integer) ON COMMIT DELETE ROWS""",
    "CREATE TEMP TABLE IF NOT EXISTS number_new (case_id uuid PRIMARY KEY, cells integer[], parts varbit)"
    " ON COMMIT DELETE ROWS",
    "CREATE TEMP TABLE IF NOT EXISTS number_moved (id integer PRIMARY KEY, d integer) ON COMMIT DELETE ROWS",
    "TRUNCATE number_touched, number_fresh, number_key, number_new, number_moved",
)
_FRESH = """
INSERT INTO number_fresh
SELECT q.case_id, q.indicator, q.programme, coalesce(q.area, ''), coalesce(q.unit, ''), coalesce(q.category, ''),
       coalesce(q.excluded, ''), coalesce(q.counted, false)
FROM ({query}) q WHERE q.indicator || ' ' || q.programme = ANY(%(listed)s)
"""
_KEYS = """
INSERT INTO number_key (indicator, programme, area, unit, category, excluded, counted, bit)
SELECT DISTINCT indicator, programme, area, unit, category, excluded, counted,
       3 * array_position(%(known)s::text[], indicator) - CASE WHEN excluded <> '' THEN 1 WHEN counted THEN 3 ELSE 2 END
FROM number_fresh
"""
_FOUND = """
UPDATE number_key f SET id = (
    SELECT c.id FROM number_cell c WHERE c.period_id = %(period)s AND c.indicator = f.indicator
    AND c.programme = f.programme AND c.area = f.area AND c.unit = f.unit AND c.category = f.category
    AND c.excluded = f.excluded AND c.counted = f.counted)
WHERE id IS NULL
"""
_CELLS = """
INSERT INTO number_cell (district_id, period_id, indicator, programme, area, unit, category, excluded, counted, n)
SELECT %(district)s, %(period)s, f.indicator, f.programme, f.area, f.unit, f.category, f.excluded, f.counted, 0
FROM number_key f WHERE f.id IS NULL
"""
_NEW = """
INSERT INTO number_new
SELECT f.case_id, array_agg(k.id ORDER BY k.id), bit_or(set_bit(%(none)s::varbit, k.bit, 1))
FROM number_fresh f JOIN number_key k ON k.indicator = f.indicator
    AND k.programme = f.programme AND k.area = f.area AND k.unit = f.unit AND k.category = f.category
    AND k.excluded = f.excluded AND k.counted = f.counted
GROUP BY f.case_id
"""
_MOVED = """
INSERT INTO number_moved
SELECT id, sum(d)::int
FROM (SELECT unnest(cells) AS id, 1 AS d FROM number_new UNION ALL SELECT unnest((
        SELECT k.cells FROM number_case k WHERE k.case_id = t.case_id AND k.period_id = %(period)s)), -1
      FROM number_touched t) x
GROUP BY id HAVING sum(d) <> 0
"""
_MOVE = """
WITH cells AS (
    UPDATE number_cell c SET n = c.n + (SELECT m.d FROM number_moved m WHERE m.id = c.id)
    WHERE c.id = ANY(ARRAY(SELECT id FROM number_moved))
    RETURNING c.indicator, c.programme, c.area, c.unit, c.category, c.excluded, c.counted,
              (SELECT m.d FROM number_moved m WHERE m.id = c.id) AS d
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
    DELETE FROM number_case k WHERE k.period_id = %(period)s
    AND k.case_id = ANY(ARRAY(SELECT case_id FROM number_touched WHERE NOT spans))
)
INSERT INTO number_case AS k (case_id, period_id, district_id, number, open, cells, parts)
SELECT t.case_id, %(period)s, %(district)s, (SELECT c.number FROM loop_case c WHERE c.id = t.case_id), t.open,
       coalesce((SELECT n.cells FROM number_new n WHERE n.case_id = t.case_id), '{}'),
       coalesce((SELECT n.parts FROM number_new n WHERE n.case_id = t.case_id), %(none)s::varbit)
FROM number_touched t WHERE t.spans
ON CONFLICT (case_id, period_id) DO UPDATE SET cells = excluded.cells, open = excluded.open, parts = excluded.parts
WHERE (k.cells, k.open, k.parts) IS DISTINCT FROM (excluded.cells, excluded.open, excluded.parts)
"""


class Touched(NamedTuple):
    """A case to be counted again; `spans`: the period is about it (else whatever it counted there is taken back)."""

    case_id: UUID
    open: bool
    spans: bool


class CountedPeriod(NamedTuple):
    """Where counts go: the kept period, and the instants and basis it is counted by."""

    id: int
    district: str
    start: datetime
    until: datetime
    basis: Basis


@cache
def narrowed(text: str) -> str:
    """Return a query asked for the cases of `number_touched` alone, over the events gathered of them.

    Raises:
        ValueError: the query looks for its events in a way that cannot be narrowed.

    Source: docs/adr/0232 (2, the published text is asked for the touched cases only)
    """
    starts = 0

    def among(found: re.Match[str]) -> str:
        nonlocal starts
        name, of_a_case = found[1], found[2]
        starts += not of_a_case
        return f"number_event {name}{of_a_case}" if of_a_case else f"{_ONLY} {name}"

    told = _EVENTS.sub(among, text)
    if not starts:
        raise ValueError("a query begins with the events of the district below the cut")
    return told


_ONLY = "(SELECT v.* FROM number_event v WHERE v.case_id = ANY(ARRAY(SELECT case_id FROM number_touched)))"


def refresh(place: CountedPeriod, cases: Iterable[Touched], cut: int) -> None:
    """Count some cases of a period again at a cut, in the caller's transaction, after `gather` at that cut.

    Args:
        place: The kept period.
        cases: Each once, and among those gathered.
        cut: Leaves below it count.

    Source: docs/adr/0232 (2, the published text is asked for the touched cases only)
    """
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(table)
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
        known = ordered(place.basis)
        names = {"period": place.id, "district": place.district, "known": known, "none": "0" * (3 * len(known))}
        _move(cursor, names)


def ordered(basis: Basis) -> list[str]:
    """Return the indicators in the order of their bits: each has three, counted, not counted, left out."""
    return sorted(basis.definitions)


def _move(cursor: Any, names: dict[str, Any]) -> None:
    """Bring cells, slices and cases of a period to what `number_fresh` says of the touched cases."""
    cursor.execute(_KEYS, names)
    cursor.execute("ANALYZE number_key; ANALYZE number_fresh")
    cursor.execute(LOOKED_UP)
    for statement in (_FOUND, _CELLS, _FOUND):
        cursor.execute(statement, names)
    cursor.execute(BY_CHOICE)
    cursor.execute(_NEW, names)
    cursor.execute(LOOKED_UP)
    cursor.execute(_MOVED, names)
    cursor.execute(_MOVE, names)
    cursor.execute(BY_CHOICE)
