"""Telling whether the promise of a receipt was kept.

A receipt names a leaf. Looked for is the event of its case that commits to that leaf; then the log must prove it, or
the promised delay must not be over.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from bihuan.ledger import keyring, proofs
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.receipts import Receipt, verify_receipt
from bihuan.ledger.events import EventTable


def check_receipt(source: Any, case_id: UUID | None, table: EventTable | None = None) -> dict[str, Any]:
    """Tell whether the promise of a receipt was kept.

    Args:
        source: the receipt as JSON value.
        case_id: the case whose number the receipt states; None if there is none.
        table: where the events are; the loop's tables by default.

    Returns:
        JSON values: ``ok``, ``state`` and, if included, ``proof`` as of ``proofs.prove_event``. States: ``included``;
        ``pending``: promised, not yet in the tree, delay not over; ``broken``: delay over, or no such event any more.

    Raises:
        SignatureError: if the receipt is malformed, altered, or by another log.
    """
    receipt = Receipt.from_json(source)
    verify_receipt(receipt, keyring.ring())
    hashes = (table or EventTable()).hashes_of_case(case_id) if case_id is not None else []
    event = next((event for event, digest in hashes if leaf_hash(digest) == receipt.leaf_hash), None)
    if event is None:
        return {"ok": False, "state": "broken", "reason": "no event of the case has the promised leaf"}
    proof = proofs.prove_event(event)
    if proof["state"] == "included":
        return {"ok": True, "state": "included", "proof": proof}
    overdue = timezone.now() > datetime.fromisoformat(receipt.time) + timedelta(seconds=receipt.max_merge_delay)
    if overdue:
        return {"ok": False, "state": "broken", "reason": "the leaf is still not in the tree and the delay is over"}
    return {"ok": True, "state": "pending"}
