"""Appending observations: one batch, one vintage, one leaf of the log; what is known already is not stored again.

Everything happens in the caller's transaction, which works for the district. A series has one writer at a time.
Source: DESIGN §14; docs/adr/0255.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from bihuan.faults import Fault
from bihuan.ledger.statements import promise_statement
from bihuan.series.catalogue import Series
from bihuan.series.instants import instant_of, micros
from bihuan.series.store.rows import (
    NONE,
    Rows,
    batch_root,
    copy_bytes,
    in_order,
    last_of_instants,
    line_starts,
)

STATEMENT = "series_batch"
_COLUMNS = "at, arrived, value, line, batch, inputs, version, flag"
_STAGING = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS series_staging (at timestamptz, arrived timestamptz, value bigint, "
    'line integer, batch integer, inputs integer, version integer, flag "char") ON COMMIT DELETE ROWS'
)
# Of staged rows, `batch` is their number: which of them say nothing new?
_KNOWN = """
SELECT s.batch FROM series_staging s WHERE EXISTS (
    SELECT FROM series_observation o WHERE o.line = s.line AND o.at = s.at AND o.arrived = s.arrived
    AND o.value IS NOT DISTINCT FROM s.value AND o.flag = s.flag)
"""
_HELD = """
SELECT s.batch FROM series_staging s CROSS JOIN LATERAL (
    SELECT o.value, o.flag, o.inputs, o.version FROM series_observation o WHERE o.line = s.line AND o.at = s.at
    ORDER BY o.arrived DESC, o.value DESC NULLS LAST, o.flag DESC LIMIT 1) o
WHERE o.value IS NOT DISTINCT FROM s.value AND o.flag = s.flag
  AND o.inputs IS NOT DISTINCT FROM s.inputs AND o.version IS NOT DISTINCT FROM s.version
"""


class ChangedMeaning(Fault):
    """A series is declared with another unit or other digits than its values are kept in."""

    remedy = "declare a new series under another name; kept values are never reinterpreted"


class Stored(NamedTuple):
    """What an append did: the vintage (None when nothing was new), rows stored, rows known already."""

    batch: int | None
    stored: int
    known: int


class Writer(NamedTuple):
    """Who stores what, and when.

    Args:
        series: The declared series.
        district: Code; the transaction works for it.
        source, actor: Names for the record.
        now: When it is stored.
        follows: Whether derived values or incidents hang on the series: spans are then queued.
    """

    series: Series
    district: str
    source: str
    actor: str
    now: datetime
    follows: bool = False


_LOCKED = "SELECT pg_advisory_xact_lock(hashtextextended(%(district)s || %(series)s, 9))"
_MEANING = """
INSERT INTO series_meaning (district_id, series, unit, decimals, recorded_at)
VALUES (%(district)s, %(series)s, %(unit)s, %(decimals)s, %(now)s) ON CONFLICT DO NOTHING;
SELECT unit, decimals FROM series_meaning WHERE district_id = %(district)s AND series = %(series)s
"""
_KNOWN_LINES = """
SELECT subject, id FROM series_line
WHERE district_id = %(district)s AND series = %(series)s AND subject = ANY(%(subjects)s)
"""
_NEW_LINES = """
INSERT INTO series_line (district_id, series, subject, latest_flag)
SELECT %(district)s, %(series)s, s, '' FROM unnest(%(subjects)s::text[]) s ORDER BY s ON CONFLICT DO NOTHING
"""


def lines_of(writer: Writer, subjects: Sequence[str]) -> dict[str, int]:
    """Return the numbers of lines by subject; new ones are made.

    Until the transaction ends nobody else writes values of the series here.

    Raises:
        ChangedMeaning: the declaration no longer says what the kept values mean.

    Source: docs/adr/0255 (6, 7)
    """
    declared = writer.series.declared
    keys: dict[str, Any] = {"district": writer.district, "series": writer.series.name, "subjects": list(subjects)}
    with connection.cursor() as cursor:  # one way to the server: these four are asked for every derived line
        told = {**keys, "unit": declared.unit, "decimals": declared.precision, "now": writer.now}
        cursor.execute(f"{_LOCKED}; {_MEANING}; {_KNOWN_LINES}", told)
        cursor.nextset()
        cursor.nextset()
        kept = cursor.fetchone()
        if kept != (declared.unit, declared.precision):
            raise ChangedMeaning(_kept_otherwise(writer.series.name, *kept))
        cursor.nextset()
        found: dict[str, int] = dict(cursor.fetchall())
        if len(found) < len(set(subjects)):
            cursor.execute(_NEW_LINES, {**keys, "subjects": sorted(set(subjects) - found.keys())})
            cursor.execute(_KNOWN_LINES, keys)
            found = dict(cursor.fetchall())
    return found


def _kept_otherwise(name: str, unit: str, decimals: int) -> str:
    zh = f"{name} 的值以 {unit}、{decimals} 位小数保存"
    return f"{zh} · values of {name} are kept in {unit} with {decimals} decimals"


def ensure_months(first: datetime, last: datetime) -> int:
    """See to the partitions from one instant to another; return how many were made. Source: docs/adr/0255 (6, 7)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT series_observation_months(%s, %s)", [first, last])
        return int(cursor.fetchone()[0])


