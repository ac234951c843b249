"""What the ledger adds to the house."""

from __future__ import annotations

from bihuan.extend import App, Check, PlainColumns


def apps() -> tuple[App, ...]:
    """The log, its promises and witnesses."""
    return (App("bihuan.ledger", order=30),)


def checks() -> tuple[Check, ...]:
    """The sequencer keeps up."""
    from bihuan.ledger import doctoring

    return (Check("ledger", doctoring.ledger, order=20),)


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.ledger.personal import PLAIN

    return PLAIN
