"""The endless work of entitlements, as the worker calls it."""

from __future__ import annotations

from bihuan.entitlements.paying import pay_approved
from bihuan.entitlements.telling import tell_paid
from bihuan.loop import pausing
from bihuan.loop.store import current_facts
from bihuan.registers.live import default_district
from bihuan.registers.models import District


def pay() -> int:
    """Pay lists that a gate has admitted; returns how many. Nothing while a district is played."""
    if not District.objects.exists() or pausing.is_played():
        return 0
    return pay_approved(default_district())


def tell() -> int:
    """Write to those who were paid; returns how many letters. Nothing while a district is played."""
    if not District.objects.exists() or pausing.is_played():
        return 0
    return tell_paid(current_facts())
