"""Cases as columns for analysis: words, time, place, category — never an identity, never a restricted case."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection

from bihuan.loop import scope

COLUMNS = (
    "id", "title", "body", "time", "lon", "lat", "category", "area", "unit", "programme", "state", "reporters", "event",
)  # fmt: skip
CASES = """
    SELECT c.number, c.title, coalesce(p.body->>'text', ''), c.opened_at, c.lon_e6, c.lat_e6,
           c.category, c.area, c.lead, c.programme, c.state, c.reporters,
           coalesce(c.parent_id, c.id)::text
    FROM loop_case c
    LEFT JOIN loop_event e ON e.case_id = c.id AND e.version = 1
    LEFT JOIN loop_event_private p ON p.event_id = e.id
    WHERE c.district_id = %s AND c.restricted IS NULL AND c.opened_at >= %s AND c.opened_at < %s
    ORDER BY c.opened_at, c.number
"""
FETCH = 5000
ALWAYS = dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def case_columns(district: str, first: dt.datetime = ALWAYS[0], end: dt.datetime = ALWAYS[1]) -> dict[str, list[Any]]:
    """Return every unrestricted case opened in a span, merged ones included, the oldest first.

    Args:
        district: Official code.
        first, end: With a zone; start included, end not.

    Returns:
        One list per name of `COLUMNS`, all equally long: `time` with zone UTC, `lon` and `lat` in degrees WGS-84 or
        None, `reporters` a number, the rest text (category, area, unit possibly None); `event` is alike for cases
        merged into one.

    Source: docs/adr/0107 (flat codes, no words; restricted cases are left out)
    """
    scope.ensure(district)
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    with connection.cursor() as cursor:
        cursor.execute(CASES, [district, first, end])
        while rows := cursor.fetchmany(FETCH):
            for name, cells in zip(COLUMNS, zip(*rows, strict=True), strict=True):
                columns[name].extend(cells)
    for axis in ("lon", "lat"):
        columns[axis] = [None if cell is None else cell / 1e6 for cell in columns[axis]]
    columns["time"] = [cell.astimezone(dt.UTC) for cell in columns["time"]]
    return columns
