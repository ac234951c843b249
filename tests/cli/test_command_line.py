"""The command line as people and scripts meet it: quick, honest exit codes, one JSON object as the last line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bihuan.cli.main import load_command
from bihuan.extend import COMMANDS
from bihuan.server import postgres, secrets
from bihuan.server.home import Home

pytestmark = pytest.mark.slow

NAMES = [command.name for command in COMMANDS.all()]
LEAN = "import sys; import bihuan.cli; print(','.join(m for m in ('django', 'psycopg', 'numpy') if m in sys.modules))"


class Installation:
    """One home and the commands run on it, each in its own process as in life."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = os.environ | {
            "BIHUAN_HOME": str(home),
            "BIHUAN_PG_SHARED_BUFFERS": "128MB",
            "BIHUAN_LOG_LEVEL": "INFO",
        }
        for name in ("BIHUAN_DB_ROLE", "DJANGO_SETTINGS_MODULE"):
            self.environment.pop(name, None)

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bihuan.cli", *words]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *words: str) -> tuple[int, dict[str, Any], str]:
        """Exit code, the JSON object of the last line, and standard error."""
        out, err = (process := self.start(*words, "--json")).communicate(timeout=180)
        return process.returncode, json.loads(out.splitlines()[-1]), err


@pytest.fixture(scope="module")
def installation(furnish: Callable[[Path], None]) -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-cli-"))
    folder.chmod(0o711)
    made = Installation(folder / "home")
    furnish(made.home)
    code, answer, err = made.run("init")
    assert (code, answer["ok"]) == (0, True), err
    yield made
    made.run("stop")
    shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str, seconds: float = 5) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def status(url: str, seconds: float) -> int:
    """The status of a whole answer, whatever it says; 0 when the connection was cut."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def listens(port: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(port)), timeout=2).close()
    except OSError:
        return False
    return True


def test_help_lists_every_command_and_imports_neither_django_nor_a_driver() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "bihuan.cli", "--help"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert [name for name in NAMES if name not in listed] == []
    lean = subprocess.run([sys.executable, "-c", LEAN], capture_output=True, text=True, check=True, timeout=60)
    assert lean.stdout.strip() == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_the_table_exists_and_explains_itself(name: str) -> None:
    command = load_command(name)
    assert command.name == name
    assert command.help or command.short_help or command.callback.__doc__


def test_unknown_command_is_a_usage_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bihuan.cli", "serv"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "serv" in done.stderr


def test_command_before_init_says_so(tmp_path: Path) -> None:
    code, answer, err = Installation(tmp_path / "nothing").run("worker")
    assert code == 1
    assert answer["ok"] is False
    assert "not initialised" in answer["error"]
    assert "bihuan init" in answer["remedy"]
    assert "bihuan init" in err


def test_init_again_changes_nothing(installation: Installation) -> None:
    kept = (installation.home / "secrets.env").read_text()
    code, answer, _ = installation.run("init")
    assert (code, answer["fresh"], answer["migrations"]) == (0, False, 0)
    assert (installation.home / "secrets.env").read_text() == kept


def test_doctor_finds_what_is_wrong_and_says_what_to_do(installation: Installation) -> None:
    code, answer, _ = installation.run("doctor")
    assert code == 0, answer
    secrets_file = installation.home / "secrets.env"
    secrets_file.chmod(0o644)
    try:
        code, answer, _ = installation.run("doctor")
    finally:
        secrets_file.chmod(0o600)
    assert (code, answer["ok"]) == (1, False)
    found = next(finding for finding in answer["findings"] if finding["check"] == "keys")
    assert found["level"] == "error"
    assert "chmod 600" in found["remedy"]


def test_serve_answers_refuses_a_second_one_and_stops_gracefully(
    installation: Installation, wait_until: Callable[..., None]
) -> None:
    port = str(free_port())
    serving = installation.start("serve", "--port", port, "--workers", "1", "--json")
    wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), 120, "readiness")
    code, answer, _ = installation.run("serve", "--port", port)
    assert code == 1
    assert f"process {serving.pid}" in answer["error"]
    code, answer, _ = installation.run("stop")
    assert (code, answer["stopped"]["serve"]) == (0, True)
    out, err = serving.communicate(timeout=60)
    assert serving.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["ok"] is True
    assert "Traceback" not in err


def test_request_under_way_is_answered_before_serve_ends(
    installation: Installation, wait_until: Callable[..., None]
) -> None:
    port = str(free_port())
    serving = installation.start("serve", "--port", port, "--workers", "1", "--json")
    wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), 120, "readiness")
    home = Home(installation.home)
    owner = postgres.server_of_home(home, secrets.everything(home)).conninfo(postgres.OWNER)
    with ThreadPoolExecutor() as pool, psycopg.connect(**owner) as blocking:
        blocking.execute("LOCK TABLE registers_district")
        asked = pool.submit(status, f"http://127.0.0.1:{port}/", 60)
        with psycopg.connect(**owner, autocommit=True) as watching:
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            wait_until(lambda: watching.execute(waits).fetchone() == (1,), 30, "request under way")
        serving.send_signal(signal.SIGTERM)
        wait_until(lambda: not listens(port), 30, "no new connection accepted")
        assert serving.poll() is None
        assert not asked.done()
        blocking.rollback()
        assert asked.result(60) > 0
    assert serving.wait(60) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_ends_gracefully_on_a_signal(
    installation: Installation, wait_until: Callable[..., None], number: signal.Signals
) -> None:
    working = installation.start("worker", "--json")
    pid_file = installation.home / "run" / "worker.pid"

    def started() -> bool:
        assert working.poll() is None, working.communicate()[1]
        return pid_file.exists() and pid_file.read_text() == str(working.pid)

    wait_until(started, 120, "worker started")
    assert working.stderr is not None
    assert "Working" in working.stderr.readline()
    wait_until(lambda: handles(working.pid, signal.SIGTERM), 60, "signal handlers")
    working.send_signal(number)
    out, err = working.communicate(timeout=120)
    assert working.returncode == 0, err
    assert json.loads(out.splitlines()[-1]) == {"ok": True}


def handles(pid: int, number: signal.Signals) -> bool:
    """True when the process catches the signal (SigCgt of proc(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False
