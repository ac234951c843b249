"""What the watches give to the lake: every incident as it stands, without its facts."""

from __future__ import annotations

from bihuan.extend import LakeColumn, LakeCut, LakeTable, lake_moment, lake_month
from bihuan.subjects.lake_tables import keys_shown

_ROWS = """
SELECT i.id, i.watch, i.programme, i.type, CASE WHEN i.type IN ({named}) THEN i.subject END, {opened}, {ended},
       nullif(i.ended_how, ''), i.case_id, {month}
FROM watch_incident i WHERE i.district_id = '{cut.district}' AND {month} IN ({months}) ORDER BY i.opened_at, i.id
"""
_CHANGED = """
SELECT DISTINCT {month} FROM ledger_entry l JOIN watch_run r ON r.statement_id = l.event_id
JOIN watch_event e ON e.run = r.id JOIN watch_incident i ON i.id = e.incident_id
WHERE i.district_id = '{cut.district}' AND l.index >= {cut.since} AND l.index < {cut.until}
"""


def _rows(cut: LakeCut) -> str:
    return _ROWS.format(
        cut=cut, named=", ".join(f"'{each}'" for each in sorted(keys_shown())), opened=lake_moment("i.opened_at"),
        ended=lake_moment("i.ended_at"), month=lake_month("i.opened_at", cut.zone),
        months=", ".join(f"'{month}'" for month in cut.months),
    )  # fmt: skip


def _changed(cut: LakeCut) -> str:
    return _CHANGED.format(cut=cut, month=lake_month("i.opened_at", cut.zone))


_COLUMNS = (
    *map(LakeColumn, ("incident", "watch", "programme", "type", "subject")), LakeColumn("opened_at", "moment"),
    LakeColumn("ended_at", "moment"), LakeColumn("ended_how"), LakeColumn("case_id"),
)  # fmt: skip
TABLES = (LakeTable("watch_incidents", "监看发现", "Incidents of watches", _COLUMNS, _rows, _changed),)
