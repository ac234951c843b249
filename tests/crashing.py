"""kill -9 at random moments: forked workers repeat their work and write what was acknowledged into a pipe."""

from __future__ import annotations

import os
import random
import select
import signal
import time
import traceback
from collections.abc import Callable, Sequence

from django.db import connections

Work = Callable[[], str]


def run_and_kill(works: Sequence[Work], longest: float = 0.5) -> list[str]:
    """Let each work repeat in a process of its own, kill all at a random moment after the first answer.

    Returns every acknowledged line; an empty one acknowledges nothing. A worker that fails by itself fails the test.
    """
    connections.close_all()  # a forked child must not speak on its parent's connection
    reading, writing = os.pipe()
    children = [_start(work, writing) for work in works]
    os.close(writing)
    received, end = b"", None
    deadline = time.monotonic() + 60
    while end is None or time.monotonic() < end:
        assert time.monotonic() < deadline, "no worker answered within a minute"
        if select.select([reading], [], [], 0.01)[0]:
            received += os.read(reading, 1 << 16)
            if end is None and received.strip(b"\n"):
                end = time.monotonic() + random.uniform(0.0, longest)
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "a worker failed before it was killed"
        assert os.WTERMSIG(status) == signal.SIGKILL
    while chunk := os.read(reading, 1 << 16):
        received += chunk
    os.close(reading)
    return [line.decode() for line in received.split(b"\n")[:-1] if line]


def _start(work: Work, writing: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        while True:
            os.write(writing, work().encode() + b"\n")
    except BaseException:
        traceback.print_exc()  # the child's own stderr: the parent only sees that it ended
        raise
    finally:
        os._exit(1)
