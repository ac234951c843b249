"""Erasing personal content: the record goes, every event, leaf and proof stays, and a signed statement says so.

Only the private record with its salt is deleted. What remains in the event is the salted hash of something nobody can
guess back. The statement (``core.erasures``) becomes a leaf of its own in the same transaction: verification then says
"content erased", while a record that is absent without a statement is a finding. The caller records the erasure as an
event of the case, also in that transaction.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection
from django.utils import timezone

from bihuan.ledger import keyring, statements
from bihuan.ledger.core.erasures import KIND, MOST, sign_erasure
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.events import EventTable
from bihuan.server.log_lines import log_committed


def erase_events(
    events: Iterable[UUID],
    *,
    by: str,
    ground: str,
    files: Sequence[str] = (),
    case: UUID | None = None,
    table: EventTable | None = None,
) -> int:
    """Erase the private records of some events and state it, signed, in the log.

    Args:
        events: event ids.
        by: id of who erases, as events name actors.
        ground: one of ``core.erasures.GROUNDS``.
        files: hex SHA-256 of uploaded files that the caller erases with them; the statement names them too.
        case: the case, if all belong to one.
        table: where they are; the loop's tables by default.

    Returns:
        how many records there were; 0 if they were erased before, and then nothing is stated unless files are named.

    Raises:
        LedgerError: outside a transaction, since the erasure must stand or fall with the event that records it; or for
            an unknown ground.

    Source: docs/topics/ledger.md, "Erasing personal content"; 个人信息保护法第四十七条.
    """
    if not connection.in_atomic_block:
        raise LedgerError("erase inside the transaction that records the erasure as an event; open one around both")
    records = (table or EventTable()).erase_private(list(events))
    parts = [records[start : start + MOST] for start in range(0, len(records), MOST)] or ([[]] if files else [])
    for number, part in enumerate(parts):
        now = timezone.now()
        body = sign_erasure(
            keyring.signing_key(),
            records=[digest.hex() for digest in part],
            files=files if number == 0 else (),
            case=None if case is None else str(case),
            by=by,
            ground=ground,
            at=now,
        )
        statements.promise_statement(KIND, body, now)
    if parts:
        log_committed("content_erased", case=case, ground=ground, records=len(records), files=len(files))
    return len(records)


def erase_case(
    case_id: UUID, *, by: str, ground: str, files: Sequence[str] = (), table: EventTable | None = None
) -> int:
    """Erase the private records of every event of a case and state it; see ``erase_events``.

    Source: docs/topics/ledger.md, "Erasing personal content".
    """
    where = table or EventTable()
    return erase_events(where.of_case(case_id), by=by, ground=ground, files=files, case=case_id, table=where)
