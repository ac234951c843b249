"""Parquet, read batch by batch through PyArrow; a damaged row group ends the reading, not the import."""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bihuan.readers.cells import plain_cell
from bihuan.readers.faults import RowFault, file_error
from bihuan.readers.source import FilePart
from bihuan.readers.table import Batch, FileTable, Limits, require_unique_names


def open_parquet(part: FilePart, limits: Limits) -> FileTable:
    """Open a Parquet file; lines are row numbers from 1.

    Args:
        part: The file.
        limits: Bounds.

    Raises:
        FileError: not a Parquet file, or a column name stands twice.

    Source: Apache Parquet; docs/topics/import.md.
    """
    stream, damage = part.spooled()
    try:
        file = pq.ParquetFile(stream)
    except (pa.ArrowException, OSError, ValueError) as error:
        # Parquet keeps its directory at the end: without the end nothing can be read.
        detail = damage[1] or damage[0] if damage else str(error)
        raise file_error(part.name, "corrupt", detail=detail.strip() or type(error).__name__) from error
    names = [name for name, _ in _flat(file.schema_arrow.empty_table())]
    table = FileTable(part.name, require_unique_names(part.name, 0, names), lambda: iter(()))
    done = [0]
    table.batches = lambda: _batches(file, stream, limits, table, done)
    table.share = lambda: done[0] / max(1, file.metadata.num_rows)
    return table


def _batches(
    file: pq.ParquetFile, stream: BinaryIO, limits: Limits, table: FileTable, rows: list[int]
) -> Iterator[Batch]:
    done = 0
    with stream:
        source = file.iter_batches(batch_size=limits.batch)
        while True:
            try:
                batch = next(source, None)
                if batch is None:
                    return
                columns = {name: _plain(column) for name, column in _flat(pa.Table.from_batches([batch]))}
            except (pa.ArrowException, OSError, ValueError) as error:
                table.damage.append(RowFault("corrupt", done, params={"detail": str(error).strip(), "line": done}))
                return
            rows[0] = done + batch.num_rows
            yield _clean(columns, done, batch.num_rows)
            done += batch.num_rows


def _flat(table: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    """Columns by name; the fields of a struct become dotted columns (`place.lat`), as in JSON lines."""
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return list(zip(table.schema.names, table.columns, strict=True))


def _plain(column: pa.ChunkedArray) -> list[object]:
    """Cells of a column in plain types: dictionaries read, nanoseconds (pandas, INT96) cut, NaN None."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = pc.cast(column, pa.timestamp("us", kind.tz), safe=False)
    cells: list[object] = column.to_pylist()
    if pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        return cells
    return [_cell(cell) for cell in cells]


def _cell(cell: object) -> object:
    try:
        return plain_cell(cell)
    except UnicodeDecodeError:
        return BROKEN


BROKEN = "\ufffd"
"""Stands for bytes that are no text, until their row is refused."""


def _clean(columns: dict[str, list[object]], done: int, rows: int) -> Batch:
    """Refuse rows with NUL characters, which the database cannot hold, and with characters nobody could read."""
    bad = {
        i: (name, "nul" if "\0" in cell else "undecodable")
        for name, cells in columns.items()
        for i, cell in enumerate(cells)
        if isinstance(cell, str) and ("\0" in cell or BROKEN in cell)
    }
    keep = [i for i in range(rows) if i not in bad]
    if bad:
        columns = {name: [cells[i] for i in keep] for name, cells in columns.items()}
    params = {"encoding": "UTF-8"}
    faults = [RowFault(code, done + i + 1, name, params=params) for i, (name, code) in sorted(bad.items())]
    return Batch([done + i + 1 for i in keep], columns, faults)
