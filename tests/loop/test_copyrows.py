"""Rows written in COPY's binary form read back as they were."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.db import connection

from bihuan.loop.store.copyrows import HEADER, TRAILER, copy_rows
from bihuan.loop.store.rows import RowTable

ALL = RowTable("pg_temp.every", (
    ("a", "text"), ("b", "jsonb"), ("c", "uuid"), ("d", "bytea"), ("e", "timestamptz"), ("f", "date"), ("g", "boolean"),
    ("h", "int"), ("i", "text[]"),
))  # fmt: skip
BODY = '{"a": "\\\\n\\u0001", "b": [1, null, true]}'
ROWS = [
    ("路灯\\ \t\n\r\"'😀", BODY, UUID(int=7), b"\x00\xff\\", "2026-03-02T02:00:00Z",
     date(1999, 12, 31), True, -(2**31), ["a,b", '"', "\\", "", "NULL", "路"]),
    ("", "{}", UUID(int=2**128 - 1), b"", datetime(1931, 5, 4, 3, 2, 1, 999_999, tzinfo=UTC), date(2026, 2, 28), False,
     2**31 - 1, []),
    (None,) * 9,
    ("\\N", "null", UUID(int=0), b"x" * 70_000, datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=8))),
     date(2000, 1, 1), False, 0, ["x"]),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.django_db
def test_every_type_reads_back_as_it_was() -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in ALL.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE every (n serial, {columns})")
        with cursor.copy(f"COPY every ({ALL.names}) FROM STDIN (FORMAT BINARY)") as stream:
            stream.write(HEADER + copy_rows(ROWS, ALL) + TRAILER)
        cursor.execute(f"SELECT {ALL.names}, b::text FROM every ORDER BY n")
        found = cursor.fetchall()
    assert len(found) == len(ROWS)
    for (a, _, c, d, e, f, g, h, i, b), row in zip(found, ROWS, strict=True):
        at = datetime.fromisoformat(row[4]) if isinstance(row[4], str) else row[4]
        assert (d if d is None else bytes(d)) == row[3]
        assert (a, c, e, f, g, h, i) == (row[0], row[2], at, *row[5:])
        assert b == row[1]


def test_nothing_is_written_for_no_rows() -> None:
    assert copy_rows([], ALL) == b""
