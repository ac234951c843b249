"""The life of one complaint: what residents, operators, units and call-back agents do, step by step.

A life is a generator: it yields the next act and gets back the case as the kernel has folded it. It decides only what
people want; whether it may happen is decided by the kernel.
"""

from __future__ import annotations

from bihuan.simulator import callback, desk, handling
from bihuan.simulator.life import Acts, Ended, Life


def live_story(life: Life) -> Acts:
    """From the desk to the end, again after every reopening.

    Source: docs/topics/simulator.md, "How it is built" (a Life is a generator).
    """
    try:
        if not (yield from desk.triage(life)):
            return
        while True:
            yield from handling.handle(life)
            if life.known.state == "verifying":
                yield from callback.call_back(life)
            if life.known.state == "closed" and not (yield from callback.aftermath(life)):
                return
    except Ended:
        return
