"""What the subjects add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import App, Command, PersonalPlace, PlainColumns


def apps() -> tuple[App, ...]:
    """Versions, changes, fences, looks."""
    return (App("bihuan.subjects", order=25),)


def commands() -> tuple[Command, ...]:
    """One group."""
    return (Command("register", "Subjects: types, load, list, show, history, export · 对象名册", _register, order=90),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.subjects.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.subjects.personal import PLAIN

    return PLAIN


def _register() -> Any:
    from bihuan.subjects.command import app

    return app
