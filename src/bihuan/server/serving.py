"""Run the web server (Granian over WSGI) and the worker in this process until a signal ends them gracefully."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bihuan.server.home import Home
from bihuan.server.processes import PidFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bihuan.server.background import Loop

KILL_SECONDS = 30
REQUEST_QUEUE = 1024


@dataclass(frozen=True)
class Listen:
    """Where and how wide to serve; `workers` processes with `threads` requests at a time each."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4


def pid_files(home: Home) -> dict[str, PidFile]:
    """The two roles a process can hold, in the order in which they are to be stopped."""
    return {role: PidFile(home.run / f"{role}.pid") for role in ("serve", "worker")}


def share_metrics(home: Home) -> None:
    """Let the processes of this home count into common files; call before prometheus_client is imported."""
    folder = home.run / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def forget_metrics(home: Home) -> None:
    """Counters start anew when nothing of this home runs any more (Prometheus expects that at restarts)."""
    if all(pid_file.running_pid() is None for pid_file in pid_files(home).values()):
        shutil.rmtree(home.run / "metrics", ignore_errors=True)


def serve(home: Home, listen: Listen) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first.

    Raises:
        AlreadyRunning: this home is being served already.
    """
    from django.conf import settings
    from django.db import connections
    from granian.constants import Interfaces
    from granian.server import Server

    from bihuan.server import logs

    with pid_files(home)["serve"].hold():
        connections.close_all()  # a connection must not be shared with the forked processes
        Server(
            "bihuan.server.wsgi:application",
            address=listen.host,
            port=listen.port,
            interface=Interfaces.WSGI,
            workers=listen.workers,
            blocking_threads=listen.threads,
            backlog=REQUEST_QUEUE,
            workers_kill_timeout=KILL_SECONDS,
            respawn_failed_workers=True,
            log_dictconfig=logs.dictionary(settings.BIHUAN_LOG_LEVEL, settings.BIHUAN_LOG_FORMAT),
        ).serve()


def work(home: Home, loops: Sequence[Loop]) -> None:
    """Run the loops until SIGTERM or SIGINT; batches under way are finished first.

    Raises:
        AlreadyRunning: a worker of this home runs already.
    """
    from bihuan.server.background import Loops

    asked_to_stop = threading.Event()
    with pid_files(home)["worker"].hold():
        # The handlers stand before anything starts, so that no signal can end the process half-way.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked_to_stop.set())
        with Loops(loops):
            asked_to_stop.wait()
