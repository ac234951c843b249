"""What the books add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import (
    App,
    CliCommand,
    Companion,
    DeclaredKind,
    DeclaredThing,
    Door,
    DoorAnswer,
    FactSource,
    Handed,
    LakeTable,
    Loop,
    PersonalPlace,
    PlainColumns,
    SetAside,
)


def apps() -> tuple[App, ...]:
    """Journals, balances, reservations."""
    return (App("bihuan.books", order=55),)


def commands() -> tuple[CliCommand, ...]:
    """Everything a book can be asked and told."""
    return (CliCommand("book", "Books: balances, entries, closing, reconciliation · 账", _command, order=106),)


def _command() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.books.command import app

    return app


def declared() -> tuple[DeclaredKind, ...]:
    """Books. Source: docs/topics/declarations.md, "One file each"."""
    from bihuan.books.catalogue import all_books

    def find() -> list[DeclaredThing]:
        return [
            DeclaredThing(name, each.book.name.zh, each.book.name.en, each.programme, each.file.name)
            for name, each in sorted(all_books().items())
        ]

    return (
        DeclaredKind(
            "books", "账册", "Book", "PROGRAMME/books/NAME.yaml", find, "/books/{name}/", "/api/v1/books/{name}",
            "bihuan book show {name}", "bihuan lake sync · book_lines", 30,
        ),
    )  # fmt: skip


def lake_tables() -> tuple[LakeTable, ...]:
    """Every line. Source: docs/topics/lake.md."""
    from bihuan.books.lake_tables import TABLES

    return TABLES


def loops() -> tuple[Loop, ...]:
    """What time and events do to books."""
    from bihuan.books import background

    return (
        Loop("book_expiry", background.expire, 1.0, "预留到期释放", "expiry of reservations"),
        Loop("book_rules", background.post_events, 2.0, "事件记账", "entries from events"),
    )


def facts() -> tuple[FactSource, ...]:
    """Where an account stands for a subject."""
    from bihuan.books import facts as answering

    return (
        FactSource("books", answering.kinds, answering.names, answering.ask, "账户余额", "where an account stands"),
    )


def doors() -> tuple[Door, ...]:
    """What whoever was let in says afterwards. Source: docs/adr/0366-surveys-of-passes.md (1)."""
    from bihuan.books import survey_door as door

    return (
        Door(
            door.NAME, door.TAKES, door.wrong_of, _take_survey, "凭票评价一次", "one answer about an event by its pass"
        ),
    )


def _take_survey(handed: Handed) -> DoorAnswer:
    """Take it; what keeps answers is imported only when one comes."""
    from bihuan.books.survey_taking import receive_survey

    return receive_survey(handed)


def companions() -> tuple[Companion, ...]:
    """Entries that are posted with an event or refuse it."""
    from bihuan.books import joining

    return (
        Companion("books", joining.wanted, joining.post_with, "随事件记账", "entries posted together with an event"),
    )


def aside() -> tuple[SetAside, ...]:
    """An event that a rule could not post."""
    return (
        SetAside(
            "book_rules",
            "应记的账没有记上",
            "An entry that an event asks for was not posted",
            "查看原因（余额不足、缺少数值），补足后会自动再试",
            "Read the reason (a floor, a missing value); once mended it is posted by itself",
        ),
    )


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.books.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.books.personal import PLAIN

    return PLAIN
