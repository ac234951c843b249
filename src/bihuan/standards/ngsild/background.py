"""Notifications as the worker calls for them."""

from __future__ import annotations

from bihuan.loop import pausing
from bihuan.loop.store import current_facts
from bihuan.registers.models import District
from bihuan.standards.models import SubscriptionRow
from bihuan.standards.ngsild.notifying import EntityNotifier

_NOTIFIER = EntityNotifier()


def notify_subscribers() -> int:
    """Put on its way what subscribers are to be told; returns how many notifications.

    Source: docs/adr/0375-entities-notified.md.
    """
    if pausing.is_played() or not District.objects.exists():
        return 0
    facts = current_facts()
    return _NOTIFIER.notify(facts) if SubscriptionRow.objects.exists() else 0
