"""Lines of all series at once, and values of lines page by page: what other systems walk through.

Source: DESIGN §14; docs/adr/0255 (6); docs/adr/0369.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from bihuan.series.store.reading import BATCH_FIELDS, HeldValues, held_of

WITHDRAWN = "D"
"""Flag of a missing value by which a sender took its value back."""


class LineHead(NamedTuple):
    """A line and its newest value; `at` None: it has none yet. `value` None: missing."""

    id: int
    series: str
    subject: str
    at: datetime | None
    value: int | None
    flag: str
    arrived: datetime | None
    batch: int | None


def line_heads(
    district: str,
    series: Sequence[str] | None = None,
    subjects: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> list[LineHead]:
    """Return the lines of a district by number: of some series, of some subjects, some numbers, or all.

    Source: docs/adr/0255 (6, a line is a subject of a series)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, series, subject, latest_at, latest_value, latest_flag, latest_arrived, latest_batch "
            "FROM series_line WHERE district_id = %(district)s "
            "AND (%(series)s::text[] IS NULL OR series = ANY(%(series)s)) "
            "AND (%(subjects)s::text[] IS NULL OR subject = ANY(%(subjects)s)) "
            "AND (%(ids)s::int[] IS NULL OR id = ANY(%(ids)s)) ORDER BY id",
            {
                "district": district, "ids": None if ids is None else list(ids),
                "series": None if series is None else list(series),
                "subjects": None if subjects is None else list(subjects),
            },
        )  # fmt: skip
        return [LineHead(*row) for row in cursor.fetchall()]


def page_rows(
    lines: Sequence[int], first: datetime, end: datetime, *, limit: int, skip: int = 0, newest_first: bool = False
) -> HeldValues:
    """Return a page of the values that hold, by line and instant; what was withdrawn is passed over.

    Args:
        lines: Numbers of lines. first, end: Begin at first ≤ instant < end. limit, skip: Which of them.
        newest_first: Falling by instant within a line.

    Source: docs/adr/0255 (6, the value of an instant is the one that arrived last)
    """
    way = "DESC" if newest_first else "ASC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM (SELECT DISTINCT ON (line, at) {BATCH_FIELDS} FROM series_observation "  # noqa: S608 - own constants
            "WHERE line = ANY(%s) AND at >= %s AND at < %s "
            f"ORDER BY line, at {way}, arrived DESC, value DESC NULLS LAST, flag DESC) held "
            "WHERE flag <> ascii(%s) LIMIT %s OFFSET %s",
            [list(lines), first, end, WITHDRAWN, limit, skip],
        )
        return held_of(cursor.fetchall())


def count_rows(lines: Sequence[int], first: datetime, end: datetime) -> int:
    """Return how many values hold in a time; what was withdrawn is not counted. Source: docs/adr/0255 (6)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT DISTINCT ON (line, at) flag FROM series_observation "
            "WHERE line = ANY(%s) AND at >= %s AND at < %s "
            "ORDER BY line, at, arrived DESC, value DESC NULLS LAST, flag DESC) held WHERE flag <> %s",
            [list(lines), first, end, WITHDRAWN],
        )
        return int(cursor.fetchone()[0])
