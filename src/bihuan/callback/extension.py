"""What the call-back adds to the house."""

from __future__ import annotations

from bihuan.extend import Kept


def kept() -> tuple[Kept, ...]:
    """Samples drawn in public."""
    return (Kept("draws", "draws", "*.json"),)
