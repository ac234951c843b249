"""What a killed PostgreSQL leaves behind: dying children, and lock files that may name a zombie.

Where the first process of a container is slow to reap orphans, or never does, a killed postmaster stays a zombie;
PostgreSQL takes the zombie for a running server and refuses to start. Its lock files are removed here, but only after
every child has gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

PROC = Path("/proc")
SECONDS = 20.0


def clear_up(data: Path, socket_lock: Path) -> None:
    """Wait until no process works in `data` any more, then remove lock files whose process is dead.

    To be called only when the server does not answer. Without /proc PostgreSQL's own checks decide alone.

    Source: docs/adr/0040, "Consequences" (a zombie's lock file).
    """
    if not PROC.is_dir():
        return
    locks = [lock for lock in (data / "postmaster.pid", socket_lock) if lock.exists()]
    deadline = time.monotonic() + SECONDS
    while any(_lives(_owner(lock)) for lock in locks) or _used(data):
        if time.monotonic() > deadline:
            return  # a hung server or a reused pid: PostgreSQL will refuse to start and say which
        time.sleep(0.05)
    for lock in locks:
        lock.unlink(missing_ok=True)


def end_orphans(data: Path) -> None:
    """End a server whose data folder was deleted under it, before a new one is made at the same path.

    It would notice within a minute, and then take the new server's socket away with its own. Its data are gone already.

    Source: docs/adr/0040, "Consequences"; proc(5).
    """
    if not PROC.is_dir():
        return
    gone = data.with_name(f"{data.name} (deleted)")  # what proc(5) shows for the working folder of such a process
    for process in _processes_in(gone):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(process.name), signal.SIGKILL)
    deadline = time.monotonic() + SECONDS
    while _used(gone) and time.monotonic() < deadline:
        time.sleep(0.05)


def lock_lives(lock: Path) -> bool:
    """True while the process named by a lock file of PostgreSQL lives; without /proc while the file is there.

    Source: docs/adr/0040 (a killed postmaster lingers as a zombie)
    """
    if not PROC.is_dir():
        return lock.exists()
    try:
        return _lives(_owner(lock))
    except OSError:
        return False


def _owner(lock: Path) -> str:
    return lock.read_text().split("\n", 1)[0].strip()


def _used(data: Path) -> bool:
    """True when a living process has `data` as its working folder, as every process of a PostgreSQL server has."""
    return bool(_processes_in(data))


def _processes_in(data: Path) -> list[Path]:
    return [process for process in PROC.iterdir() if process.name.isdigit() and _works_in(process, data)]


def _works_in(process: Path, data: Path) -> bool:
    try:
        return (process / "cwd").readlink() == data and _lives(process.name)
    except OSError:  # gone meanwhile, a zombie, or somebody else's
        return False


def _lives(pid: str) -> bool:
    """True for a process that exists and is no zombie (state letter of proc(5))."""
    try:
        return (PROC / pid / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
