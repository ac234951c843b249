"""The endless work of the boxes, as the worker calls it."""

from __future__ import annotations

from bihuan.boxes.opening import open_due
from bihuan.loop import pausing
from bihuan.loop.store import current_facts
from bihuan.registers.models import District


def open_closed() -> int:
    """Open what has closed; returns how many. Nothing while a district is played."""
    if not District.objects.exists() or pausing.is_played():
        return 0
    return len(open_due(current_facts().now))
