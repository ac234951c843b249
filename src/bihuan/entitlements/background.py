"""The endless work of entitlements, as the worker calls it."""

from __future__ import annotations

from bihuan.entitlements.paying import pay_approved
from bihuan.loop import pausing
from bihuan.registers.live import default_district
from bihuan.registers.models import District


def pay() -> int:
    """Pay lists that a gate has admitted; returns how many. Nothing while a district is played."""
    if not District.objects.exists() or pausing.is_played():
        return 0
    return pay_approved(default_district())
