"""`untraced`: in a book, an entry has left a traced account and rests on no source: money paid without an origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bihuan.books.catalogue import all_books, book_named
from bihuan.books.showing import untraced_of
from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Strict
from bihuan.registers.isolation import in_district
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind
from bihuan.watches.scene import Scene


class Untraced(Strict):
    """Nothing to say: the book declares which accounts are traced, and every book which are sources."""


def find(scene: Scene, over: Over, rule: Untraced) -> Hits:
    """Every entry whose chain of references meets no source. Source: docs/topics/watches.md, "untraced"."""
    book = book_named(over.book or "").book
    with in_district(scene.district):
        keys = [key for key in untraced_of(book) if scene.only is None or key in scene.only]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [[Fact(f"{book.book}.entry", keys[n], book.book, scene.day.isoformat())] for n in chosen]

    return Hits(keys, [""] * len(keys), [""] * len(keys), tell, len(keys))


def why(rule: Untraced) -> Words:
    """The rule in words."""
    return Words("支出追溯不到来源", "it rests on no source")


def faults(scene: Any, over: Over, rule: Untraced) -> Iterator[Fault]:
    """The book is declared and traces an account, and some book has a source."""
    books = all_books()
    found = books.get(over.book or "")
    if found is None:
        yield (), f"no book {over.book!r} is declared", "a watch looks at declared books", f"one of: {list(books)}"
    elif not any(account.traced for account in found.book.accounts.values()):
        yield (), f"{over.book} traces no account", "`traced: true` of an account", "name a book that does"
    elif not any(account.source for each in books.values() for account in each.book.accounts.values()):
        yield (), "no account is a source", "`source: true` of an account", "say where provenance begins"


KIND = WatchKind(
    "untraced",
    Words("来源不明", "Without an origin"),
    Words("账中支出追溯不到任何来源", "an entry of a book that rests on no source"),
    Untraced, frozenset({"book"}), find, why, faults=faults,
    type_of=lambda over, rule: f"book.{over.book}",
)  # fmt: skip
