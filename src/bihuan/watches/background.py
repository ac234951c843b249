"""The endless work of watches, as the worker calls it."""

from __future__ import annotations

from bihuan.loop import pausing
from bihuan.registers.models import District
from bihuan.watches.catalogue import current_catalogue
from bihuan.watches.running import run_watches


def look() -> int:
    """Let every watch look once. Never asks to be called again at once; nothing while a district is played.

    Source: docs/topics/watches.md, "A run".
    """
    if District.objects.exists() and not pausing.is_played():
        catalogue = current_catalogue()
        if catalogue.watches:
            run_watches(catalogue)
    return 0
