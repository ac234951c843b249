"""The demonstration comes up: whole and without a fault, and also when the simulator has one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bihuan.cli import demo
from bihuan.cli.demo import RATES

pytestmark = pytest.mark.slow


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty place for a demonstration of its own; what ran there is stopped afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-demo-"))
    folder.chmod(0o711)
    for name in ("BIHUAN_DB_ROLE", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BIHUAN_HOME", str(folder / "home"))
    yield folder / "home"
    subprocess.run([sys.executable, "-m", "bihuan.cli", "stop"], check=False, capture_output=True, timeout=120)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("days", [30, pytest.param(90, marks=pytest.mark.soak)])
def test_the_whole_demonstration_comes_up_today(home: Path, days: int) -> None:
    """What `make run` does, up to the pages, whatever day it is; with all its 90 days in the long runs.

    That long plays meet no fault is proved on a smaller district (tests/prevention/test_planted.py, 112 days), and that
    no day of the calendar brings one in tests/simulator/test_todays.py.
    """
    command = [sys.executable, "-m", "bihuan.cli", "demo", "--days", str(days), "--no-serve", "--no-samples", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1100, env=os.environ.copy())
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["ok"] is True
    assert [line for line in done.stderr.splitlines() if line.startswith("{")] == [], "no log lines before a reader"
    assert answer["faults"] == 0, done.stderr[-3000:]
    assert len(answer["rates"]) == len(RATES)
    assert all("[" in line for line in answer["rates"]), answer["rates"]
    assert json.loads((home / "demo.json").read_text(encoding="utf-8"))["state"] == "played"


def test_a_fault_of_the_simulator_is_said_and_counted_and_the_demonstration_goes_on(
    home: Path, furnish: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    """Here the simulator finds no district: it fails for real, in a process of its own."""
    furnish(home)
    demo._step("database", "init")
    assert demo._simulate(1, 1) == 1
    told = capfd.readouterr().err
    assert "the simulator had 1 faults" in told
    assert "no district is loaded" in told
    assert "Traceback" not in told
    (line,) = demo._rates(1)
    assert "could not be counted" in line
