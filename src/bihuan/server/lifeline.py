"""Processes that end with the one that started them, and who listens on a port already.

Granian's processes share the port by SO_REUSEPORT: left behind by a killed parent they would go on answering beside
the next server, with old code. The kernel tells them of the parent's death (prctl(2), PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PARENT = "_BIHUAN_PARENT"
"""Environment variable by which a started command learns whom it shall not outlive."""
PR_SET_PDEATHSIG = 1
LISTEN = "0A"  # state of a socket in proc(5) net/tcp
LOOK_SECONDS = 1.0
PROC = Path("/proc")


@dataclass(frozen=True)
class Listener:
    """A process that listens on a port; `pid` 0 when it is another user's and cannot be named."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command})" if self.pid else "a process of another user"


def end_with(parent: int) -> None:
    """Let this process get SIGTERM when `parent`, which must be its parent, dies.

    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="lifeline").start()
    if os.getppid() != parent:  # it died between the start and this line
        os.kill(os.getpid(), signal.SIGTERM)


def end_with_starter() -> None:
    """`end_with` for a command that was started with `PARENT` in its environment; nothing otherwise.

    Source: docs/adr/0222 (`serve` keeps a small attending process)
    """
    if parent := os.environ.pop(PARENT, ""):
        end_with(int(parent))


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def is_taken(host: str, port: int) -> bool:
    """True when somebody listens on the address, also one who would share it (SO_REUSEPORT).

    Source: socket(7), SO_REUSEPORT: who shares a port is asked for before it is shared.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections in TIME_WAIT are nobody
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError:
            return True
    return False


def listeners(port: int) -> list[Listener]:
    """Return who listens on a TCP port of this machine; empty where the kernel does not tell.

    Source: docs/adr/0222 (`serve` keeps a small attending process)
    """
    inodes = _listening(port)
    if not inodes:
        return []
    found = [owner for owner in _processes() if inodes & _sockets(owner)]
    return [Listener(int(process.name), _command(process)) for process in found] or [Listener(0, "")]


def _listening(port: int) -> set[str]:
    inodes = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                parts = line.split()
                if parts[3] == LISTEN and int(parts[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{parts[9]}]")
    return inodes


def _processes() -> list[Path]:
    if not PROC.is_dir():
        return []
    return [path for path in PROC.iterdir() if path.name.isdigit()]


def _sockets(process: Path) -> set[str]:
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(descriptor.readlink()))
    return found


def _command(process: Path) -> str:
    with contextlib.suppress(OSError):
        return (process / "cmdline").read_text().replace("\0", " ").strip()[:120]
    return ""
