"""Reads a register's table from CSV, XLSX or YAML into the same rows, each knowing its file and line.

XLSX: the first sheet, its first filled row is the header. YAML: a list of entries, or `{rows: [...]}`; lists in cells
are allowed. Formulas arrive as their stored value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, load_workbook

from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import Row, csv_lines, read_document, table_rows

SUFFIXES = (".csv", ".xlsx", ".yaml", ".yml")


def read_table(path: Path, required: Iterable[str], optional: Iterable[str]) -> list[Row]:
    """Return the rows of a file; raises RegisterError when it is missing, of another kind or has a wrong header."""
    required, optional = tuple(required), tuple(optional)
    if not path.is_file():
        raise RegisterError("there is no such file", where=str(path), remedy="check the path")
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return table_rows(path.name, csv_lines(path), required, optional)
    if suffix == ".xlsx":
        return table_rows(path.name, _sheet(path), required, optional)
    if suffix in SUFFIXES:
        return _entries(path, required, optional)
    raise RegisterError(
        f"{suffix or 'no suffix'} is not readable", where=path.name, rule=f"one of {', '.join(SUFFIXES)}"
    )


def _sheet(path: Path) -> list[tuple[int, list[str]]]:
    try:
        with load_workbook(path) as book:
            sheet = book.get_sheet_by_index(0)
            first = sheet.start[0] if sheet.start else 0
            rows = sheet.to_python(skip_empty_area=True)
    except CalamineError as error:
        raise RegisterError(f"not a workbook: {error}", where=path.name, remedy="save it as XLSX again") from error
    numbered = [(first + number, [_cell(value) for value in row]) for number, row in enumerate(rows, start=1)]
    return [(number, cells) for number, cells in numbered if any(cells) and not cells[0].startswith("#")]


def _entries(path: Path, required: tuple[str, ...], optional: tuple[str, ...]) -> list[Row]:
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
        rows.append(Row(where, {str(key): _cell(value) for key, value in entry.items()}))
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
