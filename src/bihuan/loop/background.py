"""The loop's endless work, as the worker calls it."""

from bihuan.loop import store
from bihuan.registers.models import District

BATCH = 500


def tick() -> int:
    """Send one batch of what has fallen due; returns how many commands took effect. None without a district."""
    return store.tick(limit=BATCH) if District.objects.exists() else 0
