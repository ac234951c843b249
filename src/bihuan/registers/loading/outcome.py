"""What came of a load, and the one way in which wrong rows are set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bihuan.readers import CsvWriter, replace_file
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import TableLine
from bihuan.registers.pure.ids import register_id


@dataclass(frozen=True, slots=True)
class RegisterReject:
    """A row that was not applied, and why."""

    row: TableLine
    error: RegisterError
    district: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the four parts of the error; `where` names file, line and column, units appear by their code.

        Source: docs/topics/registers.md, "Loading" (wrong rows are set aside with their reason)
        """
        parts = self.error.as_dict()
        if self.row.where not in self.error.where:
            parts["where"] = f"{self.row.where} {self.error.field}".strip()
        for code in {part.strip() for cell in self.row.cells.values() for part in cell.split(";")}:
            parts["what"] = parts["what"].replace(register_id(self.district, "organisation", code), code)
        return parts


@dataclass(slots=True)
class LoadOutcome:
    """Counts of one load; `read` is the sum of the others."""

    register: str
    district: str = ""
    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejects: list[RegisterReject] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON object.

        Source: docs/topics/registers.md, "Loading" (wrong rows are set aside with their reason)
        """
        return {
            "register": self.register,
            "read": self.read,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": len(self.rejects),
            "rejects": [reject.as_dict() for reject in self.rejects[:100]],
        }

    def reject(self, row: TableLine, error: RegisterError) -> None:
        """Set a row aside with its reason.

        Source: docs/topics/registers.md, "Loading" (wrong rows are set aside with their reason)
        """
        self.rejects.append(RegisterReject(row, error, self.district))

    def count(self, before: object | None, after: object) -> bool:
        """Count one row by comparing it with what was there; return whether it must be written.

        Source: docs/topics/registers.md, "Loading" (wrong rows are set aside with their reason)
        """
        if before is None:
            self.created += 1
        elif before == after:
            self.unchanged += 1
        else:
            self.changed += 1
        return before != after

    def write_rejects(self, path: Path) -> None:
        """Write the rejected rows with their reasons as CSV, ready to be corrected and loaded again.

        Source: docs/topics/registers.md, "Loading" (wrong rows are set aside with their reason)
        """
        columns = list(dict.fromkeys(column for reject in self.rejects for column in reject.row.cells))
        with replace_file(path, "utf-8-sig") as stream:
            writer = CsvWriter(stream, [*columns, "#where", "#what", "#rule", "#remedy"], "\r\n")
            for reject in self.rejects:
                why = reject.as_dict()
                cells = ["" if column == "password" else reject.row.cells.get(column, "") for column in columns]
                writer.write([*cells, why["where"], why["what"], why["rule"], why["remedy"]])


@dataclass(frozen=True, slots=True)
class Parsed[T]:
    """A row and the value that it says."""

    row: TableLine
    value: T


def parse_rows[T](
    rows: Iterable[TableLine], of: Callable[[TableLine, str], T], district: str, outcome: LoadOutcome
) -> list[Parsed[T]]:
    """Return the values of readable rows; the others are rejected.

    Source: docs/topics/registers.md, "Loading" (wrong rows are set aside with their reason)
    """
    good: list[Parsed[T]] = []
    for row in rows:
        outcome.read += 1
        try:
            if row.fault:
                raise row.fault
            good.append(Parsed(row, of(row, district)))
        except RegisterError as error:
            outcome.reject(row, error)
    return good


def reject_misfits[T](
    parsed: Sequence[Parsed[T]],
    key: Callable[[T], str],
    check: Callable[[list[T]], object],
    outcome: LoadOutcome,
) -> list[Parsed[T]]:
    """Return the rows that fit together with what is already loaded, rejecting one culprit after the other.

    `check` raises RegisterError with the keys at fault; an error that none of the rows caused is raised again.

    Source: docs/topics/registers.md, "Loading" (wrong rows are set aside with their reason)
    """
    kept = list(parsed)
    while True:
        try:
            check([each.value for each in kept])
            return kept
        except RegisterError as error:
            culprit = next((each for each in reversed(kept) if key(each.value) in error.subjects), None)
            if culprit is None:
                raise
            kept.remove(culprit)
            outcome.reject(culprit.row, error)


def reject_doubles[T](parsed: Sequence[Parsed[T]], key: Callable[[T], object], outcome: LoadOutcome) -> list[Parsed[T]]:
    """Return the rows without those that repeat an earlier row's key.

    Source: docs/topics/registers.md, "Loading" (wrong rows are set aside with their reason)
    """
    seen: dict[object, TableLine] = {}
    kept: list[Parsed[T]] = []
    for each in parsed:
        first = seen.setdefault(key(each.value), each.row)
        if first is each.row:
            kept.append(each)
            continue
        error = RegisterError(
            f"says again what {first.where} says", where=each.row.where, rule="one row per fact", remedy="remove one"
        )
        outcome.reject(each.row, error)
    return kept
