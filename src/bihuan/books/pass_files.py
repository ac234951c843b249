"""Passes for a list of holders: numbers with their codes, in the order of the list."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from bihuan.books.declaration import BookDeclaration
from bihuan.books.passes import NewPass, issue_passes
from bihuan.faults import Fault
from bihuan.loop.codes import code_of
from bihuan.readers import CsvWriter, Rejects, read_rows, replace_file, row_fault
from bihuan.registers.live import current_registers
from bihuan.registers.pure.errors import RegisterError

COLUMNS, HOLDER = ("key", "subject", "amount"), ("name", "phone", "email")


class UnknownPass(Fault):
    """A kind of pass that the book does not declare."""

    remedy = "see `passes:` in the book's file"


def issue_file(book: BookDeclaration, kind: str, path: Path, out: Path, actor: str, *, rejects: Rejects) -> int:
    """Make the passes of a list and write number and code of each; a list given again writes the same codes.

    Args:
        book: Declares the kind. path: Rows with `key`, `subject`, `amount` and perhaps `name`, `phone`, `email`.
        out: CSV with `key`, `code`. actor: Who makes them. rejects: Gets rows that cannot be used.

    Returns:
        How many passes there are for the list.

    Raises:
        UnknownPass: the book has no such kind. FileError: the file cannot be read.

    Source: docs/adr/0317-passes.md (1).
    """
    if kind not in book.passes:
        known = ", ".join(book.passes) or "none"
        raise UnknownPass(f"没有这种票 · {book.book} has no pass {kind!r}; known: {known}")
    district, now, made = current_registers().district, timezone.now(), 0
    with replace_file(out) as sink:
        writer = CsvWriter(sink, ["key", "code"])
        for row in read_rows(path, COLUMNS, rejects=rejects):
            amount = str(row.cells["amount"] or "").strip()
            if not amount.isascii() or not amount.isdecimal() or int(amount) < 1:
                rejects.write(row.file, [row_fault(row, "not_a_number", "amount")])
                continue
            holder = {name: str(row.cells[name]) for name in HOLDER if row.cells.get(name)}
            wanted = NewPass(str(row.cells["key"]), str(row.cells["subject"]), int(amount), holder)
            try:
                (held,) = issue_passes(book.book, kind, [wanted], district, actor, now)
            except RegisterError:
                rejects.write(row.file, [row_fault(row, "phone", "phone")])
                continue
            writer.write([held.key, code_of(held.id)])
            made += 1
    return made
