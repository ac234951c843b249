"""Reads YAML and CSV so that every value knows its file and line.

CSV is UTF-8 (with or without a byte-order mark), comma-separated, with a header; blank lines and lines that start with
`#` are skipped. Cells come back as stripped strings.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.declare.types.yes_no import NO, YES
from bihuan.registers.pure.errors import RegisterError


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: where it stands, its cells by column, and what makes the line itself unreadable."""

    where: str
    cells: dict[str, str]
    fault: RegisterError | None = None

    def text(self, column: str) -> str:
        """Return a cell that must not be empty."""
        value = self.cells.get(column, "")
        if not value:
            raise self.error(column, "is empty", rule="this column is required", remedy="fill it in")
        return value

    def get(self, column: str, default: str = "") -> str:
        """Return a cell, or `default` when it is empty or absent."""
        return self.cells.get(column, "") or default

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """Return a cell that must be one of `allowed`."""
        value = self.text(column)
        if value not in allowed:
            known = ", ".join(sorted(allowed))
            raise self.error(column, f"{value!r} is not known", rule=f"one of {known}", remedy="correct the spelling")
        return value

    def day(self, column: str) -> date | None:
        """Return a cell as a date, or None when it is empty."""
        value = self.get(column)
        if not value:
            return None
        try:
            return date.fromisoformat(value[:10] if value[10:] in ("", " 00:00:00", "T00:00:00") else value)
        except ValueError as error:
            raise self.error(
                column, f"{value!r} is not a date", rule="YYYY-MM-DD", remedy="for example 2026-01-31"
            ) from error

    def flag(self, column: str, default: bool = False) -> bool:
        """Return a yes/no cell."""
        value = self.get(column).lower()
        if value in YES:
            return True
        if value in NO:
            return False
        if not value:
            return default
        raise self.error(column, f"{value!r} is neither yes nor no", rule="true or false", remedy="write true or false")

    def decimal(self, column: str, low: float, high: float) -> float | None:
        """Return a number within bounds, or None when the cell is empty."""
        value = self.get(column)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError as error:
            raise self.error(column, f"{value!r} is not a number", remedy="use digits and a decimal point") from error
        if not low <= number <= high:
            raise self.error(
                column, f"{value} is out of range", rule=f"between {low} and {high}", remedy="check the value"
            )
        return number

    def list(self, column: str) -> tuple[str, ...]:
        """Return the parts of a cell separated by `;` (or `；`)."""
        return tuple(part.strip() for part in self.get(column).replace("；", ";").split(";") if part.strip())

    def error(self, column: str, what: str, *, rule: str = "", remedy: str = "") -> RegisterError:
        """Return an error that names this line and the column."""
        return RegisterError(f"{column} {what}", where=f"{self.where} {column}", rule=rule, remedy=remedy)


def read_yaml(path: Path) -> Any:
    """Return the parsed document of a YAML file; raises RegisterError with file and line when it is not YAML."""
    return read_document(path).value


def read_document(path: Path) -> Document:
    """Return a YAML file whose parts know their lines; raises RegisterError with file and line when it is not YAML."""
    document = Document(path, path.name)
    try:
        _ = document.value
    except DeclarationError as error:
        first = error.problems[0]
        where = f"{path.name}:{first.line}"
        raise RegisterError(first.what, where=where, rule=first.rule, remedy=first.remedy) from error
    return document


def read_csv(path: Path, required: Iterable[str], optional: Iterable[str] = ()) -> list[Row]:
    """Return the rows of a CSV file; raises RegisterError for a wrong header, encoding or a row of wrong length."""
    rows = table_rows(path.name, csv_lines(path), required, optional)
    for row in rows:
        if row.fault:
            raise row.fault
    return rows


def csv_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines of a CSV file with their numbers; raises RegisterError when it is not UTF-8 or not CSV."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(_numbered(csv.reader(stream, strict=True)))
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from error
    except csv.Error as error:
        raise RegisterError(
            f"not CSV: {error}", where=path.name, rule="RFC 4180", remedy="check quotes and line ends"
        ) from error


def table_rows(
    name: str, lines: list[tuple[int, list[str]]], required: Iterable[str], optional: Iterable[str]
) -> list[Row]:
    """Return rows from numbered lines, the first being the header; a line of wrong length carries its fault."""
    if not lines:
        raise RegisterError("the table is empty", where=name, remedy="start it with a header line")
    header = check_header(name, lines[0], required, optional)
    width = len(lines[0][1])
    return [_row(f"{name}:{number}", header, width, cells) for number, cells in lines[1:]]


def _row(where: str, header: list[str], width: int, cells: list[str]) -> Row:
    fault = None
    if any(cells[width:]):
        what = f"{len(cells)} cells under {len(header)} columns"
        fault = RegisterError(what, where=where, rule="one cell per column", remedy="quote cells that contain a comma")
    padded = cells + [""] * (len(header) - len(cells))
    named = {column: cell.strip() for column, cell in zip(header, padded, strict=False)}
    return Row(where, named | ({"#surplus": " ".join(cells[width:])} if fault else {}), fault)


def check_header(name: str, line: tuple[int, list[str]], required: Iterable[str], optional: Iterable[str]) -> list[str]:
    """Return the column names, refusing missing, unknown and repeated ones."""
    number, cells = line
    header = [cell.strip() for cell in cells]
    while header and header[-1].startswith("#"):
        header.pop()  # remarks that a rejects file carries in its last columns
    while header and not header[-1]:
        header.pop()
    required, known = list(required), {*required, *optional}
    missing = [column for column in required if column not in header]
    unknown = [column for column in header if column not in known]
    doubled = sorted({column for column in header if header.count(column) > 1})
    for columns, fault in ((missing, "missing"), (unknown, "unknown"), (doubled, "repeated")):
        if columns:
            raise RegisterError(
                f"{fault} column {', '.join(columns)}",
                where=f"{name}:{number}",
                rule=f"columns {', '.join(required)}; optional {', '.join(sorted(known - set(required))) or 'none'}",
                remedy="correct the header line",
            )
    return header


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    for cells in reader:
        if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
            yield reader.line_num, cells


def _not_utf8(path: Path, error: UnicodeDecodeError) -> RegisterError:
    return RegisterError(
        f"byte {error.start} is not UTF-8",
        where=path.name,
        rule="text files are UTF-8",
        remedy="save the file as UTF-8",
    )
