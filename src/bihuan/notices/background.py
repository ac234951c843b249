"""The endless work of notices, as the worker calls it."""

from bihuan.loop import pausing
from bihuan.notices import delivering, planning


def plan_batch() -> int:
    """Plan one batch; nothing while a district is played, whose past is told to nobody.

    Source: docs/topics/notices.md (imported and played history is not told to anybody).
    """
    return 0 if pausing.is_played() else planning.plan_notices()


def deliver_batch() -> int:
    """Deliver one batch. Source: docs/topics/notices.md; docs/adr/0200."""
    return delivering.deliver_due()
