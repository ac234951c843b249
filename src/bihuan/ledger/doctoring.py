"""What `bihuan doctor` looks at in the ledger."""

from __future__ import annotations

import datetime as dt

from bihuan.ledger import store
from bihuan.server.checks import CheckFinding

SEQUENCED_SECONDS = 60


def ledger() -> CheckFinding:
    """The sequencer keeps up: what was promised is in the tree within a minute.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise" (within a minute)
    """
    since = store.oldest_waiting()
    waits = (dt.datetime.now(dt.UTC) - since).total_seconds() if since else 0.0
    if waits > SEQUENCED_SECONDS:
        message = f"{store.count_waiting_leaves()} events wait for the log, the oldest for {waits:.0f} s"
        return CheckFinding("ledger", "warning", message, "start `bihuan worker`, or look at its log")
    return CheckFinding("ledger", "ok", "the log holds every event of more than a minute ago")
