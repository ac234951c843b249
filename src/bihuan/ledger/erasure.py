"""Erasing personal content: the record goes, every event, leaf and proof stays.

Only the private record with its salt is deleted. What remains in the event is the salted hash of something nobody can
guess back; verification counts it as "content erased". The caller records the erasure as an event of the case, in the
same transaction.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.events import EventTable


def erase_events(events: Iterable[UUID], table: EventTable | None = None) -> int:
    """Erase the private records of some events.

    Args:
        events: event ids.
        table: where they are; the loop's tables by default.

    Returns:
        how many records there were; 0 if they were erased before.

    Raises:
        LedgerError: outside a transaction, since the erasure must stand or fall with the event that records it.
    """
    if not connection.in_atomic_block:
        raise LedgerError("erase inside the transaction that records the erasure as an event; open one around both")
    return (table or EventTable()).erase_private(list(events))


def erase_case(case_id: UUID, table: EventTable | None = None) -> int:
    """Erase the private records of every event of a case; see ``erase_events``."""
    where = table or EventTable()
    return erase_events(where.of_case(case_id), where)
