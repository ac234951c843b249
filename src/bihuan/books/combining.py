"""Many writers, one commit: whoever finds nobody posting posts for all who wait.

A row lock on a busy account is held until its transaction is on disk. One by one, postings on it go no faster than
the disk; together they share one lock and one commit. Each caller waits for its own answer; what was answered is on
disk. After a crash nothing half is there, and a number sent again is known.

Source: docs/adr/0260-books.md (8); R. Hagmann, "Reimplementing the Cedar file system using logging and group commit"
(SOSP 1987), for sharing a commit.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence

from django.db import DatabaseError, connection

from bihuan.books.posting import Act, post_acts, post_for
from bihuan.rules.journal import Verdict

MOST = 500
"""Most acts of one commit."""
GATHER, PAUSE = 0.002, 0.0001
"""Seconds that a commit waits at most for those who were answered by the one before it, and between two looks."""


class _Waiting:
    """An act and, later, its answer; `woken` when it is answered, or when it is to post for the others."""

    __slots__ = ("act", "answer", "fault", "woken")

    def __init__(self, act: Act) -> None:
        self.act = act
        self.answer: list[Verdict] | None = None
        self.fault: BaseException | None = None
        self.woken = threading.Event()

    @property
    def answered(self) -> bool:
        return self.answer is not None or self.fault is not None


class Combiner:
    """Posts acts of one district for the threads of one process.

    One thread at a time posts. When its own act is answered it hands over to the first that waits; whoever was
    answered goes on at once, without queueing for a lock, so that the next batch fills while one is being posted.
    """

    def __init__(self, district: str) -> None:
        self.district = district
        self._queue: deque[_Waiting] = deque()
        self._guard = threading.Lock()
        self._posting = False
        self._expected, self._answered = 0, 0.0

    def post(self, act: Act) -> list[Verdict]:
        """Post an act; returns when it is on disk, or refused.

        Raises:
            django.db.DatabaseError: the database refused it; nothing of it is written.

        Source: docs/adr/0260-books.md (8).
        """
        if connection.in_atomic_block:  # a part of somebody's transaction, which nobody else can commit
            return post_acts([act])[0]
        mine = _Waiting(act)
        with self._guard:
            self._queue.append(mine)
            mine_to_post = not self._posting
            self._posting = True
        if not mine_to_post:
            mine.woken.wait()
        if not mine.answered:
            self._post_for_all(mine)
        if mine.fault is not None:
            raise mine.fault
        assert mine.answer is not None
        return mine.answer

    def _post_for_all(self, mine: _Waiting) -> None:
        try:
            while not mine.answered:
                self._gather()
                with self._guard:
                    batch = [self._queue.popleft() for _ in range(min(len(self._queue), MOST))]
                self._post_waiting(batch)
                self._expected, self._answered = len(batch), time.monotonic()
                for each in batch:
                    each.woken.set()
        finally:
            self._hand_over()

    def _gather(self) -> None:
        """Let those who were answered just now come again: without it the first of them would post alone.

        It looks and sleeps. To wait for a lock with a time limit reads a clock (`sem_clockwait`) that programs which
        set another date for a process leave as it is: under `faketime` such a wait would end weeks later.
        """
        until = self._answered + GATHER
        while len(self._queue) < self._expected and time.monotonic() < until:
            time.sleep(PAUSE)

    def _hand_over(self) -> None:
        with self._guard:
            if self._queue:
                self._queue[0].woken.set()
            else:
                self._posting = False

    def _post_waiting(self, batch: Sequence[_Waiting]) -> None:
        try:
            self._post_batch(batch)
        except DatabaseError:
            for each in batch:  # one of them is at fault; the others go on
                self._post_alone(each)
        except BaseException as error:
            for each in batch:
                each.fault = error
                each.woken.set()
            raise

    def _post_batch(self, batch: Sequence[_Waiting]) -> None:
        answers = post_for(self.district, [each.act for each in batch])
        for each, answer in zip(batch, answers, strict=True):
            each.answer = answer

    def _post_alone(self, each: _Waiting) -> None:
        try:
            self._post_batch([each])
        except DatabaseError as error:
            each.fault = error


_combiners: dict[str, Combiner] = {}
_making = threading.Lock()


def combined(district: str, act: Act) -> list[Verdict]:
    """Post an act together with whatever else this process posts at the moment; see `Combiner.post`."""
    found = _combiners.get(district)
    if found is None:
        with _making:
            found = _combiners.setdefault(district, Combiner(district))
    return found.post(act)
