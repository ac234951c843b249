"""What the worker does without end: the loops of the rooms, and what their detectors look for by themselves."""

from __future__ import annotations

from bihuan.extend import DETECTORS, LOOPS, ExtensionError, Loop


def endless_work() -> tuple[Loop, ...]:
    """List everything the worker does without end: the loops, and what detectors look for by themselves.

    Raises:
        ExtensionError: a detector has the name of a loop, or `Point.all` refuses.

    Source: docs/adr/0244-more-points.md (a detector that looks by itself beats, fails and is told like a loop).
    """
    loops = LOOPS.all()
    looking = [
        Loop(each.name, each.look, each.interval, each.zh, each.en, each.patience)
        for each in DETECTORS.all()
        if each.look is not None
    ]
    twice = {loop.name for loop in loops} & {loop.name for loop in looking}
    if twice:
        raise ExtensionError(
            f"{sorted(twice)[0]!r} 既是循环又是监测 · {sorted(twice)[0]!r} is the name of a loop and of a detector",
            "换一个名称 · give one of them another name",
        )
    return (*loops, *looking)
