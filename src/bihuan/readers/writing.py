"""The one writer of CSV: RFC 4180, and harmless when a spreadsheet opens it.

A cell of text that begins like a formula gets an apostrophe before it; numbers stay numbers, whatever their sign.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?%?")


class _Sink(Protocol):
    def write(self, text: str, /) -> object: ...


def make_harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet runs: text that begins like a formula, and is no number, after an apostrophe.

    Text that already begins so after apostrophes gets one more, so that `restore_cell` gives every text back.

    Source: OWASP, CSV injection.
    """
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def restore_cell(cell: str) -> str:
    """Return what `make_harmless` was given.

    Source: OWASP, CSV injection.
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


class CsvWriter:
    """Writes a header and then rows, each cell harmless and free of lone surrogates.

    Args:
        stream: Text opened with `newline=""`.
        columns: The header; None when it stands there already.
        line_end: `\\n`, or `\\r\\n` for spreadsheets.
        plain: By columns nothing is made harmless: the file is read by this house alone, and `-` stays as it is.
    """

    def __init__(
        self, stream: _Sink, columns: Sequence[str] | None, line_end: str = "\n", *, plain: bool = False
    ) -> None:
        self._writer = csv.writer(stream, lineterminator=line_end)
        self._plain = plain
        self.rows = 0
        if columns is not None:
            self._writer.writerow([make_harmless(name) for name in columns])

    def write(self, cells: Iterable[Any]) -> None:
        """Write one row, its cells in the order of the columns.

        Source: RFC 4180.
        """
        self._writer.writerow([make_harmless(without_surrogates(cell)) for cell in cells])
        self.rows += 1

    def write_columns(self, columns: Iterable[Iterable[Any]]) -> None:
        """Write columns of equal length as rows.

        Source: RFC 4180.
        """
        if self._plain:
            rows = [*zip(*columns, strict=True)]
            self._writer.writerows(rows)
            self.rows += len(rows)
            return
        kept = [[make_harmless(without_surrogates(c)) if type(c) is str else c for c in column] for column in columns]
        self._writer.writerows(zip(*kept, strict=True))
        self.rows += len(kept[0]) if kept else 0


def write_plain(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as a CSV that this house alone reads; a cell that a row does not have is empty. Returns the path.

    Args:
        names: The columns in their order; what else a row holds is left out.

    Source: RFC 4180.
    """
    with path.open("w", encoding="utf-8", newline="") as out:
        CsvWriter(out, names, plain=True).write_columns([row.get(name, "") for row in rows] for name in names)
    return path


@contextmanager
def replace_file(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Open a text file that appears under its name whole or not at all.

    Args:
        path: Where it will stand.
        encoding: `utf-8`, or `utf-8-sig` for spreadsheets.

    Raises:
        OSError: the folder is not there or may not be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding=encoding, newline="") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def without_surrogates(cell: Any) -> Any:
    """Return a cell that a file may hold: undecodable bytes travel as lone surrogates and become `?`."""
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) and not cell.isascii() else cell
