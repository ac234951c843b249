"""`unbalanced`: a book is not borne out by its own rows, or an account lies beyond a bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from bihuan.books.balances import balances
from bihuan.books.catalogue import all_books, book_named
from bihuan.books.checking import check_book
from bihuan.books.pure.amounts import write_amount
from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.registers.isolation import in_district
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind
from bihuan.watches.scene import Scene


class Unbalanced(Strict):
    """Without an account: the whole journal is checked (Σ, kept balances, bounds, reservations, leaves). With one: its
    balance, in the book's unit, must lie within these bounds."""

    account: Code | None = None
    floor: Decimal | None = None
    ceiling: Decimal | None = None


def find(scene: Scene, over: Over, rule: Unbalanced) -> Hits:
    """Every fault of the book, or every account beyond the bounds. Source: docs/topics/watches.md, "unbalanced"."""
    book = book_named(over.book or "").book
    with in_district(scene.district):
        if rule.account is None:
            checked = check_book(book.book)
            rows = [(each.where, each.check, each.found, f"{each.check}: {each.told}") for each in checked.faults]
            looked = checked.entries
        else:
            lines = [each for each in balances(book.book) if each.account == rule.account]
            looked = len(lines)
            rows = [
                (
                    each.subject or each.account,
                    "",
                    f"{write_amount(each.balance, book.scale(each.unit))} {each.unit}",
                    "",
                )
                for each in lines
                if _beyond(Decimal(each.balance).scaleb(-book.scale(each.unit)), rule)
            ]
    rows = [row for row in rows if scene.only is None or row[0] in scene.only]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        name = f"{book.book}.{rule.account or 'journal'}"
        return [[Fact(name, rows[n][2], book.book, scene.day.isoformat(), cited=rows[n][3])] for n in chosen]

    return Hits([row[0] for row in rows], [row[1] for row in rows], [""] * len(rows), tell, looked)


def _beyond(balance: Decimal, rule: Unbalanced) -> bool:
    return (rule.floor is not None and balance < rule.floor) or (rule.ceiling is not None and balance > rule.ceiling)


def why(rule: Unbalanced) -> Words:
    """The rule in words."""
    if rule.account is None:
        return Words("账与分录不符", "the book is not borne out by its entries")
    bounds = f"[{'' if rule.floor is None else rule.floor}, {'' if rule.ceiling is None else rule.ceiling}]"
    return Words(f"“{rule.account}”余额超出 {bounds}", f"the balance of {rule.account} lies outside {bounds}")


def faults(scene: Any, over: Over, rule: Unbalanced) -> Iterator[Fault]:
    """The book and the account are declared."""
    found = all_books().get(over.book or "")
    if found is None:
        yield (
            (),
            f"no book {over.book!r} is declared",
            "a watch looks at declared books",
            f"one of: {list(all_books())}",
        )
    elif rule.account is not None and rule.account not in found.book.accounts:
        known = ", ".join(found.book.accounts)
        yield ("account",), f"{over.book} has no account {rule.account!r}", "a declared account", f"one of: {known}"
    elif rule.account is not None and rule.floor is None and rule.ceiling is None:
        yield ("account",), "no bound is given", "an account needs `floor` or `ceiling`", "add one"


KIND = WatchKind(
    "unbalanced",
    Words("账目不平", "Book out of balance"),
    Words("账与分录不符，或余额超出界限", "a book that its entries do not bear out, or a balance beyond a bound"),
    Unbalanced, frozenset({"book"}), find, why, faults=faults,
    type_of=lambda over, rule: f"book.{over.book}",
)  # fmt: skip
