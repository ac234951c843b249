"""The endless work of documents, as the worker calls it."""

from __future__ import annotations

from bihuan.documents.certificates import following
from bihuan.documents.letters.delivering import deliver_due
from bihuan.documents.letters.following import follow_events
from bihuan.documents.letters.incidents import follow_alarms
from bihuan.documents.orders import acting
from bihuan.documents.orders.drafting import draft_after_events, end_after_events
from bihuan.documents.orders.obliging import follow_obligations
from bihuan.loop import pausing
from bihuan.loop.store import current_facts
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.registers.models import District


def write_letters() -> int:
    """Write the letters that a batch of events asks for; returns how many events were looked at.

    Nothing while a district is played.

    Source: DESIGN §14 (what happens in a loop reaches a letter by a declared occasion).
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    with in_district(default_district()):
        return follow_events(current_facts())


def write_incident_letters() -> int:
    """Write the letters that alarms of series ask for; returns how many happenings were looked at.

    Nothing while a district is played.

    Source: docs/adr/0327-letters-after-entries-forms-incidents.md (2).
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    return follow_alarms(current_facts())


def issue_certificates() -> int:
    """Issue and end the certificates that a batch of events asks for; returns how many events were looked at.

    Nothing while a district is played.

    Source: docs/adr/0332-certificates.md.
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    with in_district(default_district()):
        return following.follow_events(current_facts())


def expire_orders() -> int:
    """Record the end of a batch of orders; returns how many. Source: docs/topics/orders.md, "Its course"."""
    if not District.objects.exists():
        return 0
    return acting.expire_orders(current_facts())


def draft_orders() -> int:
    """Draft, end and follow the orders that events ask for; returns how many. Nothing while a district is played.

    Source: docs/topics/orders.md, "Drafted by what happens".
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    facts = current_facts()
    return draft_after_events(facts) + end_after_events(facts) + follow_obligations(facts)


def deliver_letters() -> int:
    """Send a batch of what is due; returns how many were tried. Source: docs/topics/letters.md, "Delivery"."""
    if not District.objects.exists():
        return 0
    return deliver_due(current_facts())