def append_rows(writer: Writer, rows: Rows, subjects: Sequence[str], *, tacit: bool) -> Stored:
    """Store observations as one batch.

    Args:
        writer: For whom.
        rows: `line` is an index into `subjects`; any order.
        subjects: Keys of the subjects.
        tacit: The source did not say when they arrived: a value that holds already is then known, whenever it came.

    Raises:
        ChangedMeaning: see `lines_of`.

    Source: docs/adr/0255 (6, 7).
    """
    if not len(rows):
        return Stored(None, 0, 0)
    ensure_months(instant_of(int(rows["at"].min())), instant_of(int(rows["at"].max())))
    numbers = lines_of(writer, subjects)
    rows = rows.copy()
    rows["line"] = np.array([numbers[subject] for subject in subjects], np.int32)[rows["line"]]
    ordered = in_order(rows)
    fresh = _without_known(ordered, tacit)
    known = len(rows) - len(fresh)
    if not len(fresh):
        return Stored(None, 0, known)
    names = {number: subject for subject, number in numbers.items()}
    batch = _record_batch(writer, fresh, [names[number] for number in fresh["line"][line_starts(fresh)].tolist()])
    _insert(fresh, batch)
    _note_latest(fresh, batch)
    if writer.follows:
        _queue_spans(writer.district, fresh, batch)
    return Stored(batch, len(fresh), known)


def head_of(series: Series, subject: str) -> dict[str, Any]:
    """Return what the numbers of a leaf mean; see `rows.batch_root`. Source: docs/adr/0255 (6, 7)."""
    declared = series.declared
    return {"series": series.name, "subject": subject, "unit": declared.unit, "decimals": declared.precision}


def _without_known(rows: Rows, tacit: bool) -> Rows:
    """Leave out what is stored already; only rows not newer than the newest of their line are compared."""
    starts = line_starts(rows)
    numbers = rows["line"][starts].tolist()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, latest_at FROM series_line WHERE id = ANY(%s) AND latest_at IS NOT NULL", [numbers])
        newest = {number: micros(at) for number, at in cursor.fetchall()}
    if not newest:
        return rows
    bound = np.array([newest.get(number, NONE) for number in numbers], np.int64)
    counts = np.diff(np.append(starts, len(rows)))
    old = np.flatnonzero(rows["at"] <= np.repeat(bound, counts))
    if not len(old):
        return rows
    with connection.wrap_database_errors, connection.cursor() as cursor:
        _stage(cursor, copy_bytes(rows[old], np.arange(len(old))))
        cursor.execute(_HELD if tacit else _KNOWN)
        found = np.array([number for (number,) in cursor.fetchall()], np.int64)
        cursor.execute("TRUNCATE series_staging")
    keep = np.ones(len(rows), bool)
    keep[old[found]] = False
    return rows[keep]


def _stage(cursor: Any, parts: Sequence[bytes]) -> None:
    cursor.execute(_STAGING)
    with cursor.cursor.copy(f"COPY series_staging ({_COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
        for part in parts:
            copy.write(part)


def _insert(rows: Rows, batch: int) -> None:
    """By way of a staging table: COPY does not pass a fence, INSERT is checked by it."""
    with connection.wrap_database_errors, connection.cursor() as cursor:
        _stage(cursor, copy_bytes(rows, batch))
        cursor.execute(f"INSERT INTO series_observation ({_COLUMNS}) SELECT {_COLUMNS} FROM series_staging")  # noqa: S608 - own constant
        cursor.execute("TRUNCATE series_staging")


def _record_batch(writer: Writer, rows: Rows, subjects: Sequence[str]) -> int:
    root = batch_root(rows, [head_of(writer.series, subject) for subject in subjects])
    first, last = instant_of(int(rows["at"].min())), instant_of(int(rows["at"].max()))
    body = {
        "series": writer.series.name, "district": writer.district, "root": root.hex(), "rows": len(rows),
        "subjects": len(subjects), "declared": writer.series.digest,
    }  # fmt: skip
    statement = promise_statement(STATEMENT, body, writer.now)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO series_batch (district_id, series, source, actor, made_at, rows, first_at, last_at, root, "
            "statement_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
            [writer.district, writer.series.name, writer.source, writer.actor, writer.now, len(rows), first, last, root,
             statement],
        )  # fmt: skip
        return int(cursor.fetchone()[0])


def _note_latest(rows: Rows, batch: int) -> None:
    """The newest value of each line: kept when it is of a later instant, or of the same and arrived later."""
    held = last_of_instants(rows)
    ends = np.append(line_starts(held)[1:], len(held)) - 1
    newest = held[ends]
    values = [None if value == NONE else value for value in newest["value"].tolist()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE series_line l SET latest_at = n.at, latest_value = n.value, latest_flag = n.flag, "
            "latest_arrived = n.arrived, latest_batch = %s FROM unnest(%s::int[], %s::timestamptz[], %s::bigint[], "
            "%s::text[], %s::timestamptz[]) AS n(line, at, value, flag, arrived) "
            "WHERE l.id = n.line AND (l.latest_at IS NULL OR (l.latest_at, l.latest_arrived, "
            "coalesce(l.latest_value, -9223372036854775808), l.latest_flag) < (n.at, n.arrived, "
            "coalesce(n.value, -9223372036854775808), n.flag))",
            [batch, newest["line"].tolist(), [instant_of(at) for at in newest["at"].tolist()], values,
             [chr(flag) for flag in newest["flag"].tolist()], [instant_of(at) for at in newest["arrived"].tolist()]],
        )  # fmt: skip


def _queue_spans(district: str, rows: Rows, batch: int) -> None:
    starts = line_starts(rows)
    ends = np.append(starts[1:], len(rows)) - 1
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO series_touched (district_id, line, first_at, last_at, batch) "
            "SELECT %s, t.line, t.first, t.last, %s FROM unnest(%s::int[], %s::timestamptz[], %s::timestamptz[]) "
            "AS t(line, first, last)",
            [district, batch, rows["line"][starts].tolist(), [instant_of(at) for at in rows["at"][starts].tolist()],
             [instant_of(at) for at in rows["at"][ends].tolist()]],
        )  # fmt: skip
