"""Reading what the jobs need, in few statements: cases with the words of their opening report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from bihuan.suggestions.drafts import SeenCase

COLUMNS = """
SELECT c.id, c.programme, c.kind, c.state, c.category, c.area, c.urgency, c.lon_e6, c.lat_e6, c.opened_at, c.version,
       c.title, coalesce(p.body->>'text', ''), coalesce(p.body->>'address', '')
FROM loop_case c
LEFT JOIN loop_event e ON e.case_id = c.id AND e.version = 1
LEFT JOIN loop_event_private p ON p.event_id = e.id
"""
LIVE = COLUMNS + " WHERE c.id = ANY(%s) AND c.ended_at IS NULL ORDER BY c.id"
RECENT = COLUMNS + " WHERE c.opened_at >= %s AND c.shape <> 'gate' AND c.id > %s ORDER BY c.id LIMIT %s"
FIRST = UUID(int=0)
FETCH = 5000
MICRODEGREES = 1e6


def read_open_cases(ids: Sequence[UUID]) -> list[SeenCase]:
    """Return the cases of these ids that are still open, in the order of their ids (one statement).

    Source: docs/topics/suggestions.md, "How it runs".
    """
    return _read(LIVE, [list(ids)])


def recent(since: datetime, fetch: int = FETCH) -> Iterator[list[SeenCase]]:
    """Yield every case opened since a moment, merged and ended ones too, in batches.

    Source: docs/topics/suggestions.md, "How it runs".
    """
    last = FIRST
    while batch := _read(RECENT, [since, last, fetch]):
        yield batch
        last = batch[-1].id


def _read(statement: str, parameters: list[Any]) -> list[SeenCase]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [_seen(row) for row in cursor.fetchall()]


def _seen(row: tuple[Any, ...]) -> SeenCase:
    lon, lat = (None if cell is None else cell / MICRODEGREES for cell in row[7:9])
    return SeenCase._make((*row[:7], lon, lat, *row[9:]))
