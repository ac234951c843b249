"""Reads a register's table from a file into the same rows, each knowing its file and line.

CSV, TSV, XLSX, JSON lines and Parquet, plain or inside .gz or .zip, come through the room `readers`; rows that begin
with `#` are comments, formulas arrive as their stored value, and of a workbook the first sheet with the columns counts.
YAML is a list of entries, or `{rows: [...]}`; lists in cells are allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from bihuan.readers import Batch, FileError, FileTable, RowFault, open_tables
from bihuan.readers.writing import restore_cell
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import TableLine, read_document

YAML = (".yaml", ".yml")
COMMENT = "#"
SURPLUS = "#surplus"
"""The column of a rejects file for what stood beyond the last one."""


def read_table(path: Path, required: Iterable[str], optional: Iterable[str] = ()) -> list[TableLine]:
    """Return the rows of a file; one that cannot be read carries its fault.

    Raises:
        RegisterError: the file is missing, damaged, of another kind, or has a wrong header.

    Source: docs/topics/registers.md; RFC 4180 for CSV.
    """
    required, optional = tuple(required), tuple(optional)
    if not path.is_file():
        raise RegisterError("there is no such file", where=str(path), remedy="check the path")
    if path.suffix.lower() in YAML:
        return _entries(path, required, optional)
    try:
        table = open_tables(path, required, comments=COMMENT, pad=True, formulas="value")[0]
        check_header(path.name, table, required, optional)
        return list(_rows(path.name, table))
    except FileError as error:
        raise _register_error(path.name, error.fault) from error


def read_whole_table(path: Path, required: Iterable[str], optional: Iterable[str] = ()) -> list[TableLine]:
    """Return the rows of a file in which every row can be read.

    Raises:
        RegisterError: as `read_table`, or a row cannot be read.

    Source: docs/topics/registers.md.
    """
    rows = read_table(path, required, optional)
    for row in rows:
        if row.fault:
            raise row.fault
    return rows


def check_header(file: str, table: FileTable, required: Iterable[str], optional: Iterable[str]) -> None:
    """Refuse missing and unknown columns; remarks that a rejects file carries in its last columns do not count.

    Raises:
        RegisterError: a column is missing or unknown.

    Source: docs/topics/registers.md, "Loading".
    """
    required, known = list(required), {*required, *optional}
    header = [name for name in table.columns if not name.startswith(COMMENT)]
    missing = [column for column in required if column not in header]
    unknown = [column for column in header if column not in known]
    for columns, fault in ((missing, "missing"), (unknown, "unknown")):
        if columns:
            raise RegisterError(
                f"{fault} column {', '.join(columns)}",
                where=f"{file}:{table.line}" if table.line else file,
                rule=f"columns {', '.join(required)}; optional {', '.join(sorted(known - set(required))) or 'none'}",
                remedy="correct the header line",
            )


def _rows(file: str, table: FileTable) -> Iterator[TableLine]:
    remarked = any(name.startswith(COMMENT) for name in table.columns)  # a rejects file, with its guards
    for batch in table.batches():
        broken = [(fault.line, _unread(file, table, fault)) for fault in batch.faults]
        for _, row in sorted([*_read(file, batch, remarked), *broken], key=lambda numbered: numbered[0]):
            yield row
    if table.damage:
        raise _register_error(file, table.damage[0])


def _read(file: str, batch: Batch, remarked: bool) -> Iterator[tuple[int, TableLine]]:
    columns = [(name, cells) for name, cells in batch.columns.items() if not name.startswith(COMMENT)]
    for index, line in enumerate(batch.lines):
        cells = {name: _cell(cells[index]) for name, cells in columns}
        if remarked:
            cells = {name: restore_cell(cell) for name, cell in cells.items()}
        yield line, TableLine(f"{file}:{line}", cells)


def _unread(file: str, table: FileTable, fault: RowFault) -> TableLine:
    """A row that the readers refused, with what is known of its cells, for the rejects file."""
    cells: list[str] = fault.params.get("cells", [])
    named = {name: _cell(cell) for name, cell in zip(table.columns, cells, strict=False)}
    surplus = " ".join(filter(None, map(_cell, cells[len(table.columns) :])))
    return TableLine(
        f"{file}:{fault.line}", named | ({SURPLUS: surplus} if surplus else {}), _register_error(file, fault)
    )


def _register_error(file: str, fault: RowFault) -> RegisterError:
    what, rule, remedy = fault.words()
    if fault.code == "encoding_unsure":
        remedy = "save the file as UTF-8"
    where = f"{file}:{fault.line} {fault.field}".strip() if fault.line else file
    return RegisterError(what, where=where, rule=rule, remedy=remedy, field=fault.field)


def _entries(path: Path, required: tuple[str, ...], optional: tuple[str, ...]) -> list[TableLine]:
    document = read_document(path)
    data, head = document.value, ["rows"] if isinstance(document.value, Mapping) else []
    entries = data.get("rows") if isinstance(data, Mapping) else data
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise RegisterError(
            "not a list of entries", where=path.name, remedy="write '- code: …' entries, or rows: [...]"
        )
    rows = []
    for number, entry in enumerate(entries):
        where = f"{path.name}:{document.line([*head, number])}"
        unknown = sorted(set(map(str, entry)) - {*required, *optional})
        if unknown:
            rule = f"fields {', '.join((*required, *optional))}"
            raise RegisterError(f"unknown field {unknown[0]}", where=where, rule=rule, remedy="correct its name")
        rows.append(TableLine(where, {str(key): _cell(value) for key, value in entry.items()}))
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, list):
        return ";".join(map(_cell, value))
    return str(value).strip()
