"""Statements that travel together: several are sent, then their answers are read, in one trip to the server.

What is sent has a plan that the server keeps: the same few statements all day.
Source: PostgreSQL, libpq, "Pipeline Mode"; docs/adr/0318-posting-in-three-trips.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

_PLAIN = frozenset({int, UUID, date})


@contextmanager
def pipelined() -> Iterator[None]:
    """Send what the block sends without waiting for each answer; its end waits for all.

    Raises:
        django.db.DatabaseError: the first statement that failed; those behind it did nothing.
    """
    connection.ensure_connection()
    session = connection.connection
    assert session is not None
    with connection.wrap_database_errors, session.pipeline():
        yield


def send(statement: str, *values: Any) -> psycopg.Cursor[tuple[Any, ...]]:
    """Send a statement on the connection's transaction; within `pipelined` its rows are waited for when fetched."""
    connection.ensure_connection()
    session = connection.connection
    assert session is not None
    cursor = psycopg.Cursor(session)
    with connection.wrap_database_errors:
        cursor.execute(statement, [_array(v) if type(v) is list else v for v in values], prepare=True)
    return cursor


def _array(values: list[Any]) -> str:
    """An array as PostgreSQL reads it; the driver's own is a third of the work of a posting.

    Source: PostgreSQL, "Arrays", array input.
    """
    return "{" + ",".join(map(_item, values)) + "}"


def _item(value: Any) -> str:
    kind = type(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if kind is bytes:
        return f'"\\\\x{value.hex()}"'
    if value is None:
        return "NULL"
    return str(value) if kind in _PLAIN else f'"{value}"'
