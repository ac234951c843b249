"""CSV and TSV, read line by line so that one broken record never swallows its neighbours.

The standard `csv` module does the parsing. When it fails (a quote left open would eat the rest of the file),
the record's first line is refused and reading goes on with the line after it.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from bihuan.readers.encodings import UTF8
from bihuan.readers.faults import FileError, RowFault, file_error
from bihuan.readers.source import FilePart
from bihuan.readers.table import (
    HEADER_WITHIN,
    Batch,
    Cell,
    FileTable,
    Limits,
    TextForm,
    header_names,
    header_row,
    plain_column_name,
    to_columns,
)
from bihuan.readers.text import TextLine, codec_of, read_lines

SEPARATORS = ",\t;|"
MAX_LINES = 500  # lines one quoted record may span


class _OpenError(Exception):
    """A record grew beyond every bound: its quote was never closed."""


@dataclass
class _Feed:
    """Hands lines to `csv.reader` and remembers those of the record in progress."""

    source: Iterator[TextLine]
    limit: int
    again: deque[TextLine] = field(default_factory=deque)
    record: list[TextLine] = field(default_factory=list)
    size: int = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.source)
        self.record.append(line)
        self.size += len(line.text)
        if len(self.record) > MAX_LINES or self.size > self.limit:
            raise _OpenError
        return line.text

    def done(self) -> list[TextLine]:
        """Return the lines of the record just completed."""
        record, self.record, self.size = self.record, [], 0
        return record

    def give_up(self) -> TextLine:
        """Refuse the first line of the record in progress; the others are read again."""
        record = self.done()
        self.again.extendleft(reversed(record[1:]))
        return record[0]


def open_delimited(part: FilePart, wanted: frozenset[str], limits: Limits, form: TextForm) -> FileTable:
    """Open a CSV or TSV file.

    Args:
        part: The file.
        wanted: Plain column names that mark the header row.
        limits: Bounds.
        form: What is known of it; the rest is found.

    Raises:
        FileError: empty, or a column name stands twice.

    Source: RFC 4180; docs/adr/0060 (2): an open quote refuses one line.
    """
    form = _found(part, form, wanted)
    top = list(islice(((line, cells) for line, cells, _bad in _records(part, limits, form)), HEADER_WITHIN))
    if not top:
        raise file_error(part.name, "empty")
    at = header_row([list(cells) for _, cells in top], wanted)
    names = header_names(part.name, top[at][0], list(top[at][1]))
    table = FileTable(part.name, names, lambda: iter(()), share=part.share, line=top[at][0])
    table.batches = _Reader(part, limits, form, table).batches
    return table


def read_records(part: FilePart, limits: Limits, form: TextForm) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a small file that may have no header, each with its first line.

    Raises:
        FileError: at the first record that cannot be read, or where the file is damaged.

    Source: RFC 4180.
    """
    form = _found(part, form)
    damage: list[RowFault] = []
    for line, cells, bad in _records(part, limits, form, damage):
        if bad:
            detail = cells[0] if cells else ""
            raise file_error(part.name, bad, line=line, detail=detail, limit=limits.line, encoding=form.encoding)
        yield line, cells
    if damage:
        raise FileError(part.name, damage[0])


def _found(part: FilePart, form: TextForm, wanted: frozenset[str] = frozenset()) -> TextForm:
    """Return the form with encoding and separator, found from the first bytes where nobody says them."""
    head = part.head()
    encoding = codec_of(part.name, head, form.encoding)
    return replace(form, encoding=encoding, separator=form.separator or _separator(head, encoding, wanted))


def _separator(head: bytes, encoding: str, wanted: frozenset[str]) -> str:
    """The separator between the wanted names; else the one that most of the first lines have equally often, and where
    two do, the more frequent one."""
    top = [line for line in head.decode(encoding, "replace").splitlines()[:HEADER_WITHIN] if line.strip()]

    for separator in SEPARATORS if wanted else "":
        if any(wanted <= {plain_column_name(cell) for cell in line.split(separator)} for line in top):
            return separator

    def even(separator: str) -> tuple[int, int]:
        counts = Counter(count for line in top if (count := line.count(separator)))
        return max(((lines, count) for count, lines in counts.items()), default=(0, 0))

    best = max(SEPARATORS, key=even)
    return best if even(best)[0] else SEPARATORS[0]


