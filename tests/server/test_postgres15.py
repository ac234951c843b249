"""Another PostgreSQL, version 15, named by DATABASE_URL: migrated, worked on and audited like our own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bihuan.server import pgbin

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "postgres15-test-only"  # of a server that lives as long as this test

pytestmark = pytest.mark.skipif(
    not (DEBIAN_15 / "initdb").exists(), reason="Debian's PostgreSQL 15 is not installed (apt install postgresql)"
)

REPORT = """
import django; django.setup()
from datetime import UTC, datetime
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.ledger import store
from bihuan.loop.kernel.model import Actor
from bihuan.loop.store import get_case, history
report = NewReport(
    key="pg15", programme="hotline", kind="request", channel="phone", at=datetime.now(UTC), title="电梯",
    text="电梯坏了", category="housing.property.service", area="110108001001",
    reporter=Reporter(name="李明", phone="13800138000"),
)
receipt = receive([report], actor=Actor("user:operator", frozenset({"operator"})))[0]
assert receipt.value is not None, receipt.refusal
store.sequence()
print(get_case(receipt.value.number).number, history(receipt.value.id, private=True)[0].private["text"], store.size())
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, int]]:
    """A running PostgreSQL 15 with the two roles and an empty database; its folder and port."""
    monkeypatch.setenv("BIHUAN_PG_BIN", str(DEBIAN_15))
    pgbin.folder.cache_clear()
    root = Path(tempfile.mkdtemp(prefix="bihuan-pg15-"))
    root.chmod(0o711)
    for name in ("data", "socket"):
        pgbin.make_folder(root / name, 0o700)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    data = str(root / "data")
    try:
        with pgbin.readable_secret(PASSWORD) as secret:
            ran("initdb", "-D", data, "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8",
                "--auth=scram-sha-256", f"--pwfile={secret}")  # fmt: skip
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={root / 'socket'} -c fsync=off"
        ran("pg_ctl", "start", "-D", data, "-w", "-o", options, "-l", str(root / "socket" / "log"))
        prepare(port)
        yield root, port
    finally:
        pgbin.run("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w")
        pgbin.folder.cache_clear()
        shutil.rmtree(root, ignore_errors=True)


def ran(program: str, *arguments: str) -> None:
    done = pgbin.run(program, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def prepare(port: int) -> None:
    """What an administrator of another server does, as docs/topics/operations.md says: two roles and a database."""
    target = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"
    with psycopg.connect(target, autocommit=True) as connection:
        for role in ("district_owner", "district_app"):
            connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        connection.execute("CREATE DATABASE district OWNER district_owner")


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
