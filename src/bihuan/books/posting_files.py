"""Entries from a file: rows of lines, entry by entry in the order of the file, each whole or not at all.

Columns: `entry, date, account, debit, credit`, and if wanted `line, unit, ref, reverses, restates, hold`. Rows of one
entry stand together. What is refused names its first reason; a refused number may come again further down.

Source: docs/topics/books.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bihuan.books.declaration import BookDeclaration
from bihuan.books.drafting import DraftError, draft_lines, written_line
from bihuan.books.posting import Act, post_acts
from bihuan.books.pure.reasons import WORDS
from bihuan.declare.problems import Problem
from bihuan.readers import FileRow, Rejects, read_rows
from bihuan.registers.isolation import in_district
from bihuan.rules.journal import Draft

NEEDED = ("entry", "date", "account", "debit", "credit")
BATCH = 500

type Asked = tuple[Draft | tuple[str, str, str], FileRow]
"""A draft, or why none can be made (reason, what, remedy), and the first row of the entry."""


@dataclass(slots=True)
class FilePosted:
    """What became of a file; `rejects` holds the first 100 refused entries."""

    entries: int = 0
    posted: int = 0
    repeated: int = 0
    rejected: int = 0
    rejects: list[dict[str, Any]] = field(default_factory=list)


def post_file(book: BookDeclaration, path: Path, district: str, actor: str, *, rejects: Rejects) -> FilePosted:
    """Post the entries of a file, in batches, each batch in one transaction.

    Args:
        book: The book.
        path: Any table that `readers` opens.
        district: For which is worked.
        actor: Who posts.
        rejects: Gets every refused entry, with file, line, reason and remedy.

    Raises:
        FileError: nothing can be read, or a column is missing.

    Source: docs/topics/books.md.
    """
    done = FilePosted()
    waiting: list[Asked] = []
    for rows in _entries(read_rows(path, NEEDED, rejects=rejects)):
        done.entries += 1
        waiting.append((_draft(book, rows), rows[0]))
        if len(waiting) >= BATCH:
            _post(waiting, district, actor, done, rejects)
    _post(waiting, district, actor, done, rejects)
    return done


def _post(waiting: list[Asked], district: str, actor: str, done: FilePosted, rejects: Rejects) -> None:
    drafts = [draft for draft, _ in waiting if isinstance(draft, Draft)]
    with in_district(district):
        answers = iter(post_acts([Act((draft,), actor) for draft in drafts]) if drafts else ())
    for draft, row in waiting:
        if not isinstance(draft, Draft):
            _reject(done, rejects, row, *draft)
            continue
        (verdict,) = next(answers)
        if verdict.reason is not None:
            words = WORDS[verdict.reason]
            told = (f"{words.zh} · {words.en}", f"{words.remedy_zh} · {words.remedy_en}")
            _reject(done, rejects, row, str(verdict.reason), *told)
        elif verdict.state == "posted":
            done.posted += 1
        else:
            done.repeated += 1
    waiting.clear()


def _reject(done: FilePosted, rejects: Rejects, row: FileRow, reason: str, what: str, remedy: str) -> None:
    done.rejected += 1
    rejects.write(row.file, [Problem(row.file, row.line, "entry", what, reason, remedy)])
    if len(done.rejects) < 100:
        told = {"file": row.file, "row": row.line, "entry": _text(row, "entry"), "reason": reason, "remedy": remedy}
        done.rejects.append(told)


def _entries(rows: Iterable[FileRow]) -> Iterator[list[FileRow]]:
    """Rows that stand together and have one number; a line number that does not grow begins the entry anew."""
    group: list[FileRow] = []
    for row in rows:
        if group and (_text(row, "entry") != _text(group[0], "entry") or _begins_anew(group[-1], row)):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _begins_anew(before: FileRow, row: FileRow) -> bool:
    numbers = _text(before, "line"), _text(row, "line")
    return all(number.isdecimal() for number in numbers) and int(numbers[1]) <= int(numbers[0])


def _draft(book: BookDeclaration, rows: Sequence[FileRow]) -> Draft | tuple[str, str, str]:
    """The draft, or reason, what and remedy when none can be made."""
    first = rows[0]
    day = _day(first.cells["date"])
    if day is None:
        return "date", f"日期不可读 · the date cannot be read: {first.cells['date']!r}", "YYYY-MM-DD"
    lines = [
        written_line(book, _text(r, "account"), _text(r, "debit"), _text(r, "credit"), _text(r, "unit")) for r in rows
    ]
    parts = {name: _text(first, name) for name in ("ref", "reverses", "restates", "hold")}
    try:
        return draft_lines(book, _text(first, "entry"), day, lines, **parts)
    except DraftError as error:
        return "number", error.message, error.remedy


def _text(row: FileRow, column: str) -> str:
    cell = row.cells.get(column)
    return "" if cell is None else str(cell).strip()


def _day(cell: Any) -> date | None:
    if isinstance(cell, date):
        return cell.date() if isinstance(cell, datetime) else cell
    try:
        return date.fromisoformat(str(cell or "").strip())
    except ValueError:
        return None
