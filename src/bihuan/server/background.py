"""Endless work beside the pages: what rooms have added (`bihuan.server.endless`), run until told to stop.

A loop's function does one bounded batch and returns how many things it did; a full batch is followed at once by the
next, an empty one by the interval. An error is logged and retried with growing pauses; it never ends the loop.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
import time
from collections.abc import Sequence

from django.db import close_old_connections, connection

from bihuan.extend import Loop
from bihuan.server import metrics
from bihuan.server.beating import Pulse
from bihuan.server.log_lines import log

LONGEST_PAUSE = 2.0
"""Seconds a loop waits after failures, unless its own interval is longer: a receipt promises its place in the log
within a minute, so nobody may sleep through one because of an outage that has passed."""
TOLD_AGAIN = 30  # failures in a row after which the whole traceback is logged once more
SWITCH_SECONDS = 0.0005
"""How long one loop may keep the interpreter while another asks for it. A loop that talks to the database asks again
after each statement; with Python's 5 ms and two loops that catch up, a batch of suggestions took half a minute."""

GRACE_SECONDS = 25.0
"""Seconds for which the end of a worker waits for batches; below what `stop` and `serve` wait for the worker."""


def run_loop(loop: Loop, stop: threading.Event, pulse: Pulse | None = None) -> None:
    """Run until `stop` is set; the batch under way is finished first.

    Source: docs/adr/0200 (a loop does one bounded batch of what is due)
    """
    pulse = pulse or Pulse({loop.name: loop.patience})
    failures = 0
    while not stop.is_set():
        pause = loop.interval
        try:
            pulse.begins(loop.name)
            close_old_connections()
            done = loop.run()
            if failures:
                log("loop_recovered", loop=loop.name, after=failures)
            failures = 0
            pulse.rests(loop.name)
            metrics.LOOP_ITEMS.labels(loop.name).inc(done)
            pause = 0.0 if done else loop.interval
        except Exception:  # noqa: BLE001 - the loop must outlive any error of one batch; it is logged and counted
            failures += 1
            pulse.fails(loop.name)
            pause = min(max(LONGEST_PAUSE, loop.interval), loop.interval * 2**failures)
            metrics.LOOP_FAILURES.labels(loop.name).inc()
            whole = failures % TOLD_AGAIN == 1
            log("loop_failed", whole, loop=loop.name, retry_in_seconds=pause, in_a_row=failures)
            connection.close()
        stop.wait(pause)
    connection.close()


class Loops:
    """Start all loops in threads; at the end each finishes its batch.

    A batch that does not end is left to the end of the process, as by a crash: what it has not committed is done again.

    Args:
        loops: What to run (`bihuan.server.endless`).
        grace: Seconds after which batches are not waited for any longer.
    """

    def __init__(self, loops: Sequence[Loop], grace: float = GRACE_SECONDS) -> None:
        self.stop = threading.Event()
        self.grace = grace
        pulse = Pulse({loop.name: loop.patience for loop in loops})
        self._names = [loop.name for loop in loops]
        self.threads = [
            threading.Thread(target=run_loop, args=(loop, self.stop, pulse), name=f"loop-{loop.name}", daemon=True)
            for loop in loops
        ]
        self.threads.append(threading.Thread(target=pulse.keep_storing, args=(self.stop,), name="pulse", daemon=True))

    def __enter__(self) -> Loops:
        self._switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        for thread in self.threads:
            thread.start()
        log("worker_started", loops=self._names)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        deadline = time.monotonic() + self.grace
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        sys.setswitchinterval(self._switch)
        hanging = [thread.name for thread in self.threads if thread.is_alive()]
        log("worker_stopped", loops=len(self._names), hanging=hanging)
        if hanging:
            faulthandler.dump_traceback(sys.__stderr__ or 2)
