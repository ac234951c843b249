"""Rows one by one: for whoever reads a few thousand things; who reads millions takes the batches of columns."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.readers.delimited import read_records
from bihuan.readers.faults import FileError, RowFault, file_error
from bihuan.readers.open import open_tables
from bihuan.readers.rejects import Rejects
from bihuan.readers.source import open_parts
from bihuan.readers.table import Batch, FileTable, Limits, TextForm, plain_column_name


class FileRow(NamedTuple):
    """One record.

    Args:
        file: For messages: `file.csv`, `archive.zip!member.csv`, `book.xlsx!Sheet1`.
        line: The 1-based line (or row) on which it starts.
        cells: Column name → cell (text, number, date, instant or None); text is as it stands, spaces included.
    """

    file: str
    line: int
    cells: dict[str, Any]


def read_rows(path: Path, needed: Collection[str] = (), *, rejects: Rejects, **options: Any) -> Iterator[FileRow]:
    """Read every row of every table in a file; what cannot be read goes into the rejects, with its line.

    Args:
        path: CSV, TSV, XLSX, JSON lines or Parquet, plain or inside .gz or .zip.
        needed: Columns that must be there; their exact names, or the only similar ones, name the cells.
        rejects: Gets unreadable rows, and the damage of a file that ends early.
        options: Of `open_tables`: limits, encoding, separator, sheet, formulas.

    Raises:
        FileError: nothing can be read, or a needed column is missing.

    Source: docs/topics/files.md.
    """
    for table in open_tables(path, needed, **options):
        yield from table_rows(table, needed, rejects=rejects)


def read_all_rows(path: Path, needed: Collection[str] = (), **options: Any) -> list[FileRow]:
    """Return the rows of a small file in which nothing may be wrong; see `read_rows`.

    Raises:
        FileError: at the first row that cannot be read.

    Source: docs/topics/files.md.
    """
    rows: list[FileRow] = []
    for table in open_tables(path, needed, **options):
        names = column_names(table, needed)
        for batch in table.batches():
            _require_none(table, batch.faults)
            rows += _rows_of(table, batch, names)
        _require_none(table, table.damage)
    return rows


def read_cells(path: Path, comments: str = "") -> list[tuple[int, list[str]]]:
    """Return the lines of a small text file that may have no header: the number of each, and its cells.

    Raises:
        FileError: at the first line that cannot be read.

    Source: RFC 4180.
    """
    limits, form = Limits(), TextForm(comments=comments)
    return [record for part in open_parts(path, limits) for record in read_records(part, limits, form)]


def table_rows(table: FileTable, needed: Collection[str] = (), *, rejects: Rejects) -> Iterator[FileRow]:
    """Yield the rows of one opened table; see `read_rows`.

    Raises:
        FileError: a needed column is missing.
    """
    names = column_names(table, needed)
    for batch in table.batches():
        rejects.write(table.name, batch.faults)
        yield from _rows_of(table, batch, names)
    rejects.write(table.name, table.damage)


def _rows_of(table: FileTable, batch: Batch, names: dict[str, str]) -> Iterator[FileRow]:
    columns = [(names.get(name, name), cells) for name, cells in batch.columns.items()]
    for index, line in enumerate(batch.lines):
        yield FileRow(table.name, line, {name: cells[index] for name, cells in columns})


def _require_none(table: FileTable, faults: list[RowFault]) -> None:
    if faults:
        raise FileError(table.name, faults[0])


def column_names(table: FileTable, needed: Collection[str] = ()) -> dict[str, str]:
    """Return the file's column name → the name its reader knows: a needed one that is the same or the only similar one.

    Raises:
        FileError: a needed column is missing, or two are alike and neither is the one meant.

    Source: docs/reference/import-format.md (the exact name goes before a similar one).
    """
    names = {name: name for name in table.columns}
    for wanted in needed:
        if wanted in names:
            continue
        alike = [name for name in table.columns if plain_column_name(name) == plain_column_name(wanted)]
        if len(alike) > 1:
            raise file_error(table.name, "header_alike", columns=", ".join(alike))
        if not alike:
            found, need = ", ".join(table.columns), ", ".join(needed)
            raise file_error(table.name, "column_missing", missing=wanted, found=found, needed=need)
        names[alike[0]] = wanted
    return names


def row_fault(row: FileRow, code: str, field: str = "", **params: Any) -> RowFault:
    """Return a fault of one cell of a row, with its line and value, for the rejects.

    Args:
        code: Of `faults.yaml`; `params` fill its words.
        field: The column.
    """
    value = row.cells.get(field)
    return RowFault(code, row.line, field, "" if value is None else str(value), params)
