"""The loop's endless work, as the worker calls it."""

from bihuan.loop import pausing, retention, sequencing, store, succession
from bihuan.registers.models import District

BATCH = 500
LEAVES = 10_000
"""Most leaves of the log per transaction: about a tenth of a second of work."""


def sequence() -> int:
    """Move one batch of promised leaves into the log's tree; returns how many.

    Source: docs/adr/0200 (a loop does one bounded batch of what is due)
    """
    return sequencing.sequence(LEAVES)


def tick() -> int:
    """Send one batch of what has fallen due; returns how many commands took effect. None without a district.

    Source: docs/adr/0200 (a loop does one bounded batch of what is due)
    """
    return store.tick(limit=BATCH) if District.objects.exists() and not pausing.is_played() else 0


def succeed() -> int:
    """Pass the open cases of units that have ended to their heirs; returns how many. None without a district.

    Source: docs/adr/0200 (a loop does one bounded batch of what is due)
    """
    return succession.sweep(limit=BATCH) if District.objects.exists() and not pausing.is_played() else 0


def erase_expired() -> int:
    """Erase identities whose retention has ended; returns how many, so that a full batch is followed at once.

    Source: docs/adr/0244 (a rule of retention); 个人信息保护法第十九条.
    """
    return retention.sweep() if District.objects.exists() else 0
