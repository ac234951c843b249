"""Run the web server (Granian over WSGI) and the worker until a signal ends them gracefully.

`attend` is the half that keeps the rights it was started with, holds the role and listens to nobody; `serve` and `work`
are the half without rights (`unprivileged`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.faults import Fault
from bihuan.server import lifeline, users
from bihuan.server.home import Home
from bihuan.server.processes import PidFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bihuan.extend import Loop

KILL_SECONDS = 30
REQUEST_QUEUE = 1024
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Listen:
    """Where and how wide to serve; `workers` processes with `threads` requests at a time each."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4


def pid_files(home: Home) -> dict[str, PidFile]:
    """Return the two roles a process can hold, in the order in which they are to be stopped.

    Source: docs/adr/0040 (Granian; pid files are locks); docs/adr/0222.
    """
    return {role: PidFile(home.run / f"{role}.pid") for role in ("serve", "worker")}


def metrics_folder(home: Home) -> Path:
    """Where the processes of a home count together: in memory, for a counter mapped on a full disk kills its process.

    `/dev/shm` where there is one, else the temporary folder; not in the data folder.

    Source: Prometheus client for Python, multiprocess mode; docs/topics/operations.md, "Watching".
    """
    memory = Path("/dev/shm")  # noqa: S108  # a folder of our own in it, mode 0700
    base = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    return base / f"bihuan-{users.app_uid()}-{sha256(str(home.path).encode()).hexdigest()[:12]}"


def share_metrics(home: Home) -> None:
    """Let the processes of this home count into common files; call before prometheus_client is imported.

    Source: Prometheus client for Python, multiprocess mode; docs/topics/operations.md, "Watching".
    """
    folder = metrics_folder(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid == os.geteuid():  # somebody else's folder of this name: each process counts for itself
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def forget_metrics(home: Home) -> None:
    """Counters start anew when nothing of this home runs any more (Prometheus expects that at restarts).

    Source: Prometheus client for Python, multiprocess mode; docs/topics/operations.md, "Watching".
    """
    if all(pid_file.running_pid() is None for pid_file in pid_files(home).values()):
        shutil.rmtree(metrics_folder(home), ignore_errors=True)


def address_file(home: Home) -> Path:
    """Holds the port this home was served on last, for `stop` to look whether somebody still answers there.

    Source: docs/adr/0040 (Granian; pid files are locks); docs/adr/0222.
    """
    return home.run / "serve.port"


def left_behind(home: Home) -> list[lifeline.Listener]:
    """Processes of Bihuan that listen on the port this home was served on last, although nobody serves it.

    Source: docs/adr/0040 (Granian; pid files are locks); docs/adr/0222.
    """
    if pid_files(home)["serve"].running_pid() is not None or not address_file(home).exists():
        return []
    found = lifeline.listeners(int(address_file(home).read_text()))
    return [listener for listener in found if "bihuan" in listener.command]


class PortTakenError(Fault):
    """Somebody listens on the address already; the message names who, where the system tells."""

    remedy = "end it (`bihuan stop` with its BIHUAN_HOME, or by its pid), or choose another --port"


def refuse_taken(listen: Listen) -> None:
    """Refuse an address on which somebody answers already: two servers would share the visitors between them.

    Raises:
        PortTakenError: with the processes that listen there.

    Source: docs/adr/0040 (Granian; pid files are locks); docs/adr/0222.
    """
    if not lifeline.is_taken(listen.host, listen.port):
        return
    who = ", ".join(map(str, lifeline.listeners(listen.port))) or "another process"
    raise PortTakenError(f"{listen.host}:{listen.port} is taken by {who}")


class EndedError(Fault):
    """What served has ended, and nobody had asked it to."""

    remedy = "看日志，然后重新启动 · look at its log, then start it again"


def attend(
    home: Home, listen: Listen, start: Callable[[], subprocess.Popen[bytes]], listening: Callable[[], None]
) -> None:
    """Hold the role, have the pages served by a process of its own, and end it gracefully on SIGTERM or SIGINT.

    Args:
        home: The installation.
        listen: Where that process listens.
        start: Starts it.
        listening: Called once somebody is answered: from then on the first page takes no longer than any other.

    Raises:
        AlreadyRunning: this home is being served already.
        PortTakenError: somebody listens there already.
        EndedError: it ended by itself.

    Source: docs/adr/0040 (Granian; pid files are locks); docs/adr/0222.
    """
    asked: list[int] = []
    with pid_files(home)["serve"].hold():
        refuse_taken(listen)
        address_file(home).write_text(f"{listen.port}\n")
        before = {n: signal.signal(n, lambda got, _: asked.append(got)) for n in (signal.SIGTERM, signal.SIGINT)}
        process = start()
        try:
            threading.Thread(target=_tell, args=(listen, listening), daemon=True, name="listening").start()
            while (code := _ended(process)) is None and not asked:
                pass
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
            for number, handler in before.items():
                signal.signal(number, handler)
    if not asked:
        raise EndedError(f"服务意外结束（{code}） · what served the pages ended by itself with code {code}")


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    """Its exit code, after waiting a moment for it."""
    try:
        return process.wait(timeout=LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def serve(listen: Listen) -> None:
    """Serve in this process until SIGTERM or SIGINT; requests under way are answered first.

    Source: docs/adr/0040 (Granian; pid files are locks); docs/adr/0222.
    """
    from django.conf import settings
    from django.db import connections
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from bihuan.server import logs, wsgi

    wsgi.warm_up()  # before the processes are forked, so that they begin with it
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
        log_level=LogLevels(settings.BIHUAN_LOG_LEVEL.lower()),
        log_dictconfig=logs.dictionary(settings.BIHUAN_LOG_LEVEL, settings.BIHUAN_LOG_FORMAT),
    ).serve(target_loader=partial(_application, os.getpid()), wrap_loader=False)


def _application(parent: int) -> Any:
    """Return what each process of the server answers with, and whom it does not outlive."""
    lifeline.end_with(parent)
    from bihuan.server import wsgi

    if not wsgi.is_warm():  # started anew, not forked from a warm parent
        wsgi.warm_up()
    return wsgi.application


def _tell(listen: Listen, listening: Callable[[], None]) -> None:
    """Call `listening` when the address answers."""
    import http.client
    import time

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)  # noqa: S104  # compared, not bound
    while True:
        connection = http.client.HTTPConnection(host, listen.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            listening()
            return
        finally:
            connection.close()


def work(loops: Sequence[Loop]) -> None:
    """Run the loops in this process until SIGTERM or SIGINT; batches under way are finished first.

    Source: docs/adr/0040 (Granian; pid files are locks); docs/adr/0222.
    """
    from bihuan.server.background import Loops

    asked_to_stop = threading.Event()
    # The handlers stand before anything starts, so that no signal can end the process half-way.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    with Loops(loops):
        asked_to_stop.wait()
