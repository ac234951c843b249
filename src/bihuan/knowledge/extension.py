"""What the knowledge base adds to the house."""

from __future__ import annotations

from bihuan.extend import App, PlainColumns


def apps() -> tuple[App, ...]:
    """Articles."""
    return (App("bihuan.knowledge", order=70),)


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.knowledge.personal import PLAIN

    return PLAIN
