"""What the series give to the lake: every observation as it arrived, with the vintage it came in."""

from __future__ import annotations

from bihuan.extend import LakeColumn, LakeCut, LakeTable, lake_moment, lake_month
from bihuan.series.catalogue import current_catalogue
from bihuan.subjects.lake_tables import keys_shown

# The bounds are known before a partition is opened, so that only the months of these vintages are read.
_ROWS = """
WITH b AS MATERIALIZED (
    SELECT b.id, b.series, b.first_at, b.last_at FROM ledger_entry l JOIN series_batch b ON b.statement_id = l.event_id
    WHERE b.district_id = '{cut.district}' AND l.index >= {cut.since} AND l.index < {cut.until})
SELECT b.series, o.line, {subject}, {at}, {arrived}, o.value, m.decimals, m.unit, o.flag, o.batch, {month}
FROM series_observation o JOIN b ON b.id = o.batch JOIN series_line s ON s.id = o.line
JOIN series_meaning m ON m.district_id = s.district_id AND m.series = b.series
WHERE o.at >= (SELECT min(first_at) FROM b) AND o.at <= (SELECT max(last_at) FROM b)
"""


def _subject() -> str:
    named = keys_shown()
    shown = [f"'{name}'" for name, series in current_catalogue().series.items() if series.declared.subject in named]
    return f"CASE WHEN b.series IN ({', '.join(sorted(shown))}) THEN s.subject END" if shown else "NULL::text"


def _rows(cut: LakeCut) -> str:
    return _ROWS.format(
        cut=cut, subject=_subject(), at=lake_moment("o.at"), arrived=lake_moment("o.arrived"),
        month=lake_month("o.at", cut.zone),
    )  # fmt: skip


_COLUMNS = (
    LakeColumn("series"), LakeColumn("line", "whole"), LakeColumn("subject"), LakeColumn("at", "moment"),
    LakeColumn("arrived", "moment"), LakeColumn("value", "long"),  # whole number of the last digit; null when missing
    LakeColumn("decimals", "whole"), LakeColumn("unit"), LakeColumn("flag"),
    LakeColumn("vintage", "long"),  # batch
)  # fmt: skip
TABLES = (LakeTable("observations", "每个监测值", "Every observation", _COLUMNS, _rows),)