def _records(
    part: FilePart, limits: Limits, form: TextForm, damage: list[RowFault] | None = None, width: int = 0
) -> Iterator[tuple[int, list[str], str | None]]:
    """Records as (first line, cells, fault code of the whole record or None); blank lines and comments are passed
    over."""
    source = part.stream()
    separator = form.separator or ","
    feed = _Feed(read_lines(source, form.encoding or UTF8, limits.line), limits.line)
    csv.field_size_limit(limits.line * 2)
    while True:
        reader = csv.reader(feed, delimiter=separator, strict=True)
        try:
            for cells in reader:
                record = feed.done()
                if width and len(record) > 1 and _swallowed(record, cells, separator, width):
                    yield record[0].number, [f"its quote runs over {len(record)} lines that look like rows"], "quote"
                    feed.again.extendleft(reversed(record[1:]))
                    continue
                bad = next((line.bad for line in record if line.bad), None)
                if form.comments and (not any(map(str.strip, cells)) or cells[0].startswith(form.comments)):
                    continue
                if cells or bad:
                    yield record[0].number, cells, bad
            break
        except _OpenError:
            line = feed.give_up()
            yield line.number, [f"quote never closed within {MAX_LINES} lines"], "quote"
        except csv.Error as error:
            line = feed.give_up()
            yield line.number, [str(error)], "quote"
    if damage is not None and source.damage:
        code, detail = source.damage
        damage.append(RowFault(code, 0, params={"detail": detail}))


def _swallowed(record: list[TextLine], cells: list[str], separator: str, width: int) -> bool:
    """Whether a record over several lines has swallowed rows: an inner line has as many cells as the header, and dates
    and numbers stand in it where the record's own first line has them. Such a quote was opened by mistake."""
    own = [_shape(cell) for cell in cells[: record[0].text.split('"', 1)[0].count(separator)]]
    if not any(own):
        return False
    return any(
        len(inner) == width and [_shape(cell) for cell in inner[: len(own)]] == own
        for inner in (line.text.rstrip("\r\n").split(separator) for line in record[1:])
    )


def _shape(cell: str) -> str:
    """`9999-99-99` of a date, `9` of any number, nothing of words."""
    text = cell.strip().strip('"')
    return re.sub(r"\d+", "9", text) if text[:1].isdigit() and not any(c.isalpha() for c in text) else ""


@dataclass
class _Reader:
    part: FilePart
    limits: Limits
    form: TextForm
    table: FileTable

    def batches(self) -> Iterator[Batch]:
        """Read all records after the header."""
        width = len(self.table.columns)
        numbers: list[int] = []
        rows: list[list[Cell]] = []
        faults: list[RowFault] = []
        last = self.table.line
        for line, cells, bad in self._held_back():
            last = line
            fault = self._fault(line, cells, bad, width)
            if fault:
                faults.append(fault)
            else:
                numbers.append(line)
                rows.append((cells + [""] * (width - len(cells)))[:width] if self.form.pad else cells[:width])
            if len(numbers) + len(faults) >= self.limits.batch:
                yield Batch(numbers, to_columns(self.table.columns, rows), faults)
                numbers, rows, faults = [], [], []
        if numbers or faults:
            yield Batch(numbers, to_columns(self.table.columns, rows), faults)
        self.table.damage[:] = [f._replace(line=last, params={**f.params, "line": last}) for f in self.table.damage]

    def _held_back(self) -> Iterator[tuple[int, list[str], str | None]]:
        """Records after the header; the last one before damage may be cut in two and is refused."""
        held = None
        for record in _records(self.part, self.limits, self.form, self.table.damage, len(self.table.columns)):
            if record[0] <= self.table.line:
                continue
            if held:
                yield held
            held = record
        if held:
            yield (held[0], held[1], "cut") if self.table.damage else held

    def _fault(self, line: int, cells: list[str], bad: str | None, width: int) -> RowFault | None:
        if bad == "quote":
            return RowFault("quote", line, params={"detail": cells[0]})
        if bad == "line_too_long":
            return RowFault(bad, line, params={"limit": self.limits.line})
        if bad:
            return RowFault(bad, line, self._field(cells, bad), params={"encoding": self.form.encoding})
        short = len(cells) < width and not self.form.pad
        if len(cells) != width and (short or any(c.strip() for c in cells[width:])):
            return RowFault("cells", line, params={"found": len(cells), "expected": width, "cells": cells})
        return None

    def _field(self, cells: list[str], bad: str) -> str:
        """Return the first column that holds the broken bytes."""
        marks = {"nul": _has_nul, "undecodable": _has_broken, "mixed_encoding": _has_wide}.get(bad)
        named = zip(self.table.columns, cells, strict=False)
        return next((name for name, cell in named if marks(cell)), "") if marks else ""


def _has_nul(cell: str) -> bool:
    return "\0" in cell


def _has_wide(cell: str) -> bool:
    return not cell.isascii()


def _has_broken(cell: str) -> bool:
    return any("\ud800" <= ch <= "\udfff" or ch == "\ufffd" for ch in cell)
