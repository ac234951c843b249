"""The loop's endless work, as the worker calls it."""

from bihuan.loop import store, succession
from bihuan.registers.models import District

BATCH = 500


def tick() -> int:
    """Send one batch of what has fallen due; returns how many commands took effect. None without a district."""
    return store.tick(limit=BATCH) if District.objects.exists() else 0


def succeed() -> int:
    """Pass the open cases of units that have ended to their heirs; returns how many. None without a district."""
    return succession.sweep(limit=BATCH) if District.objects.exists() else 0
