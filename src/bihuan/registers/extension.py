"""What the registers add to the house."""

from __future__ import annotations

from bihuan.extend import App, Check, PersonalPlace, PlainColumns


def apps() -> tuple[App, ...]:
    """Areas, organisations, duties, people, calendars, identities."""
    return (App("bihuan.registers", order=20),)


def checks() -> tuple[Check, ...]:
    """The calendar reaches far enough; nobody invented is let in; granted roles exist."""
    from bihuan.registers import doctoring

    return (
        Check("calendar", doctoring.calendar, order=10),
        Check("demo_accounts", doctoring.invented, order=50),
        Check("roles", doctoring.roles, order=60),
    )


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.registers.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.registers.personal import PLAIN

    return PLAIN
