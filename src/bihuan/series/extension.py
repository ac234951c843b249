"""What series add to the house: their tables, commands, and the months made ahead."""

from __future__ import annotations

from typing import Any

from bihuan.extend import App, CliCommand, FactSource, Loop, PlainColumns

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


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.series.personal import PLAIN

    return PLAIN


def _command() -> Any:
    from bihuan.series.command import app

    return app
