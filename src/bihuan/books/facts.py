"""What loops may ask of books: where an account stands for a key, at the end of a day, as known at an instant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bihuan.books.catalogue import all_books
from bihuan.books.declaration import BookDeclaration
from bihuan.books.pure.amounts import write_amount
from bihuan.extend import FactQuestion

SURVEY_DAYS = "survey_days"
"""For how many days whoever was let in may still answer."""


def kinds() -> Collection[str]:
    """Every book with accounts that are kept for subjects."""
    return [name for name, each in all_books().items() if any(a.subject for a in each.book.accounts.values())]


def names(kind: str) -> Collection[str]:
    """The accounts of a book that are kept for subjects; where its passes have a survey, the days it still runs."""
    found = all_books().get(kind)
    if found is None:
        return []
    surveys = any(each.survey for each in found.book.passes.values())
    return [*_kept(found.book), *([SURVEY_DAYS] if surveys else [])]


def _kept(book: BookDeclaration) -> list[str]:
    return [name for name, account in book.accounts.items() if account.subject]


def ask(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """Return the balance of an account kept for a key, as decimal text on its normal side, and what it rests on.

    Args:
        question: `BOOK.ACCOUNT`, or `BOOK` for all its accounts; `key` is whom or what the account is kept for.

    Returns:
        0 for a declared account that nothing was posted to; None for a book that is not declared.

    Source: DESIGN §14 (`Facts.ask(kind, id, at)`); docs/topics/books.md, "Ask".
    """
    from bihuan.books.reading import query
    from bihuan.registers.live import current_registers

    base, _, account = question.kind.partition(".")
    declared = all_books().get(base)
    if declared is None:
        return None
    day = question.at.astimezone(current_registers(question.district).calendar.zone).date()
    if account == SURVEY_DAYS:
        from bihuan.books.surveys import days_left

        return days_left(declared.book, question.key, question.at), {"book": base, "edition": declared.book.digest}
    rows = query(STANDING, day, question.known, base, question.key)
    held = {name: amount for name, amount, _ in rows}
    book, wanted = declared.book, ([account] if account else _kept(declared.book))
    told = {name: write_amount(held.get(name, 0), book.scale(book.accounts[name].unit)) for name in wanted}
    cited = {"book": base, "edition": book.digest, "day": day.isoformat(), "entries": sum(n for _, _, n in rows)}
    return (told[account] if account else told), cited


STANDING = """
SELECT a.name, (a.normal * coalesce(sum(l.amount), 0))::bigint, count(l.amount)
FROM book_account a LEFT JOIN (book_line l JOIN book_entry e ON e.id = l.entry_id)
    ON l.account_id = a.id AND l.day <= %s AND e.posted_at <= %s
WHERE a.book = %s AND a.subject = %s GROUP BY a.id
"""
