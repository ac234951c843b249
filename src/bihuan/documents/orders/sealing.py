"""What goes over a wire of an order, byte for byte, and the seal of its queue's key over it (SM2 with SM3).

A message is signed once, not once for each addressee: the same bytes go to everybody, so a wire never needs a key.
Whoever receives it checks it against the one public key that is pinned for the queue; a message of another queue, or
one that was altered on its way, does not hold.
Source: GB/T 32918.2-2016; RFC 8785; docs/adr/0349-messages-on-the-wire.md.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bihuan.documents.orders.catalogue import all_orders
from bihuan.documents.orders.models import OrderRow
from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.sm2 import ALGORITHM, QueuePublicKey
from bihuan.ledger.seals import queue_key

ORDER, END = "order", "end"


def seal_message(row: OrderRow, queue: str, at: datetime, expires: str) -> dict[str, str]:
    """Return the seal over what an order says. Source: docs/topics/orders.md, "Carried"."""
    return _sealed(queue, message_of_order(row, queue, at, expires))


def sealed_end(row: OrderRow, at: datetime) -> dict[str, Any]:
    """Return the seal over the end of an order, for the data of its event; nothing where no wire carries it.

    Source: docs/topics/orders.md, "Carried".
    """
    declared = all_orders().get(row.order)
    if declared is None or declared.order.carried is None:
        return {}
    queue = declared.order.carried.queue
    return {"seal": _sealed(queue, message_of_end(row, queue, at))}


def message_of_order(row: OrderRow, queue: str, at: datetime, expires: str) -> bytes:
    """Return the bytes that addressees of an order get. Source: RFC 8785."""
    said = {
        "kind": ORDER, "id": str(row.id), "order": row.order, "queue": queue, "priority": row.priority,
        "facts": row.facts, "texts": row.texts, "digest": row.digest, "sent_at": at.isoformat(), "expires_at": expires,
    }  # fmt: skip
    return bytes(canonical(said))


def message_of_end(row: OrderRow, queue: str, at: datetime) -> bytes:
    """Return the bytes that tell addressees that an order holds no longer. Source: RFC 8785."""
    said = {"kind": END, "id": str(row.id), "order": row.order, "queue": queue, "sent_at": at.isoformat()}
    return bytes(canonical(said))


def open_message(body: bytes, seal: Mapping[str, str], pinned: QueuePublicKey) -> dict[str, Any] | None:
    """Return what a message says when it is sealed by the pinned key of its queue, else None: as a terminal does.

    Source: GB/T 32918.2-2016 §7; docs/topics/orders.md, "Carried".
    """
    try:
        signature = base64.b64decode(seal.get("value", ""), validate=True)
        if not pinned.holds(signature, body):
            return None
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.get("queue") == pinned.queue else None


def _sealed(queue: str, body: bytes) -> dict[str, str]:
    key = queue_key(queue)
    return {"algorithm": ALGORITHM, "key": key.public.id, "value": base64.b64encode(key.sign(body)).decode()}
