"""The endless work of notices, as the worker calls it."""

from bihuan.notices import delivering, planning


def plan() -> int:
    """Plan one batch."""
    return planning.plan()


def deliver() -> int:
    """Deliver one batch."""
    return delivering.deliver()
