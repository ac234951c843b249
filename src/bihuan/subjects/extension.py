"""What the subjects add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import App, Command, FactSource, PersonalPlace, PlainColumns


def apps() -> tuple[App, ...]:
    """Versions, changes, fences, looks."""
    return (App("bihuan.subjects", order=25),)


def commands() -> tuple[Command, ...]:
    """One group."""
    return (Command("register", "Subjects: types, load, list, show, history, export · 对象名册", _register, order=90),)


def facts() -> tuple[FactSource, ...]:
    """What holds of a subject on a day, with the change that said it."""
    from bihuan.subjects import facts as answering

    return (FactSource("subjects", answering.kinds, answering.ask, "某日的对象", "subjects as of a day"),)


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
