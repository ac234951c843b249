"""What the documents add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import App, Command, PersonalPlace, PlainColumns


def apps() -> tuple[App, ...]:
    """Letters, orders."""
    return (App("bihuan.documents", order=56),)


def commands() -> tuple[Command, ...]:
    """Letters in files and letters that were sent."""
    return (Command("letter", "Letters: declared, rendered, sent, proved · 函件", _letters, order=107),)


def _letters() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.documents.letters.command import app

    return app


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.documents.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.documents.personal import PLAIN

    return PLAIN
