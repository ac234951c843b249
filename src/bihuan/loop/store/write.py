"""Set-based writes: one statement per table for a live batch, COPY for a large one.

Tables with row-level security refuse COPY, so a large batch goes through temporary tables.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from bihuan.loop.store.rows import KEPT_ON_UPDATE, Row, Table, columns_of

COPY_FROM = 200  # rows; below this one prepared INSERT … unnest is faster than COPY


def insert(writes: Sequence[tuple[Table, Sequence[Row]]], extra: str = "", parameters: Sequence[Any] = ()) -> None:
    """Write rows into several tables in one statement: new rows inserted, rows with a `key` upserted.

    `extra` is a further CTE (such as queueing ledger leaves) with its own `parameters`.
    """
    parts: list[str] = []
    values: list[Any] = []
    for table, rows in writes:
        if rows:
            parts.append(f"w{len(parts)} AS ({_insert(table, _unnest(table))})")
            values += columns_of(rows, table)
    if extra:
        parts.append(f"extra AS ({extra})")
        values += parameters
    if parts:
        _execute(f"WITH {', '.join(parts)} SELECT 1", values)


def copy(writes: Sequence[tuple[Table, Sequence[Row]]]) -> None:
    """Write many rows: COPY into temporary tables, then one INSERT … SELECT per table."""
    with connection.cursor() as wrapper:
        cursor = wrapper.cursor
        for table, rows in writes:
            if not rows:
                continue
            staging = f"staging_{table.name}"
            typed = ", ".join(f"{name} {kind}" for name, kind in table.columns)
            cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging} ({typed}) ON COMMIT DELETE ROWS")
            with cursor.copy(f"COPY {staging} ({table.names}) FROM STDIN") as stream:
                stream.write(copy_text(rows))
            cursor.execute(_insert(table, f"SELECT {table.names} FROM {staging}"))
            cursor.execute(f"TRUNCATE {staging}")


def _unnest(table: Table) -> str:
    arrays = ", ".join(_array(kind) for _, kind in table.columns)
    chosen = ", ".join(f"{name}::text[]" if kind == "text[]" else name for name, kind in table.columns)
    return f"SELECT {chosen} FROM unnest({arrays}) AS t({table.names})"


def _array(kind: str) -> str:
    # PostgreSQL unnests nested arrays to their elements, so an array column travels as text literals.
    return "%s::text[]" if kind == "text[]" else f"%s::{kind}[]"


def _insert(table: Table, source: str) -> str:
    statement = f"INSERT INTO {table.name} ({table.names}) {source}"
    if not table.key:
        return statement
    kept = {*table.key, *KEPT_ON_UPDATE}
    updates = ", ".join(f"{name} = excluded.{name}" for name, _ in table.columns if name not in kept)
    return f"{statement} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {updates}"


def _execute(statement: str, values: Sequence[Any]) -> None:
    """Run on the raw cursor with a server-side prepared plan: the same few statements all day."""
    with connection.cursor() as wrapper:
        wrapper.cursor.execute(statement, [_literal_arrays(v) for v in values], prepare=True)


def _literal_arrays(values: Any) -> Any:
    if isinstance(values, list) and values and isinstance(values[0], list):
        return [_array_literal(v) for v in values]
    return values


def _array_literal(items: list[str]) -> str:
    quoted = ",".join('"' + i.replace("\\", "\\\\").replace('"', '\\"') + '"' for i in items)
    return "{" + quoted + "}"


def copy_text(rows: Sequence[Row]) -> bytes:
    """Rows in COPY's text format."""
    return "".join(["\t".join([_field(v) for v in row]) + "\n" for row in rows]).encode()


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    kind = type(value)
    if kind is str:
        if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
            value = value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
        return str(value)
    if kind is bytes:
        return "\\\\x" + value.hex()
    if kind is bool:
        return "t" if value else "f"
    if kind is datetime:
        return str(value.isoformat())
    if kind is list:
        return _field(_array_literal(value))
    if kind is UUID or kind is int:
        return str(value)
    return str(value)
