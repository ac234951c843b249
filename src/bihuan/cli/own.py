"""The platform's own cases as the frame that the insight commands read when no file is named."""

from __future__ import annotations

from typing import Any

from bihuan.cli.bootstrap import start_django
from bihuan.cli.frames import Frame
from bihuan.cli.output import fail

COLUMNS = ("id", "title", "body", "time", "lon", "lat", "category", "area", "unit", "programme", "state", "reporters")
CASES = """
    SELECT c.number, c.title, coalesce(p.body->>'text', ''), c.opened_at AT TIME ZONE 'UTC', c.lon_e6, c.lat_e6,
           c.category, c.area, c.lead, c.programme, c.state, c.reporters
    FROM loop_case c
    LEFT JOIN loop_event e ON e.case_id = c.id AND e.version = 1
    LEFT JOIN loop_event_private p ON p.event_id = e.id
    WHERE c.district_id = %s AND c.restricted IS NULL AND c.opened_at > now() - make_interval(days => %s)
    ORDER BY c.opened_at, c.number
"""
FETCH = 5000


def own_frame(days: int = 3650) -> Frame:
    """Every unrestricted case of the last `days`, merged ones included; words only, never an identity.

    Args:
        days: How far back.

    Raises:
        Failure: the data folder holds no case yet.
    """
    start_django()
    from django.db import connection

    from bihuan.loop import scope
    from bihuan.loop.store import current_facts

    district = current_facts().registers.district.code
    scope.ensure(district)
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    with connection.cursor() as cursor:
        cursor.execute(CASES, [district, days])
        while rows := cursor.fetchmany(FETCH):
            for name, cells in zip(COLUMNS, zip(*rows, strict=True), strict=True):
                columns[name].extend(cells)
    if not columns["id"]:
        fail("this installation holds no case yet", "name a FILE, or import one with `bihuan import`")
    for axis in ("lon", "lat"):
        columns[axis] = [None if cell is None else cell / 1e6 for cell in columns[axis]]
    columns["time"] = [cell.isoformat(sep=" ") + "+00:00" for cell in columns["time"]]
    count = len(columns["id"])
    roles = {name: name for name in ("id", "title", "body", "time", "lon", "lat", "category")}
    return Frame("own cases", columns["id"], list(range(1, count + 1)), columns, roles)
