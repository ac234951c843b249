"""What the books add to the house."""

from __future__ import annotations

from bihuan.extend import App, PersonalPlace, PlainColumns


def apps() -> tuple[App, ...]:
    """Journals, balances, reservations."""
    return (App("bihuan.books", order=55),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.books.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.books.personal import PLAIN

    return PLAIN
