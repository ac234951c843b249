"""What the documents give to the lake: every letter that was sent, without words and addressee."""

from __future__ import annotations

from bihuan.extend import LakeColumn, LakeCut, LakeTable, lake_moment, lake_month

_ROWS = """
SELECT l.index, r.id, r.letter, r.programme, r.case_id, nullif(r.unit, ''), r.dated::text, r.remedy_until::text, {made},
       {month}
FROM ledger_entry l JOIN documents_letter r ON r.id = l.event_id
WHERE r.district_id = '{cut.district}' AND l.index >= {cut.since} AND l.index < {cut.until} ORDER BY l.index
"""


def _rows(cut: LakeCut) -> str:
    return _ROWS.format(cut=cut, made=lake_moment("r.made_at"), month=lake_month("r.made_at", cut.zone))


_COLUMNS = (
    LakeColumn("index", "long"),  # leaf of the log
    *map(LakeColumn, ("id", "letter", "programme", "case_id", "unit", "dated", "remedy_until")),
    LakeColumn("made_at", "moment"),
)  # fmt: skip
TABLES = (LakeTable("letters", "发出的函件", "Every letter that was sent", _COLUMNS, _rows),)
