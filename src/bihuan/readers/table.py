"""What every reader returns: a table with a header, read in batches of columns."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bihuan.readers.faults import RowFault, file_error

Cell = Any  # str | int | float | bool | date | datetime | None, as the format gave it
HEADER_WITHIN = 10  # title lines above the header, as offices like them


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a file may ask of this machine.

    Args:
        line: Bytes of one record.
        unpacked: Bytes a compressed file may unpack to.
        batch: Records in a batch.
    """

    line: int = 1 << 20
    unpacked: int = 8 << 30
    batch: int = 2000


@dataclass(frozen=True, slots=True)
class TextForm:
    """What is known beforehand of a text file.

    Args:
        encoding: None to detect.
        separator: None to detect among comma, tab, semicolon and bar.
        comments: Records whose first cell begins with it are passed over; '' for none.
        pad: Whether a record of fewer cells than the header is filled up with empty ones; else it is refused.
    """

    encoding: str | None = None
    separator: str | None = None
    comments: str = ""
    pad: bool = False


@dataclass(slots=True)
class Batch:
    """Up to `Limits.batch` records as columns.

    Args:
        lines: The 1-based line (or row) each record starts on.
        columns: Column name → one cell per record.
        faults: Records the reader could not read; they are not in `columns`.
    """

    lines: list[int]
    columns: dict[str, list[Cell]]
    faults: list[RowFault] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Records consumed from the file, readable or not."""
        return len(self.lines) + len(self.faults)


@dataclass(slots=True)
class FileTable:
    """One table of one file.

    Args:
        name: For messages: `file.csv`, `archive.zip!member.csv`, `book.xlsx!Sheet1`.
        columns: The header.
        batches: Reads the records, once.
        share: How much of the file has been read, 0 to 1.
        line: The 1-based line on which the header stands; 0 where the columns have none of their own.
        damage: Filled while reading when the file ended early or is damaged; what was read before it stands.
        remarks: What a person should know: sheets not read, merged cells filled.
    """

    name: str
    columns: list[str]
    batches: Callable[[], Iterator[Batch]]
    damage: list[RowFault] = field(default_factory=list)
    remarks: list[RowFault] = field(default_factory=list)
    share: Callable[[], float] = float
    line: int = 0


def plain_column_name(name: object) -> str:
    """Return a column name for comparison: width, case, spaces, underscores and byte-order marks do not matter.

    Source: Unicode Standard Annex #15 (NFKC).
    """
    text = unicodedata.normalize("NFKC", str(name or "")).casefold()
    return "".join(ch for ch in text if ch.isalnum())


def header_row(rows: list[list[Cell]], wanted: frozenset[str]) -> int:
    """Return which of the first rows is the header: the first with all `wanted` (plain) names.

    Without such a row it is the first that is about as wide as the widest (title lines have one cell or two).

    Source: docs/reference/import-format.md.
    """
    for index, row in enumerate(rows):
        if wanted and wanted <= {plain_column_name(cell) for cell in row}:
            return index
    filled = [sum(bool(str(cell or "").strip()) for cell in row) for row in rows]
    widest = max(filled, default=0)
    return next((i for i, count in enumerate(filled) if count and count * 5 >= widest * 3), 0)


def header_names(file: str, line: int, cells: list[Cell]) -> list[str]:
    """Column names of a header row; unnamed columns are called after their position.

    Raises:
        FileError: a name stands twice.

    Source: docs/reference/import-format.md.
    """
    names = [str(c).strip().lstrip("\ufeff") if c is not None else "" for c in cells]
    while names and not names[-1]:
        names.pop()
    return [n or f"column {i + 1}" for i, n in enumerate(require_unique_names(file, line, names))]


def require_unique_names(file: str, line: int, names: list[str]) -> list[str]:
    """Return the names, when none stands twice.

    Raises:
        FileError: naming those that do.
    """
    doubled = sorted({n for n in names if n and names.count(n) > 1})
    if doubled:
        raise file_error(file, "header_repeated", line=line, columns=", ".join(doubled))
    return names


def to_columns(names: list[str], rows: list[list[Cell]]) -> dict[str, list[Cell]]:
    """Turn rows of equal length into columns."""
    if not rows:
        return {name: [] for name in names}
    return {name: list(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)}
