"""The rejects file: every row that was not taken, with its file, line, field, reason, rule and remedy.

As JSON lines it also carries the row's own cells by the reader's words; as CSV it has one line per fault. It may hold
personal content, so only its owner may read it. It is written next to the import, never into a log.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from bihuan.declare.problems import Problem
from bihuan.readers.faults import RowFault
from bihuan.readers.writing import CsvWriter, without_surrogates

COLUMNS = ("file", "line", "field", "value", "code", "what", "rule", "remedy")


class Rejects:
    """Writes faults as they come; creates the file only when there is one.

    Args:
        path: `.csv` writes CSV, everything else JSON lines.
        language: `zh` or `en`.
        keep: Bytes of an existing file that a resumed import has counted; what follows them is dropped.
    """

    def __init__(self, path: Path, language: str = "en", keep: int = 0) -> None:
        self.path, self.language, self.keep, self.count = path, language, keep, 0
        self._stream: TextIO | None = None
        self._csv: CsvWriter | None = None

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def write(self, file: str, faults: Iterable[RowFault | Problem]) -> None:
        """Append the faults of a file: those of its cells, or problems that a declaration found in them.

        Source: docs/topics/import.md, "Import a file" (line, field, rule and remedy).
        """
        for fault in faults:
            self.count += 1
            row = _told(file, fault, self.language)
            stream = self._open()
            if self._csv is not None:
                self._csv.write(row)
            else:
                entry = dict(zip(COLUMNS, map(without_surrogates, row), strict=True))
                stream.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def flush(self) -> int:
        """Make what was written durable, before the rows are counted as done; returns the file's size.

        Source: docs/adr/0060 (5): the rejects file is durable before the commit.
        """
        if self._stream is None:
            return self.keep
        self._stream.flush()
        os.fsync(self._stream.fileno())
        return self._stream.tell()

    def _open(self) -> TextIO:
        if self._stream is None:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            kept = min(self.keep, os.fstat(handle).st_size)
            os.ftruncate(handle, kept)
            os.lseek(handle, kept, os.SEEK_SET)
            self._stream = os.fdopen(handle, "w", encoding="utf-8", newline="")
            if self.path.suffix == ".csv":
                self._csv = CsvWriter(self._stream, None if kept else COLUMNS, "\r\n")
        return self._stream


def _told(file: str, fault: RowFault | Problem, language: str) -> tuple[str | int, ...]:
    if isinstance(fault, Problem):
        return (file, fault.line, fault.field, "", "", fault.what, fault.rule, fault.remedy)
    return (file, fault.line, fault.field, fault.value, fault.code, *fault.words(language))
