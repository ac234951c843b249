"""Endless work beside the pages: named loops that call a function of another room until told to stop.

A loop's function does one bounded batch and returns how many things it did; a full batch is followed at once by the
next, an empty one by the interval. An error is logged and retried with growing pauses; it never ends the loop.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import structlog
from django.db import close_old_connections, connection

from bihuan.server import metrics

log = structlog.get_logger(__name__)
LONGEST_PAUSE = 60.0
SWITCH_SECONDS = 0.0005
"""How long one loop may keep the interpreter while another asks for it. A loop that talks to the database asks again
after each statement; with Python's 5 ms and two loops that catch up, a batch of suggestions took half a minute."""


@dataclass(frozen=True)
class Loop:
    """`target` is a dotted `module:function` taking no argument and returning a count; `interval` in seconds."""

    name: str
    target: str
    interval: float

    def function(self) -> Callable[[], int]:
        module, _, attribute = self.target.partition(":")
        found: Callable[[], int] = getattr(import_module(module), attribute)
        return found


LOOPS = (
    Loop("sequencer", "bihuan.ledger.background:sequence", interval=1.0),
    Loop("ticks", "bihuan.loop.background:tick", interval=5.0),
    Loop("succession", "bihuan.loop.background:succeed", interval=60.0),
    Loop("notices", "bihuan.notices.background:plan", interval=2.0),
    Loop("deliveries", "bihuan.notices.background:deliver", interval=2.0),
    Loop("suggestions", "bihuan.suggestions.background:words", interval=0.25),
    Loop("duplicates", "bihuan.suggestions.background:parents", interval=0.25),
    Loop("answers", "bihuan.suggestions.background:settle", interval=5.0),
    Loop("places", "bihuan.suggestions.background:learn", interval=300.0),
    Loop("surges", "bihuan.intake.background:surges", interval=60.0),
    Loop("mail", "bihuan.intake.background:mail", interval=30.0),
    Loop("drafts", "bihuan.faces.drafts:sweep", interval=600.0),
    Loop("retention", "bihuan.registers.background:erase_expired", interval=3600.0),
)
"""Every endless loop of a worker; rooms above are named, never imported here."""


def run_loop(loop: Loop, stop: threading.Event) -> None:
    """Run until `stop` is set; the batch under way is finished first."""
    function = loop.function()
    failures = 0
    while not stop.is_set():
        pause = loop.interval
        try:
            close_old_connections()
            done = function()
            failures = 0
            metrics.LOOP_ITEMS.labels(loop.name).inc(done)
            pause = 0.0 if done else loop.interval
        except Exception:  # the loop must outlive any error of one batch; it is logged and counted, never swallowed
            failures += 1
            pause = min(LONGEST_PAUSE, loop.interval * 2**failures)
            metrics.LOOP_FAILURES.labels(loop.name).inc()
            log.exception("background loop failed", loop=loop.name, retry_in_seconds=pause)
            connection.close()
        stop.wait(pause)
    connection.close()


class Loops:
    """Start all loops in threads; `close` lets each finish its batch."""

    def __init__(self, loops: Sequence[Loop]) -> None:
        self.stop = threading.Event()
        self.threads = [
            threading.Thread(target=run_loop, args=(loop, self.stop), name=f"loop-{loop.name}") for loop in loops
        ]

    def __enter__(self) -> Loops:
        self._switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()
        sys.setswitchinterval(self._switch)
