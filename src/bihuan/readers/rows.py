"""Rows one by one: for whoever reads a few thousand things; who reads millions takes the batches of columns."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.readers.faults import RowFault, file_error
from bihuan.readers.open import open_tables
from bihuan.readers.rejects import Rejects
from bihuan.readers.table import FileTable, plain_column_name


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


def table_rows(table: FileTable, needed: Collection[str] = (), *, rejects: Rejects) -> Iterator[FileRow]:
    """The rows of one opened table; see `read_rows`.

    Raises:
        FileError: a needed column is missing.
    """
    names = column_names(table, needed)
    for batch in table.batches():
        rejects.write(table.name, batch.faults)
        columns = [(names[name], cells) for name, cells in batch.columns.items()]
        for index, line in enumerate(batch.lines):
            yield FileRow(table.name, line, {name: cells[index] for name, cells in columns})
    rejects.write(table.name, table.damage)


def column_names(table: FileTable, needed: Collection[str] = ()) -> dict[str, str]:
    """The file's column name → the name its reader knows: a needed one that is the same or the only similar one.

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
    """A fault of one cell of a row, with its line and value, for the rejects.

    Args:
        code: Of `faults.yaml`; `params` fill its words.
        field: The column.
    """
    value = row.cells.get(field)
    return RowFault(code, row.line, field, "" if value is None else str(value), params)
