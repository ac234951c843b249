"""The endless work of handovers, as the worker calls it."""

from __future__ import annotations

from bihuan.handovers.catalogue import known_handovers
from bihuan.handovers.posting import post_handover
from bihuan.loop import pausing
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.registers.models import District


def post_all() -> int:
    """Bring every book that follows a handover up to what the registers say; returns how many entries were posted.

    Nothing while a district is played.

    Source: docs/topics/handovers.md, "The book".
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    district, done = default_district(), 0
    for each in known_handovers().found.values():
        with in_district(district):
            done += post_handover(each, district).posted
    return done
