"""What operations add to the house."""

from __future__ import annotations

from bihuan.extend import App, Loop, PersonalPlace, PlainColumns


def apps() -> tuple[App, ...]:
    """Accounts, limits, heartbeats, kept rows."""
    return (App("bihuan.server", order=10),)


def loops() -> tuple[Loop, ...]:
    """What operations clear away."""
    from bihuan.server import limits

    return (Loop("limits", limits.forget_old, 3600.0, "清除过期限速计数", "removal of old counts of limits"),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.server.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.server.personal import PLAIN

    return PLAIN
