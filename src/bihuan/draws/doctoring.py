"""What `bihuan doctor` looks at in the draws."""

from __future__ import annotations

from bihuan.draws.catalogue import all_draws, draws_aside
from bihuan.draws.lots import all_lots, lots_aside
from bihuan.server.checks import CheckFinding


def declared_draws() -> CheckFinding:
    """Every declared draw and lot is in use; one with a fault is left out and named.

    Source: docs/topics/draws.md, "A draw is a file".
    """
    count, problems = len(all_draws()) + len(all_lots()), (*draws_aside(), *lots_aside())
    if problems:
        message = f"{len(problems)} faults in draws: {problems[0]}"
        return CheckFinding(
            "draws",
            "error",
            message,
            "correct the file; `bihuan draw list` and `bihuan draw lot list` tell what is in use",
        )
    return CheckFinding("draws", "ok", f"{count} draws are in use")
