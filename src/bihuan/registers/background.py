"""What a worker does for the registers, one bounded batch at a time (see `bihuan.server.background`)."""

from __future__ import annotations

from bihuan.registers import identity


def erase_expired() -> int:
    """Erase identities whose retention has ended; return how many, so that a full batch is followed at once."""
    return len(identity.sweep())
