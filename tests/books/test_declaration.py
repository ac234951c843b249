"""What a book's file may say; every fault with line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.books.catalogue import all_books, books_aside, forget_books
from bihuan.books.declaration import BookDeclaration, load_book, schema
from bihuan.declare.problems import DeclarationError
from bihuan.server.home import current_home
from tests.books.declared import CASH


def read(tmp_path: Path, text: str) -> BookDeclaration:
    file = tmp_path / "b.yaml"
    file.write_text(text, encoding="utf-8")
    return load_book(file)


def test_bounds_are_read_in_smallest_units(tmp_path: Path) -> None:
    book = read(tmp_path, CASH)
    assert (book.bound("till", "floor"), book.bound("capped", "ceiling"), book.bound("paid", "floor")) == (
        0,
        10000,
        None,
    )
    assert len(book.digest) == 16


@pytest.mark.parametrize(
    ("old", "new", "field", "line"),
    [
        ("unit: CNY, floor: 0", "unit: USD, floor: 0", "accounts.till.unit", 7),
        ("floor: 0", "floor: 5", "accounts.till.floor", 7),
        ("floor: 0", "floor: -0.001", "accounts.till.floor", 7),
        ("ceiling: 100", "ceiling: -1", "accounts.capped.ceiling", 10),
        ("{debit: till}", "{debit: nowhere}", "entries.take.lines.0", 12),
        ("{debit: till}", "{credit: till}", "entries.take.lines", 12),
        ("{debit: till}", "{debit: till, credit: till}", "entries.take.lines.0", 12),
        ("{debit: till}", "{debit: till, subject: x}", "entries.take.lines.0", 12),
        ("{debit: paid, subject: payee}", "{debit: paid}", "entries.pay.lines.0", 13),
        ("on: verified", "on: verifies", "rules.0.on", 15),
        ("entry: take, values", "entry: nothing, values", "rules.0.entry", 15),
        ('{amount: "=1.00"}', "{}", "rules.0.values", 15),
        ("normal: debit, unit: CNY, floor", "normal: left, unit: CNY, floor", "accounts.till.normal", 7),
        ("book: toy-cash", "book: Toy Cash", "book", 2),
    ],
)
def test_faults_are_told_where_they_are(tmp_path: Path, old: str, new: str, field: str, line: int) -> None:
    assert old in CASH
    with pytest.raises(DeclarationError) as found:
        read(tmp_path, CASH.replace(old, new, 1))
    told = {(p.field, p.line) for p in found.value.problems}
    assert (field, line) in told
    assert all(p.remedy and p.rule for p in found.value.problems)


def test_the_order_of_refusals_is_declared_whole(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="refusals"):
        read(tmp_path, CASH + "refusals: [unit, unbalanced]\n")


def test_a_faulty_file_and_a_name_twice_are_set_aside_and_the_others_go_on(books: None) -> None:
    folder = current_home().path / "programmes" / "toy" / "books"
    (folder / "again.yaml").write_text(CASH, encoding="utf-8")
    (folder / "broken.yaml").write_text("book: x\n", encoding="utf-8")
    forget_books()
    assert {"toy-cash", "toy-seats"} <= set(all_books())
    assert {file.name for file in books_aside()} == {"broken.yaml", "cash.yaml"}


def test_there_is_a_schema() -> None:
    assert set(schema()["properties"]) >= {"book", "units", "accounts", "entries", "rules", "periods", "refusals"}
