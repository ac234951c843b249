"""pg_dump and pg_restore for the database of a home, private or external."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bihuan.faults import Fault
from bihuan.server import configuration, pgbin, postgres, secrets
from bihuan.server.home import Home


class DumpError(Fault):
    """pg_dump or pg_restore failed; the message holds what it said."""

    remedy = "run `bihuan doctor`, then try again"


def dump(home: Home, target: Path) -> dict[str, int]:
    """Dump one snapshot into `target` (custom format); returns the exact row count of every table in that snapshot.

    The counts and the dump share an exported snapshot, so they agree even while people work.
    """
    with _connect(home) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        _run(home, "pg_dump", ["--format=custom", "--no-comments", f"--snapshot={row[0]}"], output=target)  # type: ignore[index]  # the function returns one row
        counts = _row_counts(connection)
        connection.execute("COMMIT")
    return counts


def load(home: Home, source: Path) -> dict[str, int]:
    """Load a dump into the empty database of `home`, owned by the owner role; returns the row count of every table.

    Raises:
        DumpError: the database holds tables already, or pg_restore failed.
    """
    if configuration.uses_private_server():
        postgres.server(home, secrets.lookup(home)).ensure_running()
    with _connect(home) as connection:
        if tables := _row_counts(connection):
            raise DumpError(f"the database holds {len(tables)} tables already; restore into an empty one")
    arguments = ["--exit-on-error", "--single-transaction", "--no-owner"]
    if configuration.uses_private_server():
        arguments.append(f"--role={postgres.OWNER}")
    _run(home, "pg_restore", [*arguments, f"--dbname={_parameters(home)['dbname']}"], source=source)
    with _connect(home) as connection:
        connection.execute("ANALYZE")
        return _row_counts(connection)


def _parameters(home: Home) -> dict[str, Any]:
    """Superuser of the private server (row-level security hides nothing from it), else the owner's URL."""
    if configuration.uses_private_server():
        return postgres.server(home, secrets.lookup(home)).conninfo(postgres.SUPERUSER)
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    return psycopg.conninfo.conninfo_to_dict(urlsplit(url)._replace(scheme="postgresql").geturl())


def _connect(home: Home) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(**_parameters(home), autocommit=True)


def _row_counts(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, int]:
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    counted: dict[str, int] = {}
    for (table,) in tables:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        counted[table] = int(row[0]) if row else 0
    return counted


def _program(name: str) -> str:
    """Our own programs for our own server; the system's for another, as they fit its version and know TLS."""
    if not configuration.uses_private_server() and (found := shutil.which(name)):
        return found
    return str(pgbin.folder() / name)


def _run(
    home: Home, program: str, arguments: list[str], *, output: Path | None = None, source: Path | None = None
) -> None:
    """Run without a shell; file contents go through handles we opened, so the program needs no right to our folders."""
    parameters = _parameters(home)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
             "sslmode": "PGSSLMODE"}  # fmt: skip
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    environment |= {names[key]: str(value) for key, value in parameters.items() if key in names}
    out = output.open("wb") if output else None
    opened = source.open("rb") if source else None
    try:
        done = subprocess.run(
            [_program(program), *arguments],
            env=environment, stdin=opened or subprocess.DEVNULL, stdout=out or subprocess.DEVNULL,
            stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    finally:
        for handle in (out, opened):
            if handle is not None:
                handle.close()
    if done.returncode != 0:
        raise DumpError(f"{program} failed: {done.stderr.decode(errors='replace').strip()[-2000:]}")
