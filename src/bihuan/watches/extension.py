"""What watches add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import (
    App,
    CliCommand,
    DeclaredKind,
    DeclaredThing,
    FactSource,
    LakeTable,
    Loop,
    PersonalPlace,
    PlainColumns,
    SetAside,
)

SLOW_SECONDS = 900
"""Patience with one look at everything."""


def apps() -> tuple[App, ...]:
    """Incidents, events, silences, runs."""
    return (App("bihuan.watches", order=65),)


def commands() -> tuple[CliCommand, ...]:
    """Look, list, explain, silence."""
    return (CliCommand("watch", "Watches: run, list, show, silence · 监看", _command, order=107),)


def _command() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.watches.command import app

    return app


def loops() -> tuple[Loop, ...]:
    """Every watch looks every few minutes."""
    from bihuan.watches import background, observing

    return (
        Loop("watches", background.look, 300.0, "监看", "watches", SLOW_SECONDS),
        Loop("watch_letters", background.write_letters, 10.0, "监看函件", "letters after watches"),
        Loop("pages", background.ask_pages, 600.0, "公布页面的查看", "looking at published pages", SLOW_SECONDS),
        Loop(
            "observations",
            observing.observe,
            300.0,
            "观测核实与结案后观察",
            "verification by observation",
            SLOW_SECONDS,
        ),
    )


def facts() -> tuple[FactSource, ...]:
    """Whether a watch holds of a subject."""
    from bihuan.watches import observing

    return (
        FactSource(
            "watches",
            observing.kinds,
            observing.names,
            observing.ask,
            "监看是否成立",
            "whether a watch holds of a subject",
        ),
    )


def declared() -> tuple[DeclaredKind, ...]:
    """Watches. Source: docs/topics/declarations.md, "One file each"."""
    from bihuan.watches.catalogue import current_catalogue

    def find() -> list[DeclaredThing]:
        return [
            DeclaredThing(name, each.declared.name.zh, each.declared.name.en, each.programme, each.file)
            for name, each in sorted(current_catalogue().watches.items())
        ]

    return (
        DeclaredKind(
            "watches", "监看", "Watch", "PROGRAMME/watches/NAME.yaml", find, "/watches/{name}/",
            "/api/v1/watches/{name}", "bihuan watch show {name}", "bihuan lake sync · watch_incidents", 60,
        ),
    )  # fmt: skip


def lake_tables() -> tuple[LakeTable, ...]:
    """Incidents as they stand. Source: docs/topics/lake.md."""
    from bihuan.watches.lake_tables import TABLES

    return TABLES


def aside() -> tuple[SetAside, ...]:
    """A case that a watch could not open, a letter that could not be written after one."""
    return (
        SetAside(
            "watches",
            "一条监看规则发现的问题没有立案",
            "What a watch found did not become a case",
            "查看原因（分类、地点、必填内容），更正声明或对象后会自动再试",
            "Read the reason (category, area, a required field); once mended it is opened by itself",
        ),
        SetAside(
            "watch_letters",
            "监看所引起的函件没有发出",
            "A letter after a watch was not written",
            "查看所缺的事实、依据或期限，补足后会自动再试",
            "Read which fact, basis or term is missing; once it is there, the letter is written by itself",
        ),
    )


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.watches.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.watches.personal import PLAIN

    return PLAIN
