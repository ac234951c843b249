"""Counting as a loop of the house: one bounded batch per call; the next follows at once only while much is left."""

from __future__ import annotations

from bihuan.numbers import keeping
from bihuan.registers.models import District


def count() -> int:
    """Count what the log has brought since; returns how much was done when more waits, else 0; without a district 0.

    Source: docs/topics/indicators.md, "Kept numbers" (the worker's loop follows the log)
    """
    if not District.objects.exists():
        return 0
    done = keeping.advance()
    return done if done >= keeping.CASES else 0
