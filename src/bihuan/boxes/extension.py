"""What the boxes add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import App, Check, CliCommand, Loop, PersonalPlace, PlainColumns


def apps() -> tuple[App, ...]:
    """Envelopes and openings."""
    return (App("bihuan.boxes", order=59),)


def commands() -> tuple[CliCommand, ...]:
    """One group."""
    return (CliCommand("box", "Sealed boxes: put in, open, recount · 密封箱", _command, order=109),)


def loops() -> tuple[Loop, ...]:
    """What has closed is opened."""
    from bihuan.boxes import background

    return (Loop("boxes", background.open_closed, 60.0, "密封箱开启", "opening of boxes"),)


def checks() -> tuple[Check, ...]:
    """Every declared box is in use."""
    from bihuan.boxes import doctoring

    return (Check("boxes", doctoring.declared_boxes, order=79),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.boxes.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.boxes.personal import PLAIN

    return PLAIN


def _command() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.boxes.command import app

    return app
