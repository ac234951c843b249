"""What intake adds to the house."""

from __future__ import annotations

from pathlib import Path

from bihuan.extend import App, Loop, PersonalPlace, PlainColumns, Preset, SetAside

SLOW_SECONDS = 300
"""Patience with a mailbox and with a month of reports."""


def apps() -> tuple[App, ...]:
    """Imports, mails, alarms."""
    return (App("bihuan.intake", order=80),)


def loops() -> tuple[Loop, ...]:
    """What comes in by itself, and what comes in too often."""
    from bihuan.intake import background

    return (
        Loop("surges", background.look_for_surges, 60.0, "突增预警", "surge alarm", SLOW_SECONDS),
        Loop("mail", background.handle_waiting_mail, 30.0, "收取邮件", "mail", SLOW_SECONDS),
    )


def aside() -> tuple[SetAside, ...]:
    """What comes in and what goes up."""
    return (
        SetAside(
            "surges",
            "集中诉求预警没有算出",
            "An alarm of many like reports could not be worked out",
            "请人工留意同类来件，并告知系统管理员",
            "Watch for like reports yourself, and tell the administrator",
        ),
        SetAside(
            "upward",
            "此案的进展没有报给上级平台",
            "The city above has not been told of this case",
            "请另行告知上级平台，并告知系统管理员",
            "Tell the city another way, and tell the administrator",
        ),
    )


def presets() -> tuple[Preset, ...]:
    """A file in `presets/` is a kind of file that can be imported."""
    folder = Path(__file__).resolve().parent / "presets"
    return tuple(Preset(file.stem, file) for file in sorted(folder.glob("*.yaml")))


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.intake.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.intake.personal import PLAIN

    return PLAIN
