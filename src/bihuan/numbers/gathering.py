"""The events of some cases below a cut, gathered once for every period and query that counts them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

_TABLE = (
    "CREATE TEMP TABLE IF NOT EXISTS number_event ON COMMIT DELETE ROWS AS SELECT * FROM loop_event WITH NO DATA",
    "CREATE INDEX IF NOT EXISTS number_event_case ON pg_temp.number_event (case_id, version)",
    "CREATE INDEX IF NOT EXISTS number_event_kind ON pg_temp.number_event (kind, occurred_at)",
    "TRUNCATE number_event",
)
_GATHER = """
INSERT INTO number_event
SELECT v.* FROM loop_event v WHERE v.case_id = ANY(%s::uuid[]) AND v.district_id = %s
AND (SELECT l.index FROM ledger_entry l WHERE l.event_id = v.id) < %s
"""
LOOKED_UP = "SET LOCAL enable_seqscan = off"
"""For what is few beside tables that grow faster than the planner's statistics of them: it is looked up by keys."""
BY_CHOICE = "SET LOCAL enable_seqscan = on"


def gather(cases: Sequence[UUID], district: str, cut: int) -> None:
    """Put what the log held of these cases into `number_event` for the rest of the transaction.

    Queries look the events of a case up a dozen times each; here they are few, lie together, and were asked once
    whether the log held them.

    Args:
        cases: Each once.
        cut: Leaves below it count.

    Source: docs/adr/0232 (2, over the cases' events, gathered once per batch)
    """
    with connection.cursor() as cursor:
        for statement in _TABLE:
            cursor.execute(statement)
        cursor.execute(LOOKED_UP)
        cursor.execute(_GATHER, [list(cases), district, cut])
        cursor.execute(BY_CHOICE)
        cursor.execute("ANALYZE number_event (case_id, version, kind, occurred_at)")
