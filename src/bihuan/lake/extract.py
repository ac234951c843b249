"""Reading the platform's tables into Arrow: COPY out, CSV in, one consistent snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import connection

from bihuan.lake.tables import CLOCKS, EVENTS, MOMENT
from bihuan.loop.kernel.payload import meanings_of
from bihuan.loop.kernel.table import table
from bihuan.readers.typed import read_typed

WORDS = ("programme", "area", "category", "lead", "result", "satisfied", "contacted", "reopens", "indicator", "reason")
SPOKEN = ("area", "category")  # an event may take these away; then they are '' and not null
_UTC = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


CODED = frozenset({"reason", "result"})
"""Of some kinds of events such a value is a code; in others, of earlier versions, somebody wrote it: it stays out."""


def coded_in(name: str) -> list[str]:
    """The kinds of events of which a value is a code, as their payloads say."""
    kinds = table().kinds.items()
    return [kind for kind, event in kinds if (part := meanings_of(event.payload).get(name)) is not None and part.code]


def _word(name: str) -> str:
    told = f"e.data->>'{name}'"
    if name in CODED:
        kinds = ", ".join(f"'{kind}'" for kind in coded_in(name))
        return f"CASE WHEN e.kind IN ({kinds}) THEN {told} END"
    return f"CASE WHEN e.data ? '{name}' THEN coalesce({told}, '') END" if name in SPOKEN else told


EVENTS_SQL = f"""
    SELECT l.index, e.case_id, e.version, e.kind, {_UTC.format("e.occurred_at")}, {_UTC.format("e.recorded_at")},
           e.data->>'state', {", ".join(_word(name) for name in WORDS)}
    FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id
    WHERE e.district_id = '{{district}}' AND l.index >= {{since}} AND l.index < {{until}} ORDER BY l.index
"""  # noqa: S608 - built from the constants above
CLOCKS_SQL = """
    SELECT e.case_id, e.version, op->>'name', op->>'op', op->>'due', {recorded}
    FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id, jsonb_array_elements(e.data->'clocks') op
    WHERE e.district_id = '{district}' AND l.index >= {since} AND l.index < {until}
      AND e.data ? 'clocks' AND op->>'due' IS NOT NULL
    ORDER BY l.index
"""
CASES_SQL = f"""
    SELECT c.id, c.number, c.programme, c.kind, c.state, c.channel, c.category, c.area, c.urgency, c.lead, c.outcome,
           {_UTC.format("c.opened_at")}, ((c.opened_at AT TIME ZONE '{{zone}}')::date - date '1970-01-01'),
           {_UTC.format("c.submitted_at")}, {_UTC.format("c.ended_at")}, {_UTC.format("c.deadline")}, c.missed,
           c.reporters, c.parent_id, c.version,
           to_char(c.opened_at AT TIME ZONE '{{zone}}', 'YYYY-MM'),
           CASE WHEN c.restricted IS NULL THEN c.lon_e6 END, CASE WHEN c.restricted IS NULL THEN c.lat_e6 END
    FROM loop_case c
    WHERE c.district_id = '{{district}}'
      AND to_char(c.opened_at AT TIME ZONE '{{zone}}', 'YYYY-MM') IN ({{months}})
    ORDER BY c.opened_at, c.id
"""  # noqa: S608 - built from the constants above
MONTHS_SQL = """
    SELECT DISTINCT to_char(c.opened_at AT TIME ZONE %(zone)s, 'YYYY-MM')
    FROM loop_case c
    WHERE c.district_id = %(district)s AND c.id IN (
        SELECT e.case_id FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id
        WHERE l.index >= %(since)s AND l.index < %(until)s)
"""
CASE_COLUMNS = {
    **dict.fromkeys(("case_id", "number", "programme", "kind", "state", "channel", "category"), pa.string()),
    **dict.fromkeys(("area", "urgency", "lead", "outcome"), pa.string()),
    "opened_at": MOMENT, "day": pa.int32(), "submitted_at": MOMENT, "ended_at": MOMENT, "deadline": MOMENT,
    "missed": pa.string(), "reporters": pa.int32(), "parent_id": pa.string(), "version": pa.int32(),
    "month": pa.string(), "lon_e6": pa.int32(), "lat_e6": pa.int32(),
}  # fmt: skip


def copy_events(tmp: Path, district: str, since: int, until: int) -> Iterator[pa.Table]:
    """Events at leaves since ≤ index < until, in blocks, with the schema EVENTS.

    Source: docs/adr/0107 (COPY out, flat codes, no words).
    """
    sql = EVENTS_SQL.format(district=_code(district), since=int(since), until=int(until))
    return _copied(tmp / "events.csv", sql, {f.name: f.type for f in EVENTS})


def copy_clocks(tmp: Path, district: str, since: int, until: int) -> Iterator[pa.Table]:
    """The operations on clocks of those events, with `recorded_at` beside the schema CLOCKS. Source: docs/adr/0107."""
    recorded = _UTC.format("e.recorded_at")
    sql = CLOCKS_SQL.format(district=_code(district), since=int(since), until=int(until), recorded=recorded)
    return _copied(tmp / "clocks.csv", sql, {**{f.name: f.type for f in CLOCKS}, "recorded_at": MOMENT})


def copy_cases(tmp: Path, district: str, zone: str, months: Iterable[str]) -> Iterator[pa.Table]:
    """Cases opened in the months (YYYY-MM in the zone), with the columns of CASE_COLUMNS.

    Source: docs/topics/lake.md ("No words, no identity").
    """
    listed = ", ".join(f"'{_month(month)}'" for month in sorted(months))
    sql = CASES_SQL.format(district=_code(district), zone=zone.replace("'", ""), months=listed)
    return _copied(tmp / "cases.csv", sql, CASE_COLUMNS)


def changed_months(district: str, zone: str, since: int, until: int) -> set[str]:
    """Months (of opening) of the cases that the leaves speak of.

    Source: docs/topics/lake.md ("Incremental and whole").
    """
    with connection.cursor() as cursor:
        cursor.execute(MONTHS_SQL, {"district": district, "zone": zone, "since": since, "until": until})
        return {row[0] for row in cursor.fetchall()}


def _copied(path: Path, sql: str, columns: dict[str, Any]) -> Iterator[pa.Table]:
    """Run a query through COPY into a file and read that in blocks; NULL and '' stay apart."""
    command = f"COPY ({sql}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)"
    with connection.cursor() as cursor, path.open("wb") as handle, cursor.cursor.copy(command) as copy:
        for block in copy:
            handle.write(block)
    yield from read_typed(path, columns)
    path.unlink()


def _code(district: str) -> str:
    if not district.isalnum():
        raise ValueError(f"{district!r} is no district code")
    return district


def _month(month: str) -> str:
    if len(month) != 7 or not month.replace("-", "").isdigit():
        raise ValueError(f"{month!r} is no month; write it as YYYY-MM")
    return month
