"""What the briefings add to the house."""

from __future__ import annotations

from bihuan.extend import Kept


def kept() -> tuple[Kept, ...]:
    """Weekly and monthly briefings as they were published."""
    return (Kept("briefings", "briefings", "*.*"),)
