"""Killed at any place, the installation comes back by itself, and nothing old goes on answering."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bihuan.server import lifeline
from bihuan.server.home import Home
from bihuan.server.serving import metrics_folder

pytestmark = pytest.mark.slow


def until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class House:
    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.environment = os.environ | {
            "BIHUAN_HOME": str(home), "BIHUAN_PG_SHARED_BUFFERS": "64MB", "BIHUAN_LOG_LEVEL": "WARNING"
        }  # fmt: skip
        for name in ("BIHUAN_DB_ROLE", "DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR"):
            self.environment.pop(name, None)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bihuan.cli", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=240)

    def serve(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "bihuan.cli", "serve", "--port", str(self.port), "--workers", "1"]
        with (self.home / "serve.log").open("ab") as log:
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        until(lambda: "Serving" in (self.home / "serve.log").read_text() and status(self.url("/healthz")) == 200, 120)
        return process

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def pid(self, role: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return int((self.home / "run" / f"{role}.pid").read_text())
        return 0

    def postmaster(self) -> int:
        path = Home(self.home).postgres / "data" / "postmaster.pid"
        return int(path.read_text().split()[0]) if path.exists() else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def house(furnish: Callable[..., None]) -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-recovery-"))
    folder.chmod(0o711)
    made = House(folder / "home")
    furnish(made.home, district=True)
    yield made
    made.run("stop")
    shutil.rmtree(folder, ignore_errors=True)


def test_everything_that_is_killed_comes_back_and_nothing_old_answers(house: House) -> None:
    server = house.serve()
    assert status(house.url("/")) == 200
    until(lambda: status(house.url("/health/ready")) == 200)  # serve has started its worker, and it is heard

    other = house.run("serve", "--port", str(house.port), "--json")
    assert other.returncode == 1
    assert "already runs" in json.loads(other.stdout.splitlines()[-1])["error"]

    assert not (house.home / "run" / "metrics").exists(), "a full data disk must not kill a counter's process"
    assert any(metrics_folder(Home(house.home)).iterdir())

    first = house.pid("worker")
    os.kill(first, signal.SIGKILL)
    until(lambda: house.pid("worker") not in (0, first))

    first = house.postmaster()
    os.kill(first, signal.SIGKILL)
    until(lambda: house.postmaster() not in (0, first))
    until(lambda: status(house.url("/")) == 200)
    until(lambda: status(house.url("/health/ready")) == 200, 90)

    worker = house.pid("worker")
    server.kill()
    server.wait()
    until(lambda: not lifeline.listeners(house.port), 40)
    until(lambda: not Path(f"/proc/{worker}").exists() or _zombie(worker), 60)
    assert status(house.url("/healthz")) == 0

    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what lingers there is another user's
        squatter.bind(("127.0.0.1", house.port))
        squatter.listen()
        refused = house.run("serve", "--port", str(house.port), "--json")
    assert refused.returncode == 1
    assert f"process {os.getpid()}" in json.loads(refused.stdout.splitlines()[-1])["error"]

    again = house.serve()
    assert status(house.url("/")) == 200
    assert house.run("stop").returncode == 0
    assert again.wait(30) is not None


def _zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True
