"""What series add to the house: their tables, commands, and the months made ahead."""

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
    PlainColumns,
)

SLOW_SECONDS = 300
"""Patience with a long history that was corrected."""


def apps() -> tuple[App, ...]:
    """Observations, batches, incidents."""
    return (App("bihuan.series", order=45),)


def commands() -> tuple[CliCommand, ...]:
    """Observations in and out."""
    return (CliCommand("series", "Load, show and check observations · 序列", _command),)


def loops() -> tuple[Loop, ...]:
    """Partitions of the months to come; derived values and incidents follow observations."""
    from bihuan.series import background
    from bihuan.series.store import partitions

    return (
        Loop("series", background.follow, 5.0, "序列推算与告警", "derived values and incidents", SLOW_SECONDS),
        Loop("series-months", partitions.make_months_ahead, 3600.0, "序列月度分区", "tables of the months to come"),
    )


def facts() -> tuple[FactSource, ...]:
    """Statistics of windows, for loops that observe."""
    from bihuan.series import facts as answering

    return (FactSource("series", answering.kinds, answering.names, answering.ask, "监测序列", "statistics of series"),)


def declared() -> tuple[DeclaredKind, ...]:
    """Series. Source: docs/topics/declarations.md, "One file each"."""
    from bihuan.series.catalogue import current_catalogue

    def find() -> list[DeclaredThing]:
        return [
            DeclaredThing(name, each.declared.name.zh, each.declared.name.en, each.programme, each.file)
            for name, each in sorted(current_catalogue().series.items())
        ]

    return (
        DeclaredKind(
            "series", "序列", "Series", "PROGRAMME/series/NAME.yaml", find, "/series/{name}/", "/api/v1/series/{name}",
            "bihuan series show {name}", "/series/{name}.csv", 20,
        ),
    )  # fmt: skip


def lake_tables() -> tuple[LakeTable, ...]:
    """Every observation. Source: docs/topics/lake.md."""
    from bihuan.series.lake_tables import TABLES

    return TABLES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.series.personal import PLAIN

    return PLAIN


def _command() -> Any:
    from bihuan.series.command import app

    return app
