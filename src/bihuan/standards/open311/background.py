"""Forwarding as the worker calls it."""

from __future__ import annotations

from bihuan.loop import pausing
from bihuan.loop.store import current_facts
from bihuan.registers.models import District
from bihuan.standards.open311.client import endpoints
from bihuan.standards.open311.forwarding import forward_all


def forward_cases() -> int:
    """Plan, send and follow once where BIHUAN_OPEN311_OUT says so; returns how many of all.

    Source: docs/adr/0374-open311-out.md.
    """
    places = endpoints()
    if not places or not District.objects.exists() or pausing.is_played():
        return 0
    return sum(forward_all(current_facts(), places))
