"""What `bihuan doctor` looks at in the handovers."""

from __future__ import annotations

from bihuan.handovers.catalogue import known_handovers
from bihuan.server.checks import CheckFinding


def handovers() -> CheckFinding:
    """Every declared handover is in use; one with a fault is left out and named.

    Source: docs/topics/handovers.md.
    """
    known = known_handovers()
    if known.problems:
        message = f"{len(known.problems)} faults in handovers: {known.problems[0]}"
        return CheckFinding(
            "handovers", "error", message, "correct the file; `bihuan handover list` names what is used"
        )
    return CheckFinding("handovers", "ok", f"{len(known.found)} handovers are in use")
