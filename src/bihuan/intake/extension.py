"""What intake adds to the house."""

from __future__ import annotations

from bihuan.extend import App, Loop

SLOW_SECONDS = 300
"""Patience with a mailbox and with a month of reports."""


def apps() -> tuple[App, ...]:
    """Imports, mails, alarms."""
    return (App("bihuan.intake", order=80),)


def loops() -> tuple[Loop, ...]:
    """What comes in by itself, and what comes in too often."""
    from bihuan.intake import background

    return (
        Loop("surges", background.surges, 60.0, "突增预警", "surge alarm", SLOW_SECONDS),
        Loop("mail", background.mail, 30.0, "收取邮件", "mail", SLOW_SECONDS),
    )
