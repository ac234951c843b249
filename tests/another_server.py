"""A PostgreSQL server that is not the installation's own: its administrator gave two roles and empty databases."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bihuan.server import pgbin

PASSWORD = "another-server-test-only"  # of a server that lives as long as a test

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
store.sequence_leaves()
print(get_case(receipt.value.number).number, history(receipt.value.id, private=True)[0].private["text"], store.size())
"""


@contextlib.contextmanager
def running(*databases: str) -> Iterator[tuple[Path, int]]:
    """Such a server with these databases; its folder and port."""
    root = Path(tempfile.mkdtemp(prefix="bihuan-another-"))
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
        prepare(port, databases)
        yield root, port
    finally:
        pgbin.run_program("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w")
        shutil.rmtree(root, ignore_errors=True)


def url(role: str, port: int, database: str) -> str:
    return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{port}/{database}"


def ran(program: str, *arguments: str) -> None:
    done = pgbin.run_program(program, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def prepare(port: int, databases: tuple[str, ...]) -> None:
    """What docs/topics/operations.md asks of another server's administrator: two roles, no more, and databases."""
    target = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"
    with psycopg.connect(target, autocommit=True) as connection:
        for role in ("district_owner", "district_app"):
            connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        for database in databases:
            connection.execute(f'CREATE DATABASE "{database}" OWNER district_owner')
