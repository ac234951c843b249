"""What the registers read of files: a row whose cells are stripped text, and YAML that knows its lines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.declare.types.yes_no import NO, YES
from bihuan.registers.pure.errors import RegisterError


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of a table: where it stands, its cells by column, and what makes the line itself unreadable."""

    where: str
    cells: dict[str, str]
    fault: RegisterError | None = None

    def text(self, column: str) -> str:
        """Return a cell that must not be empty.

        Source: docs/topics/registers.md, "Loading" (an error names file, line and column)
        """
        value = self.cells.get(column, "")
        if not value:
            raise self.error(column, "is empty", rule="this column is required", remedy="fill it in")
        return value

    def get(self, column: str, default: str = "") -> str:
        """Return a cell, or `default` when it is empty or absent."""
        return self.cells.get(column, "") or default

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """Return a cell that must be one of `allowed`.

        Source: docs/topics/registers.md, "Loading" (an error names file, line and column)
        """
        value = self.text(column)
        if value not in allowed:
            known = ", ".join(sorted(allowed))
            raise self.error(column, f"{value!r} is not known", rule=f"one of {known}", remedy="correct the spelling")
        return value

    def day(self, column: str) -> date | None:
        """Return a cell as a date, or None when it is empty.

        Source: docs/topics/registers.md, "Loading" (an error names file, line and column)
        """
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
        """Return a yes/no cell. Source: docs/topics/registers.md, "Loading" (an error names file, line and column)."""
        value = self.get(column).lower()
        if value in YES:
            return True
        if value in NO:
            return False
        if not value:
            return default
        raise self.error(column, f"{value!r} is neither yes nor no", rule="true or false", remedy="write true or false")

    def decimal(self, column: str, low: float, high: float) -> float | None:
        """Return a number within bounds, or None when the cell is empty.

        Source: docs/topics/registers.md, "Loading" (an error names file, line and column)
        """
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
        """Return the parts of a cell separated by `;` (or `；`).

        Source: docs/topics/registers.md, "Loading" (an error names file, line and column)
        """
        return tuple(part.strip() for part in self.get(column).replace("；", ";").split(";") if part.strip())

    def error(self, column: str, what: str, *, rule: str = "", remedy: str = "") -> RegisterError:
        """Return an error that names this line and the column.

        Source: docs/topics/registers.md, "Loading" (an error names file, line and column)
        """
        return RegisterError(f"{column} {what}", where=f"{self.where} {column}", rule=rule, remedy=remedy)


def read_yaml(path: Path) -> Any:
    """Return the parsed document of a YAML file; raises RegisterError with file and line when it is not YAML.

    Source: docs/adr/0231 (the one reader)
    """
    return read_document(path).value


def read_document(path: Path) -> Document:
    """Return a YAML file whose parts know their lines; raises RegisterError with file and line when it is not YAML.

    Source: docs/adr/0231 (the one reader)
    """
    document = Document(path, path.name)
    try:
        _ = document.value
    except DeclarationError as error:
        first = error.problems[0]
        where = f"{path.name}:{first.line}"
        raise RegisterError(first.what, where=where, rule=first.rule, remedy=first.remedy) from error
    return document
