"""The shipped model district, read from its files once in a process and written back from memory from then on.

Loading it parses, checks and writes five thousand rows, which takes a second; four hundred tests begin with it. What
loading does is tested in tests/registers/test_loading.py; everybody else needs the rows only.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.db import connection, transaction

from bihuan.registers import live
from bihuan.registers.loading.districts import load_district

NAME = "haidian"
CODE = "110108"


class Table(NamedTuple):
    """One table after loading: its name, the columns that are written, its rows as one JSON list."""

    name: str
    columns: str
    rows: str


_kept: dict[bool, list[Table]] = {}
"""Whether with log-ins → the tables that loading filled, in an order that references allow."""


def load_shipped(*, users: bool = False) -> str:
    """Load the model district; return its code.

    Args:
        users: With its demonstration log-ins.
    """
    live.forget_snapshots()
    if users in _kept and not _filled():
        with transaction.atomic(), connection.cursor() as cursor:
            for table in _kept[users]:
                _write(cursor, table)
    else:
        empty = not _filled()
        before = _counts()
        load_district(NAME, users=users)
        if empty:
            _kept[users] = _in_order([name for name, count in _counts().items() if count and not before[name]])
    live.forget_snapshots()
    return CODE


def _filled() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM registers_district)")
        row = cursor.fetchone()
    return bool(row and row[0])


def _names() -> list[str]:
    return sorted(connection.introspection.django_table_names(only_existing=False, include_views=False))


def _counts() -> dict[str, int]:
    asked = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in _names())
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return dict(cursor.fetchall())


def _in_order(names: list[str]) -> list[Table]:
    """Read the tables, those that are referred to first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
        )
        needs = [(one, other) for one, other in cursor.fetchall() if one != other]
        ordered: list[str] = []
        while len(ordered) < len(names):
            waiting = [name for name in names if name not in ordered]
            ordered += [name for name in waiting if not any(one == name and other in waiting for one, other in needs)]
        return [_read(cursor, name) for name in ordered]


def _read(cursor: Any, name: str) -> Table:
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [name],
    )
    (columns,) = cursor.fetchone()
    cursor.execute(f"SELECT json_agg(row_to_json(each))::text FROM (SELECT {columns} FROM {name}) AS each")
    (rows,) = cursor.fetchone()
    assert json.loads(rows)
    return Table(name, columns, rows)


def _write(cursor: Any, table: Table) -> None:
    cursor.execute(
        f"INSERT INTO {table.name} ({table.columns}) OVERRIDING SYSTEM VALUE"
        f" SELECT {table.columns} FROM json_populate_recordset(NULL::{table.name}, %s::json)",
        [table.rows],
    )
