"""Pid files that cannot lie: the running process holds a lock on its file, so a crash or a reused pid frees it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bihuan.faults import Fault

STOP_SECONDS = 40.0
LOOKED_AT_SECONDS = 0.5


class AlreadyRunning(Fault):
    """Another process holds this pid file; the message names its pid."""

    remedy = "`bihuan stop` ends it"


@dataclass(frozen=True)
class PidFile:
    """One role of a process (`serve`, `worker`) in the run folder of a home."""

    path: Path

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the role until the block ends; a program that this process turns into (exec) goes on holding it.

        Raises:
            AlreadyRunning: another living process holds it.

        Source: docs/adr/0040 (pid files are locks).
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # lockf locks belong to the process and are not inherited by forked workers, so an orphan holds nothing.
        with self.path.open("a+") as handle:
            self._lock(handle)
            os.set_inheritable(handle.fileno(), True)
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
            try:
                yield
            finally:
                handle.truncate(0)

    def _lock(self, handle: IO[str]) -> None:
        """Take the lock; whoever only looks at it (`running_pid`) has it for a moment and is waited for."""
        deadline = time.monotonic() + LOOKED_AT_SECONDS
        while True:
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise AlreadyRunning(
                        f"{self.path.stem} already runs as process {self.pid()}; stop it with `bihuan stop`"
                    ) from error
                time.sleep(0.02)

    def pid(self) -> int | None:
        """The pid written in the file; it may be of a dead process. Source: docs/adr/0040 (pid files are locks)."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int(self.path.read_text())
        return None

    def running_pid(self) -> int | None:
        """Return the pid of the living holder, else None. Source: docs/adr/0040 (pid files are locks)."""
        pid = self.pid()
        if pid is None:
            return None
        with self.path.open("a+") as handle:
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return pid
        return None

    def terminate(self, seconds: float = STOP_SECONDS) -> bool:
        """Ask the holder to finish (SIGTERM) and wait; False when nobody holds the file.

        Raises:
            TimeoutError: it still runs after `seconds`.

        Source: docs/topics/operations.md, "Production" (SIGTERM ends gracefully).
        """
        pid = self.running_pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while self.running_pid() is not None:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self.path.stem} (process {pid}) did not finish within {seconds:.0f} s; see its log"
                )
            time.sleep(0.05)
        return True
