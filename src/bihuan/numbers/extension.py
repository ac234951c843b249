"""What the numbers add to the house: closed and kept periods, and the work of counting."""

from __future__ import annotations

from bihuan.extend import App, DeclaredKind, DeclaredThing, Loop, PersonalPlace, PlainColumns

SLOW_SECONDS = 300
"""Patience with the first count of a long history and with a bulk import."""


def apps() -> tuple[App, ...]:
    """Closed and kept periods."""
    return (App("bihuan.numbers", order=50),)


def loops() -> tuple[Loop, ...]:
    """Kept numbers follow the log."""
    from bihuan.numbers import background

    return (Loop("numbers", background.count, 10.0, "指标统计", "counting the numbers", SLOW_SECONDS),)


def declared() -> tuple[DeclaredKind, ...]:
    """Indicators. Source: docs/topics/declarations.md, "One file each"."""
    from bihuan.loop.indicator_files import latest

    def find() -> list[DeclaredThing]:
        return [DeclaredThing(name, each.name.zh, each.name.en, file=f"{name}.yaml") for name, each in latest().items()]

    return (
        DeclaredKind(
            "indicators", "指标", "Indicator", "PROGRAMME/indicators/NAME.yaml", find, "/cockpit/{name}/",
            "/api/v1/indicators/MONTH", "bihuan indicators", "bihuan indicators --period MONTH --json", 70,
        ),
    )  # fmt: skip


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.numbers.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.numbers.personal import PLAIN

    return PLAIN
