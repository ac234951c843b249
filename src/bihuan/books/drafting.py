"""From what somebody asks to a draft of the judge: keys with their book, amounts in smallest units.

In a journal of several books every number and every account carries its book: `cash/2026-17`, `cash/treasury`,
`seats/free:concert-3`. A reservation's number ends in `#hold`, so that it never collides with an entry's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from bihuan.books.declaration import BookDeclaration
from bihuan.books.pure.amounts import read_amount
from bihuan.faults import Fault
from bihuan.rules.journal import Draft, PostedLine

HOLD = "#hold"
LONGEST = 120


class DraftError(Fault):
    """An entry was asked for in a way that no draft can be made of."""

    remedy = "see `bihuan book show NAME` for accounts, kinds of entries and the values they need"


class AccountKey(NamedTuple):
    """An account of a book, and the subject it is kept for (empty: none)."""

    book: str
    name: str
    subject: str

    def __str__(self) -> str:
        return f"{self.book}/{self.name}:{self.subject}" if self.subject else f"{self.book}/{self.name}"


def account_key(book: str, text: str) -> AccountKey:
    """The account behind `name` or `name:subject`. Source: docs/adr/0260 (1, 2)."""
    name, _, subject = text.partition(":")
    return AccountKey(book, name, subject)


def number(book: str, text: str) -> str:
    """The number of an entry with its book; `other/17` names another book's, as a reference across books does.

    Source: docs/adr/0260 (1, 2)
    """
    return text if not text or "/" in text else f"{book}/{text}"


def own_number(book: str, text: str) -> str:
    """The number that an entry or a reservation of a book gets.

    Raises:
        DraftError: it is empty, too long, or holds a slash, a hash or a control character.

    Source: docs/adr/0260 (1, 2)
    """
    if not 0 < len(text) <= LONGEST or not text.isprintable() or "/" in text or "#" in text:
        raise DraftError(
            f"编号不可用 · the number {text[:LONGEST]!r} cannot be used",
            f"1 to {LONGEST} printable characters without / and #",
        )
    return f"{book}/{text}"


def held_number(book: str, text: str) -> str:
    """The number of a reservation with its book. Source: docs/adr/0260 (1, 2)."""
    return f"{number(book, text)}{HOLD}" if text else ""


def written_line(book: BookDeclaration, account: str, debit: str, credit: str, unit: str = "") -> PostedLine:
    """A line as a person writes it: amounts as decimal texts, an empty side, the unit (default: the account's).

    Source: docs/adr/0260 (1, 2)
    """
    key = account_key(book.book, account)
    declared = book.accounts.get(key.name)
    unit = unit or (declared.unit if declared else "")
    scale = book.scale(unit)
    return PostedLine(str(key), _side(debit, scale), _side(credit, scale), unit)


def _side(text: str, scale: int) -> int | None:
    """None for an empty side; 0 for what is no amount, which the judge refuses as not positive."""
    return None if not text.strip() else read_amount(text, scale) or 0


def draft_lines(
    book: BookDeclaration, key: str, day: date, lines: Sequence[PostedLine], *, ref: str = "", reverses: str = "",
    restates: str = "", hold: str = "", kind: str = "",
) -> Draft:  # fmt: skip
    """A draft of given lines. Source: docs/adr/0260 (1, 2)."""
    name = book.book
    return Draft(
        own_number(name, key), day, tuple(lines), number(name, ref), number(name, reverses), restates,
        held_number(name, hold), kind, name,
    )  # fmt: skip


def draft_kind(
    book: BookDeclaration, kind: str, key: str, day: date, values: Mapping[str, Any], *, ref: str = "",
    restates: str = "", hold: str = "",
) -> Draft:  # fmt: skip
    """A draft of a declared kind.

    Args:
        book: The book.
        kind: One of its `entries`.
        key: The entry's own number.
        day: The day it belongs to.
        values: Amounts as decimal texts and subjects, by the names the lines give.
        ref, restates, hold: See `Draft`.

    Raises:
        DraftError: the kind is not declared, a value is missing, or the kind needs a reference and has none.

    Source: docs/adr/0260 (1, 2)
    """
    declared = book.entries.get(kind)
    if declared is None:
        raise DraftError(f"没有这类分录 · {book.book} has no entry {kind!r}; known: {', '.join(book.entries)}")
    if declared.needs_ref and not ref:
        raise DraftError(f"须注明依据 · an entry {kind!r} rests on an earlier one; name it as its reference")
    lines = []
    for line in declared.lines:
        missing = [name for name in (line.amount, line.subject) if name and values.get(name) in (None, "")]
        if missing:
            raise DraftError(f"缺少数值 · an entry {kind!r} needs the value {missing[0]!r}")
        amount = str(values[line.amount])
        account = f"{line.account}:{values[line.subject]}" if line.subject else line.account
        lines.append(written_line(book, account, amount if line.debit else "", amount if line.credit else ""))
    return draft_lines(book, key, day, lines, ref=ref, restates=restates, hold=hold, kind=kind)


def draft_hold(
    book: BookDeclaration, key: str, day: date, debit: str, credit: str, amount: str, *, ref: str = "", kind: str = ""
) -> Draft:
    """A draft that reserves an amount between two accounts.

    Args:
        book: The book. key: The reservation's own number. day: Of the reservation.
        debit, credit: Accounts, as `name` or `name:subject`.
        amount: Decimal text in the unit of the debit account.
        ref: The entry it rests on.
        kind: What it is for, as the book's own word.

    Source: docs/adr/0260 (1, 2)
    """
    lines = (written_line(book, debit, amount, ""), written_line(book, credit, "", amount))
    return Draft(
        f"{own_number(book.book, key)}{HOLD}",
        day,
        lines,
        number(book.book, ref),
        kind=kind,
        book=book.book,
        pending=True,
    )
