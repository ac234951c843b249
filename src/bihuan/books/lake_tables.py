"""What the books give to the lake: every line of every entry, as its leaf entered the log."""

from __future__ import annotations

from bihuan.books.catalogue import all_books
from bihuan.extend import LakeColumn, LakeCut, LakeTable, lake_moment, lake_month
from bihuan.subjects.lake_tables import keys_shown

_ROWS = """
SELECT l.index, e.book, e.id, e.kind, n.number, e.day::text, {posted}, a.id, a.name, {subject}, a.unit, n.amount,
       e.ref, e.reverses, {month}
FROM ledger_entry l JOIN book_entry e ON e.id = l.event_id JOIN book_line n ON n.entry_id = e.id
JOIN book_account a ON a.id = n.account_id
WHERE e.district_id = '{cut.district}' AND l.index >= {cut.since} AND l.index < {cut.until} ORDER BY l.index, n.number
"""


def _subject() -> str:
    """A key of a register that may be shown; whom an account is kept for otherwise stays out."""
    named = keys_shown()
    shown = [
        f"(a.book = '{book}' AND a.name = '{name}')"
        for book, declared in sorted(all_books().items())
        for name, account in declared.book.accounts.items()
        if account.subject in named
    ]
    return f"CASE WHEN {' OR '.join(shown)} THEN a.subject END" if shown else "NULL::text"


def _rows(cut: LakeCut) -> str:
    return _ROWS.format(
        cut=cut, posted=lake_moment("e.posted_at"), subject=_subject(), month=lake_month("e.posted_at", cut.zone)
    )


_COLUMNS = (
    LakeColumn("index", "long"),  # leaf of the log
    LakeColumn("book"), LakeColumn("entry"), LakeColumn("kind"), LakeColumn("line", "whole"), LakeColumn("day"),
    LakeColumn("posted_at", "moment"), LakeColumn("account_id", "long"), LakeColumn("account"), LakeColumn("subject"),
    LakeColumn("unit"), LakeColumn("amount", "long"),  # smallest units, debit positive
    LakeColumn("ref"), LakeColumn("reverses"),
)  # fmt: skip
TABLES = (LakeTable("book_lines", "账册的每一行", "Every line of every book", _COLUMNS, _rows),)
