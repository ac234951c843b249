"""A home restored into an empty folder, by the command line alone: it repeats every draw and runs every programme."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial" / "add-a-programme.md").read_text(encoding="utf-8")
OWN = {
    name: text
    for name, text in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```", PAGE, re.M | re.S)
    if name.startswith("programmes/")
}
PLACES = "name,area\n紫荆雅园,110108003\n"
NUMBERS = ["3", "14", "15"]


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-restored-"))
    folder.chmod(0o711)
    yield folder
    for home in ("lived-in", "restored"):
        run(folder / home, "stop")
    shutil.rmtree(folder, ignore_errors=True)


def run(home: Path, *words: str) -> dict[str, Any]:
    """A command on `home`; its JSON object. The test fails when the command does."""
    environment = os.environ | {
        "BIHUAN_HOME": str(home),
        "BIHUAN_BACKUP_PASSPHRASE": "only for this test",
        "BIHUAN_LOG_LEVEL": "ERROR",
    }
    environment.pop("BIHUAN_DB_ROLE", None)
    command = [sys.executable, "-m", "bihuan.cli", *words, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, (words, done.stdout[-2000:] + done.stderr[-2000:])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def write_own(home: Path) -> None:
    """A city's own programme and list of places, in the data folder as a city writes them."""
    for name, text in {**OWN, "places/gazetteer.csv": PLACES}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")


def files(folder: Path) -> dict[str, bytes]:
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.mark.timeout(1800)  # some twenty commands, each a process of its own
def test_a_restore_into_an_empty_home_repeats_every_draw_and_has_the_programmes_running(
    place: Path, furnish: Callable[..., None]
) -> None:
    old, new = place / "lived-in", place / "restored"
    furnish(old, district=True)
    write_own(old)
    run(old, "init")
    until = ("--until", "2026-06-30T23:59:59+08:00")
    run(old, "simulate", "--days", "36", "--seed", "3", "--cases-per-day", "15", *until)
    draw = run(old, "callback", "commit", "--period", "2026-06", "--programme", "hotline", "--per-unit", "5")
    plan = run(old, "prevent", "propose", "--capacity", "4")
    visits = ("prevent", "draw", plan["commitment"], "--entropy", "7 12 19")
    drawn = run(old, "callback", "draw", draw["commitment"], *NUMBERS)
    run(old, "backup", str(place / "saved"))
    visited = run(old, *visits)

    restored = run(new, "restore", str(place / "saved"))
    assert restored["sealed"] == "passphrase"
    again = run(new, "callback", "draw", draw["commitment"], *NUMBERS)
    assert (again["drawn"], again["seed"]) == (drawn["drawn"], drawn["seed"])
    assert again["sampled"] == 0, "who was drawn before is not called twice"
    assert run(new, *visits)["places"] == visited["places"], "a draw that had only been committed to is carried out"
    assert run(new, "prevent", "list")["plans"] == run(old, "prevent", "list")["plans"]
    assert files(new / "programmes") == files(old / "programmes") != {}
    assert (new / "places/gazetteer.csv").read_text(encoding="utf-8") == PLACES
    own = "hydrants"
    assert run(new, "programme", "check", own)["ok"]
    assert run(new, "simulate", "--programme", own, "--days", "3", "--seed", "1", "--cases-per-day", "5")["cases"] > 0
    assert run(new, "audit", "verify")["ok"]
    assert run(new, "kept", "list")["rooms"] == run(old, "kept", "list")["rooms"]
