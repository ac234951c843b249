"""Keys of the installation for messages that leave the house: one for each queue, from BIHUAN_SEAL_KEY.

Source: docs/adr/0349-messages-on-the-wire.md; docs/topics/orders.md, "Carried".
"""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from bihuan.ledger.core.sm2 import QueueKey, derive_key


def queue_key(queue: str) -> QueueKey:
    """Return the key that signs the messages of a queue. Source: docs/topics/orders.md, "Carried"."""
    return _derived(str(settings.BIHUAN_SEAL_KEY), queue)


@lru_cache(64)
def _derived(secret: str, queue: str) -> QueueKey:
    return derive_key(secret, queue)
