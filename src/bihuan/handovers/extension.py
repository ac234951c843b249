"""What handovers add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import Check, CliCommand, FactSource, Loop


def commands() -> tuple[CliCommand, ...]:
    """One group."""
    return (CliCommand("handover", "Handovers: list, show, post, export · 交接", _command, order=108),)


def loops() -> tuple[Loop, ...]:
    """Books follow what was given and received."""
    from bihuan.handovers import background

    return (Loop("handovers", background.post_all, 60.0, "交接入账", "handovers into their books"),)


def facts() -> tuple[FactSource, ...]:
    """What a gate asks of the acts of a plan, a contract, an order."""
    from bihuan.handovers import facts as answering

    return (FactSource("handovers", answering.kinds, answering.names, answering.ask, "交接", "handovers"),)


def checks() -> tuple[Check, ...]:
    """Every declared handover is in use."""
    from bihuan.handovers import doctoring

    return (Check("handovers", doctoring.handovers, order=79),)


def _command() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.handovers.command import app

    return app
