"""Proofs for those who ask: that an event is in the log, and that the log has only grown.

Every proof is checked here against the signed head before it is handed out: a log that cannot prove says so at once.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from bihuan.ledger import keyring, store
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import Head, open_head
from bihuan.ledger.core.merkle import consistency_holds, inclusion_holds
from bihuan.ledger.core.tiles import inclusion_keys
from bihuan.ledger.core.witnessing import request_text
from bihuan.ledger.events import EventTable


def prove_event(event_id: UUID) -> dict[str, Any]:
    """Prove that an event is in the log, at the newest signed head.

    Args:
        event_id: the event's id.

    Returns:
        JSON values: ``state`` is ``included`` with ``index, size, leaf, proof, root, head`` (hashes in hex, proof from
        the leaf upwards, head as checkpoint), or ``queued`` when the leaf is promised and not yet in the tree.

    Raises:
        LedgerError: if the log does not know the event, or the proof does not hold.

    Source: RFC 9162 §2.1.3.1, checked by §2.1.3.2 before it is handed out.
    """
    index = _index_of(event_id)
    if index is None:
        if _is_queued(event_id):
            return {"event": str(event_id), "state": "queued"}
        raise LedgerError(
            f"event {event_id} is neither in the log nor waiting for it; check the id, or run: bihuan audit verify"
        )
    head, note = _newest_head()
    tree, tiles = store.open_tree(head.size)
    tiles.warm(inclusion_keys(index, head.size))
    leaf, proof = tree.leaf(index), tree.inclusion(index)
    if not inclusion_holds(index, head.size, leaf, proof, head.root):
        raise LedgerError(
            f"leaf {index} cannot be proven against the head signed at {head.size}; run: bihuan audit verify"
        )
    return {
        "event": str(event_id),
        "state": "included",
        "index": index,
        "size": head.size,
        "leaf": leaf.hex(),
        "proof": [step.hex() for step in proof],
        "root": head.root.hex(),
        "head": note,
    }


def prove_case(case_id: UUID, table: EventTable | None = None) -> list[dict[str, Any]]:
    """Prove every event of a case, in the order of their versions; see ``prove_event``.

    Raises:
        LedgerError: if there is no such case here.

    Source: RFC 9162 §2.1.3.1.
    """
    events = (table or EventTable()).of_case(case_id)
    if not events:
        raise LedgerError(f"there is no case {case_id} here; check the id and the district")
    return [prove_event(event) for event in events]


def prove_consistency(old: int, new: int | None = None) -> dict[str, Any]:
    """Prove that the log of ``new`` leaves only appended to the log of ``old``.

    Args:
        old: a size at which a head was signed; 0 for the empty log.
        new: likewise; the newest by default.

    Returns:
        JSON values: ``old, new, old_head, new_head`` (checkpoints) and ``proof`` (hex).

    Raises:
        LedgerError: if no head was signed at one of the sizes, or the proof does not hold.

    Source: RFC 9162 §2.1.4.1, checked by §2.1.4.2 before it is handed out.
    """
    head, note = _newest_head() if new is None else _head_at(new)
    tree, _ = store.open_tree(head.size)
    old_note, old_root = (None, tree.root(0)) if old == 0 else _old_head(old)
    proof = tree.consistency(old)
    if not consistency_holds(old, head.size, old_root, head.root, proof):
        raise LedgerError(f"the log of {head.size} does not extend the head signed at {old}; run: bihuan audit verify")
    return {
        "old": old,
        "new": head.size,
        "old_head": old_note,
        "new_head": note,
        "proof": [step.hex() for step in proof],
    }


def witness_request(old: int) -> str:
    """Return what a witness that last saw size ``old`` needs to cosign the newest head (C2SP ``tlog-witness``).

    Raises:
        LedgerError: if the log has no head, or is smaller than what the witness saw.
    """
    head, note = _newest_head()
    if old > head.size:
        raise LedgerError(
            f"the witness has seen {old} leaves, the log has {head.size}: it was cut short or restored from old data"
        )
    tree, _ = store.open_tree(head.size)
    return request_text(old, tree.consistency(old), note)


def _newest_head() -> tuple[Head, str]:
    note = store.latest_note()
    if note is None:
        raise LedgerError(
            "the log has no signed head yet; wait for the sequencer (bihuan worker) or report something first"
        )
    return open_head(note, keyring.log_keys()).head, note


def _head_at(size: int) -> tuple[Head, str]:
    note = store.note_at(size)
    if note is None:
        raise LedgerError(f"no head was signed at size {size}; ask for a size at which one was")
    return open_head(note, keyring.log_keys()).head, note


def _old_head(size: int) -> tuple[str, bytes]:
    head, note = _head_at(size)
    return note, head.root


def _index_of(event_id: UUID) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT index FROM ledger_entry WHERE event_id = %s", [event_id])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _is_queued(event_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM ledger_queue WHERE event_id = %s)", [event_id])
        return bool(cursor.fetchone()[0])
