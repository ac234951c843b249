"""The endless work of books, as the worker calls it."""

from __future__ import annotations

from bihuan.books.intervals import expire_intervals
from bihuan.books.posting_rules import follow_events
from bihuan.books.releasing import expire_holds
from bihuan.loop import pausing
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.registers.models import District


def expire() -> int:
    """Release a batch of reservations whose time has passed; returns how many. None without a district.

    Source: docs/adr/0260 (4, a reservation expires)
    """
    if not District.objects.exists():
        return 0
    with in_district(default_district()):
        return expire_holds() + expire_intervals()


def post_events() -> int:
    """Post what a batch of events asks for; returns how many events were looked at.

    Nothing while a district is played.

    Source: DESIGN §14 (what happens in a loop reaches a book by a declared posting rule).
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    with in_district(default_district()):
        return follow_events()
