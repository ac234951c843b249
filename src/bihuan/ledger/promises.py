"""Receipts over the database: promising a leaf, and telling whether the promise was kept.

A leaf is looked for by the event it commits to; the receipt names only the leaf, so the event table is asked which
event has that hash. The maximum merge delay comes from BIHUAN_LEDGER_MERGE_DELAY (seconds, 60 by default).
"""

import os
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from bihuan.ledger import keyring, proofs
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.receipts import Receipt, sign_receipt, verify_receipt


def merge_delay() -> int:
    """Return the promised delay in seconds."""
    return int(os.environ.get("BIHUAN_LEDGER_MERGE_DELAY", "60"))


def promise(*, case: str, report: str, event_hash: bytes, at: datetime) -> Receipt:
    """Sign a receipt for an event just recorded.

    Args:
        case: the case number shown to the person.
        report: the id of the report.
        event_hash: 32-byte hash of the event that acknowledges it.
        at: when it was accepted.
    """
    return sign_receipt(
        keyring.signing_key(),
        case=case,
        report=report,
        leaf=leaf_hash(event_hash),
        at=at,
        max_merge_delay=merge_delay(),
    )


def check_receipt(source: Any, event_id: UUID | None) -> dict[str, Any]:
    """Tell whether the promise of a receipt was kept.

    Args:
        source: the receipt as JSON value.
        event_id: the event the receipt is about, as the caller finds it by case and report; None if it finds none.

    Returns:
        JSON values: ``ok``, ``state`` and, if included, ``proof`` as of ``proofs.prove_event``. States: ``included``;
        ``pending`` (not yet in the tree, delay not over); ``broken`` (delay over, or another leaf in its place).

    Raises:
        SignatureError: if the receipt is malformed, altered, or by another log.
    """
    receipt = Receipt.from_json(source)
    verify_receipt(receipt, keyring.ring())
    proof = proofs.prove_event(event_id) if event_id is not None else {"state": "unknown"}
    if proof["state"] == "included":
        kept = proof["leaf"] == receipt.leaf
        return {"ok": kept, "state": "included" if kept else "broken", "proof": proof}
    overdue = timezone.now() > datetime.fromisoformat(receipt.time) + timedelta(seconds=receipt.max_merge_delay)
    broken = overdue or event_id is None
    return {"ok": not broken, "state": "broken" if broken else "pending"}
