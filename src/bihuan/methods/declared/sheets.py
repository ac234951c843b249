"""A table file becomes columns of text with the line of every row; what cannot be read is a reject.

A plain UTF-8 CSV without quotes is read by Arrow, several million cells a second. Anything else — quotes, another
encoding, a workbook, JSON lines, Parquet, an archive — goes through the readers that imports use.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bihuan.faults import Fault
from bihuan.methods.declared.rejects import Reject
from bihuan.readers import FileError, RowFault, open_tables
from bihuan.readers.unquoted import read_unquoted

WIDTH = "行的列数须与表头一致 · a row has as many cells as the header"
WIDTH_REMEDY = "补齐或删去多余的单元格 · fill in or remove cells"


class UnreadableError(Fault, ValueError):
    """A file that cannot be used at all: which, why, and what to do."""

    remedy = "检查文件 · check the file"


@dataclass(frozen=True)
class TextColumns:
    """Columns of text.

    Args:
        file: For messages. columns: string[n] by header. lines: int64[n]. faults: Rows that cannot be read.
    """

    file: str
    columns: dict[str, pa.Array]
    lines: NDArray[np.int64]
    faults: list[Reject] = field(default_factory=list)


def read_sheet(path: Path, wanted: Collection[str]) -> TextColumns:
    """The table in a file.

    Args:
        path: CSV, TSV, XLSX, JSON lines or Parquet, plain or compressed.
        wanted: Names of columns that must be there.

    Raises:
        UnreadableError: it is not there, not of these formats, or has no such columns.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
    sheet = _read_plain(path.name, raw) if path.suffix.lower() in (".csv", ".txt", "") else None
    return sheet if sheet is not None and set(wanted) <= set(sheet.columns) else _read_any(path, wanted)


def _read_plain(name: str, raw: bytes) -> TextColumns | None:
    """A CSV whose every line is a record, by Arrow; None when it is anything else."""
    found = read_unquoted(raw)
    if found is None:
        return None
    columns, lines, wrong = found
    faults = [Reject(name, line, "", WIDTH, WIDTH_REMEDY) for line in wrong]
    return TextColumns(name, columns, np.array(lines, dtype=np.int64), faults)


def _read_any(path: Path, wanted: Collection[str]) -> TextColumns:
    """A table in any format that imports read, through their readers."""
    try:
        tables = open_tables(path, wanted)
        table = next((each for each in tables if set(wanted) <= set(each.columns)), tables[0])
        if lost := sorted(set(wanted) - set(table.columns)):
            raise UnreadableError(
                f"{path}：缺少列 {'、'.join(lost)} · has no column {', '.join(lost)}",
                f"现有 · there are: {', '.join(table.columns)}",
            )
        columns: dict[str, list[str]] = {name: [] for name in table.columns}
        lines: list[int] = []
        faults: list[Reject] = []
        for batch in table.batches():
            lines += batch.lines
            for name, cells in batch.columns.items():
                columns[name] += ["" if cell is None else str(cell) for cell in cells]
            faults += [_fault(path.name, fault) for fault in batch.faults]
        faults += [_fault(path.name, fault) for fault in table.damage]
    except FileError as error:
        raise UnreadableError(error.message, error.remedy) from error
    arrays = {name: pa.array(cells, pa.string()) for name, cells in columns.items()}
    return TextColumns(path.name, arrays, np.array(lines, dtype=np.int64), faults)


def _fault(file: str, fault: RowFault) -> Reject:
    zh, en = fault.words("zh"), fault.words("en")
    return Reject(
        file, fault.line, fault.field, f"{zh.what}；{zh.rule} · {en.what}; {en.rule}", f"{zh.remedy} · {en.remedy}"
    )
