"""What `bihuan doctor` looks at in the loop."""

from __future__ import annotations

from bihuan.loop import stuck
from bihuan.loop.programmes import folders_aside
from bihuan.loop.store import current_facts
from bihuan.loop.store.standing import set_edited_aside
from bihuan.registers.pure.errors import RegisterError
from bihuan.server.checks import CheckFinding


def programmes() -> CheckFinding:
    """Every programme folder is in use; one with a fault is set aside and named, the others go on.

    Source: docs/topics/operations.md, "Commands" (doctor); docs/topics/declarations.md.
    """
    set_edited_aside()
    aside = folders_aside()
    if aside:
        told = "; ".join(f"{folder.name}: {error.problems[0]}" for folder, error in aside.items())
        return CheckFinding("programmes", "error", f"{len(aside)} set aside: {told}", "see `bihuan programme check`")
    return CheckFinding("programmes", "ok", "every declared programme is in use")


def stuck_cases() -> CheckFinding:
    """Nothing that a background loop or a list could not handle has been set aside.

    Source: docs/topics/kernel.md, "The store" (doctor is red until it is done)
    """
    try:
        current_facts()  # names the district to this connection
    except RegisterError:
        return CheckFinding("stuck", "ok", "no district is loaded")
    found = stuck.all_stuck()
    if not found:
        return CheckFinding("stuck", "ok", "no case or event is set aside")
    first = found[0]
    message = f"{len(found)} set aside; the oldest: {first.loop} {first.number or first.subject}: {first.reason}"
    return CheckFinding("stuck", "error", message, "see /desk/stuck/; what is mended is taken up again by itself")
