"""What the draws add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import Check, CliCommand, FactSource, Holds, Kept, PersonalPlace


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


def facts() -> tuple[FactSource, ...]:
    """Who was drawn by lot, for which case. Source: docs/adr/0407-lots.md."""
    from bihuan.draws import lots

    return (FactSource("lots", lots.kinds, lots.names, lots.ask, "抽签结果", "what was drawn by lot"),)


def kept() -> tuple[Kept, ...]:
    """The records of draws."""
    return (Kept("staffed-draws", "staffed-draws", "*.json"), Kept("lots", "lots", "*.json"))


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    return (
        PersonalPlace("staffed-draws/", Holds.TRACE, "inspectors by code, and firms from which they are recused"),
        PersonalPlace("lots/", Holds.TRACE, "people on a list by code, and whether they were left out for an interest"),
    )


def _command() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.draws.command import app

    return app
