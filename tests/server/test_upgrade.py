"""Upgrading: what an earlier version backed up is restored, migrated, audited and worked on by this one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from json import loads
from pathlib import Path
from typing import Any

import pytest

from bihuan.server import backup
from bihuan.server.stream import secret_of

pytestmark = pytest.mark.slow

BACKUPS = sorted((Path(__file__).parent / "upgrades").glob("*.tar"))


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-upgrade-"))
    folder.chmod(0o711)
    yield folder / "home"
    bihuan(folder / "home", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def bihuan(home: Path, *words: str) -> dict[str, Any]:
    """Run a command on `home` and return its JSON object; the test fails when the command does."""
    environment = os.environ | {
        "BIHUAN_HOME": str(home),
        "BIHUAN_BACKUP_PASSPHRASE": "upgrade-test-only",
        "BIHUAN_LOG_LEVEL": "ERROR",
    }
    environment.pop("BIHUAN_DB_ROLE", None)
    command = [sys.executable, "-m", "bihuan.cli", *words, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = loads(done.stdout.splitlines()[-1])
    return result


def test_there_is_a_backup_of_an_earlier_version() -> None:
    assert BACKUPS


@pytest.mark.parametrize("saved", BACKUPS, ids=[path.stem for path in BACKUPS])
def test_backup_of_an_earlier_version_is_upgraded(saved: Path, home: Path) -> None:
    rows = backup.verify_backup(saved, secret_of("upgrade-test-only", None)).rows
    bihuan(home, "restore", str(saved), "--unauthenticated")
    assert bihuan(home, "doctor")["ok"]
    assert bihuan(home, "audit", "verify")["ok"]
    assert bihuan(home, "migrate")["migrations"] == 0
    played = bihuan(home, "simulate", "--days", "1", "--seed", "2", "--cases-per-day", "10")
    assert played["cases"] > 0
    assert bihuan(home, "audit", "verify")["ok"]
    assert rows["loop_case"] > 0
