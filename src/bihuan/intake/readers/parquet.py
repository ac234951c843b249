"""Parquet, read batch by batch through PyArrow; a damaged row group ends the reading, not the import."""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from bihuan.intake.faults import Fault, file_error
from bihuan.intake.readers.source import Part
from bihuan.intake.readers.table import Batch, Limits, Table


def open_parquet(part: Part, limits: Limits) -> Table:
    """Open a Parquet file; lines are row numbers from 1.

    Args:
        part: The file.
        limits: Bounds.

    Raises:
        FileError: not a Parquet file.
    """
    stream, damage = part.spooled()
    try:
        file = pq.ParquetFile(stream)
    except (pa.ArrowException, OSError, ValueError) as error:
        # Parquet keeps its directory at the end: without the end nothing can be read.
        detail = damage[1] or damage[0] if damage else str(error)
        raise file_error(part.name, "corrupt", detail=detail.strip() or type(error).__name__) from error
    table = Table(part.name, list(file.schema_arrow.names), lambda: iter(()))
    done = [0]
    table.batches = lambda: _batches(file, stream, limits, table, done)
    table.share = lambda: done[0] / max(1, file.metadata.num_rows)
    return table


def _batches(file: pq.ParquetFile, stream: BinaryIO, limits: Limits, table: Table, rows: list[int]) -> Iterator[Batch]:
    done = 0
    with stream:
        source = file.iter_batches(batch_size=limits.batch)
        while True:
            try:
                batch = next(source, None)
                if batch is None:
                    return
                columns = {n: batch.column(i).to_pylist() for i, n in enumerate(batch.schema.names)}
            except (pa.ArrowException, OSError, ValueError) as error:
                table.damage.append(Fault("corrupt", done, params={"detail": str(error).strip(), "line": done}))
                return
            rows[0] = done + batch.num_rows
            yield _clean(columns, done, batch.num_rows)
            done += batch.num_rows


def _clean(columns: dict[str, list[object]], done: int, rows: int) -> Batch:
    """Refuse rows with NUL characters, which the database cannot hold."""
    bad = {
        i: name
        for name, cells in columns.items()
        for i, cell in enumerate(cells)
        if isinstance(cell, str) and "\0" in cell
    }
    keep = [i for i in range(rows) if i not in bad]
    if bad:
        columns = {name: [cells[i] for i in keep] for name, cells in columns.items()}
    faults = [Fault("nul", done + i + 1, name) for i, name in sorted(bad.items())]
    return Batch([done + i + 1 for i in keep], columns, faults)
