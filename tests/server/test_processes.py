"""Pid files: a role is held by one living process, and a dead one holds nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bihuan.server.processes import AlreadyRunning, PidFile

HOLDER = """
import sys, threading, signal
from pathlib import Path
from bihuan.server.processes import PidFile
finish = threading.Event()
if sys.argv[2] == "polite":
    signal.signal(signal.SIGTERM, lambda *_: finish.set())
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with PidFile(Path(sys.argv[1])).hold():
    print("held", flush=True)
    finish.wait(60)
"""


def holder(path: Path, manner: str = "polite") -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path), manner], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_holder_is_refused_with_the_pid(tmp_path: Path) -> None:
    pid_file = PidFile(tmp_path / "serve.pid")
    with holder(pid_file.path) as process:
        assert pid_file.running_pid() == process.pid
        with pytest.raises(AlreadyRunning, match=f"process {process.pid}"), pid_file.hold():
            pass
        assert pid_file.terminate(10)
    assert pid_file.running_pid() is None


def test_killed_holder_frees_the_role(tmp_path: Path) -> None:
    pid_file = PidFile(tmp_path / "worker.pid")
    with holder(pid_file.path) as process:
        process.send_signal(signal.SIGKILL)
    assert pid_file.pid() == process.pid
    assert pid_file.running_pid() is None
    assert not pid_file.terminate()


def test_process_that_does_not_finish_is_reported(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    pid_file = PidFile(tmp_path / "worker.pid")
    with holder(pid_file.path, "stubborn") as process:
        with pytest.raises(TimeoutError, match=f"process {process.pid}"):
            pid_file.terminate(0.2)
        process.kill()
    wait_until(lambda: pid_file.running_pid() is None)
