"""What the documents add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import App, Command, Loop, PersonalPlace, PlainColumns, SetAside


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


def loops() -> tuple[Loop, ...]:
    """Letters that events ask for, and their delivery."""
    from bihuan.documents import background

    return (
        Loop("letters", background.write_letters, 2.0, "事件生成函件", "letters from events", 300),
        Loop("letter_delivery", background.deliver_letters, 5.0, "函件送达", "delivery of letters", 300),
    )


def aside() -> tuple[SetAside, ...]:
    """A letter that an event asks for and that has a gap."""
    return (
        SetAside(
            "letters",
            "应发的函件没有发出",
            "A letter that an event asks for was not written",
            "查看所缺的事实、依据或期限，补足后会自动再试",
            "Read which fact, basis or term is missing; once it is there, the letter is written by itself",
        ),
    )


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.documents.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.documents.personal import PLAIN

    return PLAIN
