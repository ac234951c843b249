"""Reading what rooms give to the lake into Arrow: COPY out, CSV in, one consistent snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from bihuan.extend import LakeCut, LakeTable
from bihuan.lake.cells import h3_cells
from bihuan.lake.tables import KINDS, schema_of
from bihuan.readers.typed import read_typed

MONTH = "month"
"""The last column of every SQL: where a row belongs."""


def copy_rows(tmp: Path, table: LakeTable, cut: LakeCut) -> Iterator[pa.Table]:
    """Read a table's rows of a cut, in blocks of its columns and `month`.

    Args:
        tmp: A folder for the file between.

    Raises:
        ValueError: the cut has what is no code, zone or month.

    Source: docs/adr/0107 (COPY out, flat codes, no words).
    """
    _check(cut)
    columns: dict[str, pa.DataType] = {}
    for column in table.columns:
        named = (f"{column.name}_lon", f"{column.name}_lat") if column.kind == "cell" else (column.name,)
        columns |= dict.fromkeys(named, KINDS[column.kind])
    for block in _copied(tmp / f"{table.name}.csv", table.rows(cut), {**columns, MONTH: pa.string()}):
        yield _placed(table, block)


def changed_months(table: LakeTable, cut: LakeCut) -> tuple[str, ...]:
    """List the months whose rows a cut has changed, in their order; none for a table that only grows.

    Source: docs/topics/lake.md ("Incremental and whole").
    """
    if table.changed is None:
        return ()
    _check(cut)
    with connection.cursor() as cursor:
        cursor.execute(table.changed(cut))
        return tuple(sorted(row[0] for row in cursor.fetchall()))


def _placed(table: LakeTable, block: pa.Table) -> pa.Table:
    """Return a block with its cells worked out, in the table's schema and `month` behind it."""
    names = {column.name: column.kind for column in table.columns}
    cells = {
        name: h3_cells(_degrees(block[f"{name}_lon"]), _degrees(block[f"{name}_lat"]))
        for name, kind in names.items()
        if kind == "cell"
    }
    columns = {name: cells.get(name) if name in cells else block[name] for name in names}
    return pa.table({**columns, MONTH: block[MONTH]}).cast(schema_of(table).append(pa.field(MONTH, pa.string())))


def _degrees(micro: pa.ChunkedArray) -> Any:
    return pc.divide(micro.cast(pa.float64()), 1e6).to_numpy()


def _copied(path: Path, sql: str, columns: dict[str, Any]) -> Iterator[pa.Table]:
    """Run a query through COPY into a file and read that in blocks; NULL and '' stay apart."""
    command = f"COPY ({sql}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)"
    with connection.cursor() as cursor, path.open("wb") as handle, cursor.cursor.copy(command) as copy:
        for block in copy:
            handle.write(block)
    yield from read_typed(path, columns)
    path.unlink()


def _check(cut: LakeCut) -> None:
    if not cut.district.isalnum():
        raise ValueError(f"{cut.district!r} is no district code")
    if cut.zone not in available_timezones():
        raise ValueError(f"{cut.zone!r} is no IANA zone")
    for month in cut.months:
        if len(month) != 7 or not month.replace("-", "").isdigit():
            raise ValueError(f"{month!r} is no month; write it as YYYY-MM")
