"""Set-based writes: one statement per table for a live batch, COPY for a large one.

Tables with row-level security refuse COPY, so a large batch goes through temporary tables.
"""

from collections.abc import Sequence
from typing import Any

from bihuan.loop.store.copyrows import HEADER, TRAILER, array_literal, copy_rows
from bihuan.loop.store.raw import raw_cursor
from bihuan.loop.store.rows import KEPT_ON_UPDATE, Row, RowTable, columns_of

FEW = 4  # rows; up to here plain values, a statement text for each count, are cheaper to send than arrays
COPY_FROM = 200  # rows; below this one prepared INSERT … unnest is faster than COPY


def insert(writes: Sequence[tuple[RowTable, Sequence[Row]]], extra: str = "", parameters: Sequence[Any] = ()) -> None:
    """Write rows into several tables in one statement: new rows inserted, rows with a `key` upserted.

    `extra` is a further CTE (such as queueing ledger leaves) with its own `parameters`.

    Source: docs/adr/0001 (6); DESIGN §7 (COPY to a temporary table, then INSERT … SELECT)
    """
    parts: list[str] = []
    values: list[Any] = []
    for table, rows in writes:
        if rows:
            few = len(rows) <= FEW
            source = _values(table, len(rows)) if few else _unnest(table)
            parts.append(f"w{len(parts)} AS ({_insert(table, source)})")
            values += [v for row in rows for v in _scalars(row)] if few else columns_of(rows, table)
    if extra:
        parts.append(f"extra AS ({extra})")
        values += parameters
    if parts:
        _execute(f"WITH {', '.join(parts)} SELECT 1", values)


def copy(writes: Sequence[tuple[RowTable, Sequence[Row]]]) -> None:
    """Write many rows: COPY into temporary tables, then one INSERT … SELECT per table.

    Source: docs/adr/0001 (6); DESIGN §7 (COPY to a temporary table, then INSERT … SELECT)
    """
    copy_bytes([(table, copy_rows(rows, table)) for table, rows in writes if rows])


def copy_bytes(writes: Sequence[tuple[RowTable, bytes]]) -> None:
    """Write rows that are in the form of COPY already (see `copyrows`).

    Source: docs/adr/0001 (6); DESIGN §7 (COPY to a temporary table, then INSERT … SELECT)
    """
    with raw_cursor() as cursor:
        for table, rows in writes:
            staging = f"staging_{table.name}"
            typed = ", ".join(f"{name} {kind}" for name, kind in table.columns)
            cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging} ({typed}) ON COMMIT DELETE ROWS")
            with cursor.copy(f"COPY {staging} ({table.names}) FROM STDIN (FORMAT BINARY)") as stream:
                stream.write(b"".join((HEADER, rows, TRAILER)))
            cursor.execute(_insert(table, f"SELECT {table.names} FROM {staging}"))
            cursor.execute(f"TRUNCATE {staging}")


def _values(table: RowTable, count: int) -> str:
    row = ", ".join(f"%s::{kind}" for _, kind in table.columns)
    return "VALUES " + ", ".join([f"({row})"] * count)


def _scalars(row: Row) -> list[Any]:
    return [array_literal(v) if type(v) is list else v for v in row]


def _unnest(table: RowTable) -> str:
    arrays = ", ".join(_array(kind) for _, kind in table.columns)
    chosen = ", ".join(f"{name}::text[]" if kind == "text[]" else name for name, kind in table.columns)
    return f"SELECT {chosen} FROM unnest({arrays}) AS t({table.names})"


def _array(kind: str) -> str:
    # PostgreSQL unnests nested arrays to their elements, so an array column travels as text literals.
    return "%s::text[]" if kind == "text[]" else f"%s::{kind}[]"


def _insert(table: RowTable, source: str) -> str:
    statement = f"INSERT INTO {table.name} ({table.names}) {source}"
    if not table.key:
        return statement
    kept = {*table.key, *KEPT_ON_UPDATE}
    updates = ", ".join(f"{name} = excluded.{name}" for name, _ in table.columns if name not in kept)
    return f"{statement} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {updates}"


def _execute(statement: str, values: Sequence[Any]) -> None:
    """Run on the raw cursor with a server-side prepared plan: the same few statements all day."""
    with raw_cursor() as cursor:
        cursor.execute(statement, [_literal_arrays(v) for v in values], prepare=True)


def _literal_arrays(values: Any) -> Any:
    if isinstance(values, list) and values and isinstance(values[0], list):
        return [array_literal(v) for v in values]
    return values
