"""The writing half of an import: one thread with its own database connection, a short queue before it.

While PostgreSQL takes one batch, the next is read and decided. The queue is short, so memory stays bounded.
"""

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from django.db import connections

DEPTH = 2  # batches that may wait


class Writable(Protocol):
    """Something a pipeline can write."""

    def __call__(self) -> None:
        """Write it, in a transaction of its own."""
        ...


class Pipeline:
    """Writes jobs in their order; the first failure stops it and is raised to whoever hands in or waits."""

    def __init__(self, on_done: Callable[[], None] = lambda: None) -> None:
        self._jobs: queue.Queue[Writable | None] = queue.Queue(DEPTH)
        self._error: BaseException | None = None
        self._on_done = on_done
        self._thread = threading.Thread(target=self._run, name="import-writer", daemon=True)
        self._thread.start()

    def put(self, job: Writable) -> None:
        """Hand in a job; waits while the queue is full.

        Raises:
            Exception: what an earlier job failed with.
        """
        self._raise()
        self._jobs.put(job)

    def flush(self) -> None:
        """Wait until every job handed in is written; raises what one failed with."""
        self._jobs.join()
        self._raise()

    def close(self) -> None:
        """Finish what was handed in and end the thread; raises what a job failed with."""
        self._jobs.put(None)
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                if self._error is None:
                    try:
                        job()
                        self._on_done()
                    except BaseException as error:  # noqa: BLE001 - carried to the thread that hands in
                        self._error = error
                self._jobs.task_done()
        finally:
            connections.close_all()
