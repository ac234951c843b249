"""Whether stored batches are what the log says: every root is worked out again from the rows."""

from __future__ import annotations

from typing import Any

from django.db import connection

from bihuan.series.store.reading import batch_rows
from bihuan.series.store.rows import batch_root, in_order, line_starts

_BATCHES = """
SELECT b.id, b.rows, b.first_at, b.last_at, b.root, s.body->>'root', s.body->>'rows', m.unit, m.decimals
FROM series_batch b JOIN series_meaning m ON m.district_id = b.district_id AND m.series = b.series
LEFT JOIN ledger_statement s ON s.id = b.statement_id
WHERE b.district_id = %s AND b.series = %s ORDER BY b.id
"""


def prove_batches(district: str, series: str) -> dict[str, Any]:
    """Work out the root of every batch of a series again and compare it with what the log states.

    Returns:
        batches, rows, and `wrong`: the vintages that differ, each with why.

    Source: RFC 9162 §2.1; docs/adr/0255 (7).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, subject FROM series_line WHERE district_id = %s AND series = %s", [district, series])
        names = dict(cursor.fetchall())
        cursor.execute(_BATCHES, [district, series])
        batches = cursor.fetchall()
    wrong, rows = [], 0
    for batch, count, first, last, root, stated, stated_rows, unit, decimals in batches:
        found = in_order(batch_rows(batch, first, last))
        rows += len(found)
        meant = {"series": series, "unit": unit, "decimals": decimals}
        heads = [{**meant, "subject": names.get(number, "")} for number in found["line"][line_starts(found)].tolist()]
        why = ""
        if stated != bytes(root).hex() or stated_rows != str(count):
            why = "the statement of the log is missing or names another root"
        elif len(found) != count:
            why = f"{count} rows were logged, {len(found)} are there"
        elif batch_root(found, heads) != bytes(root):
            why = "the rows are not those that were logged"
        if why:
            wrong.append({"vintage": batch, "why": why})
    return {"batches": len(batches), "rows": rows, "wrong": wrong}
