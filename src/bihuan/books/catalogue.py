"""The books in use: every `books/*.yaml` of every programme folder. A faulty file is set aside; the others go on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bihuan.books.declaration import FOLDER, BookDeclaration, load_book
from bihuan.declare.problems import DeclarationError
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of
from bihuan.loop.shelves import DeclaredShelf


class UnknownBook(Fault):
    """A book that no programme declares."""

    remedy = "see `bihuan book list`; a book is declared in PROGRAMME/books/NAME.yaml"


class DeclaredBook(NamedTuple):
    """A book, its file, and the id of the programme in whose folder it lies."""

    book: BookDeclaration
    file: Path
    programme: str


def _read(file: Path) -> tuple[str, DeclaredBook]:
    book = load_book(file)
    return book.book, DeclaredBook(book, file, programme_of(file))


_shelf: DeclaredShelf[DeclaredBook] = DeclaredShelf(FOLDER, "book", _read)


def all_books() -> Mapping[str, DeclaredBook]:
    """Return every book by id.

    Source: docs/adr/0260 (1, a book is a file)
    """
    return _shelf.content().found


def books_aside() -> Mapping[Path, DeclarationError]:
    """Return the files that are not in use, each with what is wrong. Source: docs/adr/0260 (1, a book is a file)."""
    return _shelf.content().aside


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
    _shelf.forget()


def book_with_survey(programme_folder: str, kind: str) -> BookDeclaration | None:
    """Return the book in a programme's folder whose passes of a kind have a survey.

    Source: docs/adr/0366-surveys-of-passes.md
    """
    for each in all_books().values():
        found = each.book.passes.get(kind)
        if each.programme == programme_folder and found is not None and found.survey is not None:
            return each.book
    return None
