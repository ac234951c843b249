"""Rows in COPY's binary format, column by column: several times faster than cell by cell.

PostgreSQL reads an event in half the time it takes to read the same event as text: nothing is unescaped, no instant and
no id is parsed. Text, numbers and instants stand as `*_recv` of each type reads them.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from struct import Struct
from typing import Any
from uuid import UUID

from bihuan.loop.store.rows import Row, RowTable

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
TEXT = 25  # the type of an array's items, as PostgreSQL numbers its types
_EPOCH, _FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1)
_length = Struct(">i").pack
_count = Struct(">h").pack
_int4 = Struct(">ii").pack
_int8 = Struct(">iq").pack
_array_head = Struct(">5i").pack
_YES, _NO = b"\x00\x00\x00\x01\x01", b"\x00\x00\x00\x01\x00"


def copy_rows(rows: Sequence[Row], table: RowTable) -> bytes:
    """Return the rows as COPY reads them in binary, without header and trailer; every row has the table's columns.

    Source: PostgreSQL documentation, COPY (binary format); docs/adr/0270
    """
    if not rows:
        return b""
    columns = zip(*rows, strict=True)
    cells = [_ENCODERS[kind](column) for (_, kind), column in zip(table.columns, columns, strict=True)]
    count = [_count(len(cells))] * len(rows)
    return b"".join([cell for line in zip(count, *cells, strict=True) for cell in line])


def _text(column: Sequence[str | None]) -> list[bytes]:
    return [NULL if v is None else _sized(v.encode()) for v in column]


def _sized(value: bytes) -> bytes:
    return _length(len(value)) + value


def _json(column: Sequence[str | None]) -> list[bytes]:
    return [NULL if v is None else _sized(b"\x01" + v.encode()) for v in column]  # 1: the version of jsonb's form


def _uuid(column: Sequence[UUID | None]) -> list[bytes]:
    return [NULL if v is None else b"\x00\x00\x00\x10" + v.bytes for v in column]


def _bytea(column: Sequence[bytes | None]) -> list[bytes]:
    return [NULL if v is None else _length(len(v)) + v for v in column]


def _time(column: Sequence[datetime | str | None]) -> list[bytes]:
    """Microseconds since 2000; a batch holds many of its moments again and again."""
    known = {v: NULL if v is None else _moment(v) for v in set(column)}
    return [known[v] for v in column]


def _moment(value: datetime | str) -> bytes:
    since = (datetime.fromisoformat(value) if isinstance(value, str) else value) - _EPOCH
    return _int8(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _date(column: Sequence[date | None]) -> list[bytes]:
    return [NULL if v is None else _int4(4, (v - _FIRST_DAY).days) for v in column]


def _bool(column: Sequence[bool | None]) -> list[bytes]:
    return [NULL if v is None else _YES if v else _NO for v in column]


def _int(column: Sequence[int | None]) -> list[bytes]:
    return [NULL if v is None else _int4(4, v) for v in column]


def _array(column: Sequence[list[str] | None]) -> list[bytes]:
    return [NULL if v is None else _sized(_items(v)) for v in column]


def _items(items: Sequence[str]) -> bytes:
    if not items:
        return _array_head(0, 0, TEXT, 0, 0)[:12]
    return _array_head(1, 0, TEXT, len(items), 1) + b"".join([_sized(item.encode()) for item in items])


def array_literal(items: Sequence[str]) -> str:
    """Return a text array as PostgreSQL writes it.

    Source: PostgreSQL documentation, array input; docs/adr/0001 (6)
    """
    quoted = ",".join('"' + i.replace("\\", "\\\\").replace('"', '\\"') + '"' for i in items)
    return "{" + quoted + "}"


_ENCODERS: dict[str, Callable[[Sequence[Any]], list[bytes]]] = {
    "text": _text,
    "jsonb": _json,
    "uuid": _uuid,
    "bytea": _bytea,
    "timestamptz": _time,
    "date": _date,
    "boolean": _bool,
    "int": _int,
    "text[]": _array,
}
