"""Reading observations: what holds now or held at a vintage, the newest of many lines, batches as they were stored.

Every question is asked in a transaction that works for a district; rows of others are not there.
Source: DESIGN §14; docs/adr/0255 (6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from bihuan.series.store.rows import NONE, ROW, Rows

_MICROS = "(extract(epoch FROM {0}) * 1000000)::bigint"
_FIELDS = (
    f"line, {_MICROS.format('at')}, {_MICROS.format('arrived')}, coalesce(value, {NONE}), ascii(flag::text), "
    "coalesce(inputs, -1), coalesce(version, -1)"
)
BATCH_FIELDS = (
    f"line, {_MICROS.format('at')} AS at_micros, {_MICROS.format('arrived')} AS arrived_micros, "
    f"coalesce(value, {NONE}), ascii(flag::text) AS flag, coalesce(inputs, -1), coalesce(version, -1), batch"
)
"""What `held_of` reads, each column under a name of its own."""
_HOLDING = f"""
SELECT DISTINCT ON (line, at) {_FIELDS}, batch FROM series_observation
WHERE line = ANY(%(lines)s) AND at >= %(first)s AND at < %(end)s AND (%(vintage)s::int IS NULL OR batch <= %(vintage)s)
ORDER BY line, at, arrived DESC, value DESC NULLS LAST, flag DESC
"""  # noqa: S608 - own constants


class Latest(NamedTuple):
    """The newest value of a line; `batch` is its vintage."""

    subject: str
    at: datetime
    value: int | None
    flag: str
    arrived: datetime
    batch: int


class HeldValues(NamedTuple):
    """Values that hold, by line and instant, and the vintage of each."""

    rows: Rows
    batches: np.ndarray[Any, np.dtype[np.integer[Any]]]


def holding_rows(lines: Sequence[int], first: datetime, end: datetime, vintage: int | None = None) -> HeldValues:
    """Return the values of some lines that begin at first ≤ instant < end.

    Args:
        lines: Numbers of lines.
        vintage: As known when that batch was stored; None: now.

    Source: docs/adr/0255 (6, the value of an instant is the one that arrived last)
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLDING, {"lines": list(lines), "first": first, "end": end, "vintage": vintage})
        return held_of(cursor.fetchall())


def held_of(found: Sequence[tuple[Any, ...]]) -> HeldValues:
    """Return fetched rows of `BATCH_FIELDS` as arrays. Source: docs/adr/0255 (6)."""
    rows = np.array([row[:7] for row in found], ROW) if found else np.zeros(0, ROW)
    return HeldValues(rows, np.array([row[7] for row in found], np.int64))


def line_of(district: str, series: str, subject: str) -> int | None:
    """Return the number of a line; None when the subject has no value of the series.

    Source: docs/adr/0255 (6, the value of an instant is the one that arrived last)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM series_line WHERE district_id = %s AND series = %s AND subject = %s",
            [district, series, subject],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def lines_by_subject(district: str, series: str, subjects: Sequence[str] | None = None) -> dict[str, int]:
    """Return subject → number of its line, of all subjects of a series or of some.

    Source: docs/adr/0255 (6, a line is a subject of a series)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, id FROM series_line WHERE district_id = %(district)s AND series = %(series)s "
            "AND (%(subjects)s::text[] IS NULL OR subject = ANY(%(subjects)s))",
            {"district": district, "series": series, "subjects": None if subjects is None else list(subjects)},
        )
        return dict(cursor.fetchall())


def batches_of(district: str, series: str) -> tuple[int, int]:
    """Return the newest batch of a series and how many there are: equal answers mean the same values.

    Source: docs/adr/0255 (7, a batch is never changed)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0), count(*) FROM series_batch WHERE district_id = %s AND series = %s",
            [district, series],
        )
        newest, count = cursor.fetchone()
        return int(newest), int(count)


def latest_values(district: str, series: str) -> list[Latest]:
    """Return the newest value of every subject of a series, by subject.

    Source: docs/adr/0255 (6, the value of an instant is the one that arrived last)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, latest_at, latest_value, latest_flag, latest_arrived, latest_batch FROM series_line "
            "WHERE district_id = %s AND series = %s AND latest_at IS NOT NULL ORDER BY subject",
            [district, series],
        )
        return [Latest(*row) for row in cursor.fetchall()]


def versions_of(line: int, at: datetime) -> HeldValues:
    """Return every value that an instant of a line has had, in the order in which they were stored.

    Source: docs/adr/0255 (6, the value of an instant is the one that arrived last)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_FIELDS}, batch FROM series_observation WHERE line = %s AND at = %s ORDER BY batch, arrived",  # noqa: S608 - own constants
            [line, at],
        )
        return held_of(cursor.fetchall())


def batch_rows(batch: int, first: datetime, last: datetime) -> Rows:
    """Return the rows of one batch, which lie between two instants; any order.

    Source: docs/adr/0255 (6, the value of an instant is the one that arrived last)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_FIELDS} FROM series_observation WHERE batch = %s AND at BETWEEN %s AND %s",  # noqa: S608 - own constants
            [batch, first, last],
        )
        found = cursor.fetchall()
    return np.array(found, ROW) if found else np.zeros(0, ROW)
