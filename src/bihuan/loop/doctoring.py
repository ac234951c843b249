"""What `bihuan doctor` looks at in the loop."""

from __future__ import annotations

from bihuan.loop import stuck
from bihuan.loop.programmes import set_aside
from bihuan.loop.store import current_facts
from bihuan.loop.store.standing import set_edited_aside
from bihuan.registers.pure.errors import RegisterError
from bihuan.server.checks import Finding


def programmes() -> Finding:
    """Every programme folder is in use; one with a fault is set aside and named, the others go on."""
    set_edited_aside()
    aside = set_aside()
    if aside:
        told = "; ".join(f"{folder.name}: {error.problems[0]}" for folder, error in aside.items())
        return Finding("programmes", "error", f"{len(aside)} set aside: {told}", "see `bihuan programme check`")
    return Finding("programmes", "ok", "every declared programme is in use")


def stuck_cases() -> Finding:
    """Nothing that a background loop or a list could not handle has been set aside."""
    try:
        current_facts()  # names the district to this connection
    except RegisterError:
        return Finding("stuck", "ok", "no district is loaded")
    found = stuck.all_stuck()
    if not found:
        return Finding("stuck", "ok", "no case or event is set aside")
    first = found[0]
    message = f"{len(found)} set aside; the oldest: {first.loop} {first.number or first.subject}: {first.reason}"
    return Finding("stuck", "error", message, "see /desk/stuck/; what is mended is taken up again by itself")
