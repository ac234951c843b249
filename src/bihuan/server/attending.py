"""Beside the pages: the worker is started, and it and the private PostgreSQL are started again when they end.

Nobody else does it: the private server is no service of the operating system, and a worker that is gone sequences
nothing while residents go on reporting.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bihuan.server import lifeline
from bihuan.server.home import Home
from bihuan.server.log_lines import log
from bihuan.server.serving import pid_files

if TYPE_CHECKING:
    from bihuan.server.postgres import Server

LOOK_SECONDS = 1.0
LONGEST_PAUSE = 30.0
LIVED_WELL = 60.0  # a worker that ran as long ended by something new: start it at once
STOP_SECONDS = 40.0


@dataclass
class Attendant:
    """A thread of the serving process; a context that ends with the worker stopped.

    Args:
        home: The installation.
        server: Its private PostgreSQL; None for one that others look after.
        worker: The command that starts a worker to be kept; empty: none. One that runs already is left alone.
    """

    home: Home
    server: Server | None
    worker: Sequence[str]
    _stop: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None
    _began: float = 0.0
    _next: float = 0.0
    _pause: float = LOOK_SECONDS

    def __enter__(self) -> Attendant:
        self._thread = threading.Thread(target=self._attend, name="attendant", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                log("worker_killed", pid=self._process.pid, seconds=STOP_SECONDS)
                self._process.kill()
                self._process.wait()

    def _attend(self) -> None:
        while not self._stop.is_set():
            for look in (self._look_at_database, self._look_at_worker):
                try:
                    look()
                except Exception:  # noqa: BLE001 - the next look may succeed; an attendant that dies attends nothing; logged
                    log("restart_failed", True, part=look.__name__.removeprefix("_look_at_"))
            self._stop.wait(LOOK_SECONDS)

    def _look_at_database(self) -> None:
        if self.server is None or self.server.lives():
            return
        log("postgres_restarted")
        self.server.start_again()

    def _look_at_worker(self) -> None:
        if not self.worker or (self._process is not None and self._process.poll() is None):
            return
        now = time.monotonic()
        if self._process is not None:
            code, self._process = self._process.returncode, None
            self._pause = LOOK_SECONDS if now - self._began > LIVED_WELL else min(2 * self._pause, LONGEST_PAUSE)
            self._next = now + self._pause
            log("worker_restarted", code=code, in_seconds=self._pause)
        if now < self._next or pid_files(self.home)["worker"].running_pid() is not None:
            return
        self._began = now
        self._process = subprocess.Popen(self.worker, env=os.environ | {lifeline.PARENT: str(os.getpid())})
