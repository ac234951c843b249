"""What the entitlements add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import App, Check, CliCommand, FactSource, Loop, PersonalPlace, PlainColumns, SetAside


def apps() -> tuple[App, ...]:
    """Lists and their lines."""
    return (App("bihuan.entitlements", order=58),)


def commands() -> tuple[CliCommand, ...]:
    """One group."""
    return (CliCommand("entitle", "Entitlements: judge, ask, freeze, publish, pay · 免申即享", _command, order=107),)


def loops() -> tuple[Loop, ...]:
    """What was approved is paid, and whoever was paid is told."""
    from bihuan.entitlements import background

    return (
        Loop("entitlements", background.pay, 5.0, "名单兑付", "payment of approved lists"),
        Loop("grant_letters", background.tell, 10.0, "兑付告知", "letters to those who were paid"),
    )


def aside() -> tuple[SetAside, ...]:
    """A letter to somebody who was paid that could not be written."""
    return (
        SetAside(
            "grant_letters",
            "一封兑付告知没有发出",
            "A letter to somebody who was paid was not written",
            "查看所缺的事实、依据或签发人，补足后会自动再试",
            "Read which fact, basis or signer is missing; once it is there, the letter is written by itself",
        ),
    )


def facts() -> tuple[FactSource, ...]:
    """What a gate asks of a list."""
    from bihuan.entitlements import facts as answering

    return (
        FactSource("entitlements", answering.kinds, answering.names, answering.ask, "免申即享名单", "lists of grants"),
    )


def checks() -> tuple[Check, ...]:
    """Every declared policy is in use."""
    from bihuan.entitlements import doctoring

    return (Check("policies", doctoring.policies, order=78),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.entitlements.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.entitlements.personal import PLAIN

    return PLAIN


def _command() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.entitlements.command import app

    return app
