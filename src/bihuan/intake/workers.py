"""Processes that decide batches while this one reads and writes.

Deciding is pure Python and by far the largest part of an import, so it is given the other cores. Batches go out in
turn and come back in order. Without workers the same decider runs here.
"""

import gc
import multiprocessing as mp
import queue
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from django.db import connections

from bihuan.faults import Fault
from bihuan.intake.deciding import Decider
from bihuan.intake.jobs import Job
from bihuan.readers import Batch

AHEAD = 2  # batches a worker may have waiting


@contextmanager
def without_cycles() -> Iterator[None]:
    """Leave the search for reference cycles out while millions of short-lived values come and go: a sixth of the time.

    Batches make no cycles; what a rare exception leaves is found when the search runs again afterwards.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class WorkerFailed(Fault, RuntimeError):
    """A worker ended with an exception; its traceback is the message."""

    remedy = "run the command again; what was imported stays and is passed over"


class Workers:
    """A team of forked deciders.

    Args:
        decider: Shared by all; each worker gets its copy.
        count: How many processes; 0 decides here.
    """

    def __init__(self, decider: Decider, count: int) -> None:
        self.decider, self.count = decider, count
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        self._waiting: deque[tuple[int, Batch]] = deque()
        self._sent = 0

    @property
    def window(self) -> int:
        """Most batches decided at the same time: what one of them cannot know of the others."""
        return self.count * AHEAD

    def __enter__(self) -> "Workers":
        if self.count:
            connections.close_all()  # a forked connection would be shared, and broken, by two processes
            context = mp.get_context("fork")
            for _ in range(self.count):
                here, there = context.Pipe()
                others = (here, *self._pipes)
                process = context.Process(target=_serve, args=(there, others, self.decider), daemon=True)
                process.start()
                there.close()
                self._pipes.append(here)
                self._processes.append(process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            if kind is not None:
                process.terminate()
            process.join()

    def decided(self, batches: Iterator[Batch], skip: Callable[[Batch], bool]) -> Iterator[tuple[Batch, Job]]:
        """Yield every batch that is not to be skipped with its job, in the order of the batches.

        Source: docs/adr/0060 (6): forked workers decide, batches come back in order.
        """
        for batch in batches:
            if skip(batch):
                continue
            if not self.count:
                yield batch, self.decider.decide(batch)
                continue
            self._send(batch)
            if len(self._waiting) >= self.window:
                yield self._receive()
        while self._waiting:
            yield self._receive()

    def _send(self, batch: Batch) -> None:
        needed = set(self.decider.found.values())
        columns = {name: cells for name, cells in batch.columns.items() if name in needed}
        worker = self._sent % self.count
        self._pipes[worker].send(Batch(batch.lines, columns, batch.faults))
        self._waiting.append((worker, batch))
        self._sent += 1

    def _receive(self) -> tuple[Batch, Job]:
        worker, batch = self._waiting.popleft()
        try:
            answer = self._pipes[worker].recv()
        except EOFError as error:
            raise WorkerFailed(f"worker {worker} ended without an answer; see its messages above") from error
        if isinstance(answer, str):
            raise WorkerFailed.of_traceback(answer)
        return batch, answer


def _serve(pipe: Connection, others: tuple[Connection, ...], decider: Decider) -> None:
    """The worker's loop: until the pipe closes, which it also does when the parent is killed."""
    for other in others:
        other.close()  # else the pipes would never close when the parent is killed
    gc.disable()
    batches: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
    # A thread takes batches in, so that the parent never waits to send while this process waits to answer.
    threading.Thread(target=_take_in, args=(pipe, batches), daemon=True).start()
    try:
        while (batch := batches.get()) is not None:
            try:
                answer: Job | str = decider.decide(batch)
            except Exception:  # noqa: BLE001 - told to the parent, which stops the import
                answer = traceback.format_exc()
            pipe.send(answer)
    except BrokenPipeError:
        return
    finally:
        connections.close_all()


def _take_in(pipe: Connection, batches: "queue.SimpleQueue[Batch | None]") -> None:
    try:
        while True:
            batches.put(pipe.recv())
    except (EOFError, OSError):
        batches.put(None)
