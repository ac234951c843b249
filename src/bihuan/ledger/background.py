"""The log's endless work, as the worker's loop calls it."""

from bihuan.ledger import store

BATCH = 10_000
"""Most leaves per transaction: about a tenth of a second of work."""


def sequence() -> int:
    """Move one batch of promised leaves into the tree; return how many."""
    return store.sequence(BATCH)
