"""The endless work of effects, as the worker calls it."""

from __future__ import annotations

from bihuan.effects.following import follow_events
from bihuan.loop import pausing
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.registers.models import District


def write_effects() -> int:
    """Write what a batch of events means for the registers; returns how many events were looked at.

    Nothing while a district is played.

    Source: DESIGN §14 (what happens in a loop reaches a subject by a declared effect).
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    district = default_district()
    with in_district(district):
        return follow_events(district)
