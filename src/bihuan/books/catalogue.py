"""The books in use: every `books/*.yaml` of every programme folder. A faulty file is set aside; the others go on."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import NamedTuple

from bihuan.books.declaration import FOLDER, BookDeclaration, load_book
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of, roots

CHECK_SECONDS = 2.0


class UnknownBook(Fault):
    """A book that no programme declares."""

    remedy = "see `bihuan book list`; a book is declared in PROGRAMME/books/NAME.yaml"


class DeclaredBook(NamedTuple):
    """A book, its file, and the id of the programme in whose folder it lies."""

    book: BookDeclaration
    file: Path
    programme: str


class _Known(NamedTuple):
    looked: float
    stamped: tuple[tuple[Path, int], ...]
    books: dict[str, DeclaredBook]
    aside: dict[Path, DeclarationError]


_lock = threading.Lock()
_known: list[_Known] = []


def all_books() -> dict[str, DeclaredBook]:
    """Return every book by id; files are compared at most every CHECK_SECONDS.

    Source: docs/adr/0260 (1, a book is a file)
    """
    return _catalogue().books


def books_aside() -> dict[Path, DeclarationError]:
    """Return the files that are not in use, each with what is wrong. Source: docs/adr/0260 (1, a book is a file)."""
    return _catalogue().aside


def book_named(name: str) -> DeclaredBook:
    """Return a book by its id.

    Raises:
        UnknownBook: no programme declares it.

    Source: docs/adr/0260 (1, a book is a file)
    """
    found = all_books().get(name)
    if found is None:
        raise UnknownBook(f"没有这本账 · there is no book {name!r}; known: {', '.join(sorted(all_books())) or 'none'}")
    return found


def forget_books() -> None:
    """Look at the files at once the next time."""
    with _lock:
        _known.clear()


def _catalogue() -> _Known:
    known = _known[0] if _known else None
    if known is not None and time.monotonic() - known.looked < CHECK_SECONDS:
        return known
    with _lock:
        files = [file for root in roots() for file in sorted(root.glob(f"*/{FOLDER}/*.yaml"))]
        stamped = tuple((file, file.stat().st_mtime_ns) for file in files)
        if known is not None and known.stamped == stamped:
            _known[:] = [known._replace(looked=time.monotonic())]
        else:
            _known[:] = [_Known(time.monotonic(), stamped, *_read(files))]
        return _known[0]


def _read(files: list[Path]) -> tuple[dict[str, DeclaredBook], dict[Path, DeclarationError]]:
    books: dict[str, DeclaredBook] = {}
    aside: dict[Path, DeclarationError] = {}
    for file in files:
        try:
            book = load_book(file)
        except DeclarationError as error:
            aside[file] = error
            continue
        if book.book in books:
            told = f"{book.book!r} is declared by {books[book.book].file} already"
            aside[file] = DeclarationError(
                [Problem(str(file), 1, "book", told, "one book, one name", "give it another name")]
            )
            continue
        books[book.book] = DeclaredBook(book, file, programme_of(file))
    return books, aside
