"""What the draws add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import Check, CliCommand, Holds, Kept, PersonalPlace


def commands() -> tuple[CliCommand, ...]:
    """One group."""
    return (
        CliCommand(
            "draw", "Whom to visit and who goes: commit, draw, recuse, verify · 双随机抽取", _command, order=108
        ),
    )


def checks() -> tuple[Check, ...]:
    """Every declared draw is in use."""
    from bihuan.draws import doctoring

    return (Check("draws", doctoring.declared_draws, order=79),)


def kept() -> tuple[Kept, ...]:
    """The records of draws."""
    return (Kept("staffed-draws", "staffed-draws", "*.json"),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    return (PersonalPlace("staffed-draws/", Holds.TRACE, "inspectors by code, and firms from which they are recused"),)


def _command() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.draws.command import app

    return app
