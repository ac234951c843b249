"""Another PostgreSQL, version 15, named by DATABASE_URL: migrated, worked on and audited like our own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bihuan.server import pgbin
from tests.another_server import PASSWORD, REPORT, running

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (DEBIAN_15 / "initdb").exists(), reason="Debian's PostgreSQL 15 is not installed (apt install postgresql)"
    ),
]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, int]]:
    """A running PostgreSQL 15 with the two roles and an empty database; its folder and port."""
    monkeypatch.setenv("BIHUAN_PG_BIN", str(DEBIAN_15))
    pgbin.programs_folder.cache_clear()
    with running("district") as found:
        yield found
    pgbin.programs_folder.cache_clear()


def test_a_report_goes_in_and_out_of_postgresql_15_and_the_log_verifies(server: tuple[Path, int]) -> None:
    root, port = server
    environment = os.environ | {
        "BIHUAN_HOME": str(root / "home"),
        "DATABASE_URL": f"postgresql://district_app:{PASSWORD}@127.0.0.1:{port}/district",
        "DATABASE_OWNER_URL": f"postgresql://district_owner:{PASSWORD}@127.0.0.1:{port}/district",
        "BIHUAN_LOG_LEVEL": "ERROR",
        "BIHUAN_DB_ROLE": "app",
    }

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()[-1]

    def bihuan(*words: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(python("-m", "bihuan.cli", *words, "--json"))
        return answer

    assert bihuan("init")["migrations"] > 0
    migrated = bihuan("migrate")
    assert (migrated["migrations"], migrated["editions"]) == (0, [])
    bihuan("load", "district", "haidian", "--without-users")
    number, text, size = python("-c", REPORT).split()
    assert (text, size) == ("电梯坏了", "1")
    assert bihuan("case", "show", number)["case"]["number"] == number
    verified = bihuan("audit", "verify")
    assert (verified["ok"], verified["events"], verified["size"]) == (True, 1, 1)
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        assert str(connection.execute("SHOW server_version").fetchone()[0]).startswith("15.")  # type: ignore[index]  # SHOW always answers
        # Row security holds there too: a session that named no district sees no case.
        assert connection.execute("SELECT count(*) FROM loop_case").fetchone() == (0,)
