"""Heartbeats of the worker's loops, stored, so that pages can say when something is silent, since when and what to do.

A loop beats when a batch has succeeded and while it rests after one; not while it fails or works on one batch. One
thread of the worker stores all beats in one statement, so that a beat costs a loop nothing.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection
from django.utils import timezone

from bihuan.server.endless import endless_work
from bihuan.server.log_lines import log

EVERY_SECONDS = 5.0
SHOWN_SECONDS = 5.0

STORE = """
INSERT INTO server_heartbeat (loop, pid, beat_at, patience, failures)
SELECT l, %s, now() - make_interval(secs => age), patience, failures
FROM unnest(%s::text[], %s::float[], %s::int[], %s::int[]) AS t(l, age, patience, failures)
ON CONFLICT (loop) DO UPDATE SET pid = excluded.pid, patience = excluded.patience, failures = excluded.failures,
    beat_at = greatest(server_heartbeat.beat_at, excluded.beat_at)
"""
READ = "SELECT loop, beat_at, failures, beat_at < now() - make_interval(secs => patience) FROM server_heartbeat"
ALIVE = "SELECT beat_at > now() - make_interval(secs => patience) FROM server_heartbeat WHERE loop = %s"


WORKER = ("后台任务", "background work")


def name_of(loop: str) -> tuple[str, str]:
    """Return what a loop is called before people, in zh and en; its own name where nobody has added such a loop.

    Source: docs/topics/operations.md, "Watching".
    """
    if loop == "worker":
        return WORKER
    return next(((each.zh, each.en) for each in endless_work() if each.name == loop), (loop, loop))


@dataclass(frozen=True)
class Silence:
    """A loop that has not beaten for longer than its patience.

    Args:
        loop: Its name; `worker` when no worker has ever run.
        since: Its last beat; None when there was none.
        failures: Batches that failed since.
    """

    loop: str
    since: datetime | None
    failures: int = 0

    @property
    def remedy(self) -> dict[str, str]:
        """What to do, in both languages. Source: docs/topics/operations.md, "Watching"."""
        if self.failures:
            return {"zh": "查看 worker 日志中的错误原因", "en": "look at the worker's log for the reason it fails"}
        return {
            "zh": "启动后台任务：`bihuan worker`（`bihuan serve` 会自动启动，除非加了 --no-worker）",
            "en": "start `bihuan worker` (`bihuan serve` starts it unless told --no-worker)",
        }

    @property
    def sentence(self) -> dict[str, str]:
        """Which work is silent and since when, in both languages; the time in the active time zone.

        Source: docs/topics/operations.md, "Watching".
        """
        zh, en = name_of(self.loop)
        if self.since is None:
            return {"zh": f"{zh}从未启动：回执未入日志，时限与通知停止", "en": f"{en} was never started: "
                    "receipts are not entered into the log, clocks and notices stand still"}  # fmt: skip
        at = f"{timezone.localtime(self.since):%Y-%m-%d %H:%M:%S}"
        return {"zh": f"“{zh}”自 {at} 起没有响应", "en": f"“{en}” has been silent since {at}"}

    def as_dict(self) -> dict[str, object]:
        """For programs. Source: docs/topics/operations.md, "Watching"."""
        since = self.since.isoformat() if self.since else None
        about = {"text": self.sentence, "remedy": self.remedy}
        return {"loop": self.loop, "since": since, "failures": self.failures, **about}


class Pulse:
    """The beats of one process: loops report here, `store` writes them."""

    def __init__(self, patience: dict[str, int]) -> None:
        self.patience = patience
        self._lock = threading.Lock()
        self._last = dict.fromkeys(patience, time.monotonic())
        self._resting: set[str] = set()
        self._failures = dict.fromkeys(patience, 0)

    def begins(self, loop: str) -> None:
        """A batch begins: from now on the loop is heard again only when it has ended well.

        Source: docs/topics/operations.md, "Watching".
        """
        with self._lock:
            if loop in self._resting:
                self._last[loop] = time.monotonic()
            self._resting.discard(loop)

    def rests(self, loop: str) -> None:
        """A batch has succeeded. Source: docs/topics/operations.md, "Watching"."""
        with self._lock:
            self._last[loop], self._failures[loop] = time.monotonic(), 0
            self._resting.add(loop)

    def fails(self, loop: str) -> None:
        """A batch has failed. Source: docs/topics/operations.md, "Watching"."""
        with self._lock:
            self._failures[loop] += 1

    def store(self) -> None:
        """Write every loop's last beat. Source: docs/topics/operations.md, "Watching"."""
        now = time.monotonic()
        with self._lock:
            names = list(self.patience)
            ages = [0.0 if name in self._resting else now - self._last[name] for name in names]
            failures = [self._failures[name] for name in names]
        with connection.cursor() as cursor:
            cursor.execute(STORE, [os.getpid(), names, ages, [self.patience[n] for n in names], failures])

    def keep_storing(self, stop: threading.Event) -> None:
        """Store until told to stop; a database that is away is tried again.

        Source: docs/topics/operations.md, "Watching".
        """
        while not stop.is_set():
            try:
                self.store()
            except DatabaseError as error:
                log("beats_unstored", error=type(error).__name__)
                connection.close()
            stop.wait(EVERY_SECONDS)
        connection.close()


def silences() -> list[Silence]:
    """Return every loop that is silent, the longest first.

    Raises:
        DatabaseError: the database does not answer.

    Source: docs/topics/operations.md, "Watching".
    """
    with connection.cursor() as cursor:
        cursor.execute(READ)
        rows = cursor.fetchall()
    if not rows:
        return [Silence("worker", None)]
    return [Silence(*row[:3]) for row in sorted(rows, key=lambda row: row[1]) if row[3]]


def shown_silences() -> list[Silence]:
    """`silences` as pages show them: asked at most every five seconds per process.

    Source: docs/topics/operations.md, "Watching".
    """
    global _shown
    now = time.monotonic()
    if now - _shown[0] > SHOWN_SECONDS:  # also true at first
        _shown = (now, silences())
    return _shown[1]


def hush(seconds: float = 3600.0) -> None:
    """Let pages of this process take everything as heard for a while (tests count statements)."""
    global _shown
    _shown = (time.monotonic() + seconds, [])


def alive(loop: str) -> bool:
    """Return whether one loop is heard; one indexed row.

    Args:
        loop: Its name, such as `sequencer` or `ticks`.

    Source: docs/topics/operations.md, "Watching".
    """
    with connection.cursor() as cursor:
        cursor.execute(ALIVE, [loop])
        row = cursor.fetchone()
    return bool(row and row[0])


def sequencer_alive() -> bool:
    """Return whether promised leaves are being put into the log. Source: docs/topics/operations.md, "Watching"."""
    return alive("sequencer")


_shown: tuple[float, list[Silence]] = (float("-inf"), [])
