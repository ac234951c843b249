"""The database of a test session, made once and copied from then on.

Making a cluster and running every migration takes as long as a few hundred tests. Whoever comes first does it and
keeps the stopped data folder beside the sessions' own, named after everything it was made from; each later session
(every worker of every stage, every call while working) starts a copy. A change to a migration, to what migrations
call, to the models or to the locked packages gives another name.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper

from bihuan.server import pgbin, secrets
from bihuan.server.postgres import SUPERUSER, Server

SOURCE = Path(__file__).parents[1]
MADE_FROM = (
    "src/bihuan/*/migrations/*.py",
    "src/bihuan/*/models.py",
    "src/bihuan/*/models/*.py",
    "src/bihuan/server/*.py",
    "src/bihuan/registers/isolation.py",
    "uv.lock",
    "tests/prepared.py",
)
"""What decides how the cluster looks: the files, by patterns below the tree."""

KIND = "prepared"
"""How the names of the kept clusters begin."""

KEPT = 6
"""How many prepared clusters stay: branches differ, and a folder of each takes about 60 MB."""

CARELESS = {"fsync": "off", "full_page_writes": "off"}
"""The computer may not crash during a test; its processes may, and then nothing committed is lost."""

STAYING = ("django_content_type", "auth_permission")
"""Tables whose rows come with the migrations."""


def passwords(sessions: Path) -> dict[str, str]:
    """Return the passwords of the roles, the same for every session, since they are written into the cluster.

    Args:
        sessions: The folder of the sessions' own folders.
    """
    folder = sessions / "passwords"
    with lock(sessions):
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / "secrets.env"
        if not file.exists():
            made = secrets.generate_secrets()
            secrets.write_file(file, {name: made[name] for name in secrets.PASSWORDS})
        return secrets.read_file(file)


def start(server: Server, sessions: Path, make: Callable[[], None]) -> None:
    """Start a server whose cluster holds the tables; copy a kept cluster, or make and keep one.

    Args:
        server: The session's own server, not initialised yet.
        sessions: The folder of the sessions' own folders.
        make: Creates the database with its tables on the running server.
    """
    with lock(sessions):
        kept = sessions / f"{KIND}-{digest(server.passwords)}"
        if not kept.exists():
            _make(server, make)
            _keep(server, kept)
        else:
            _copy(kept, server)
        forget_others(kept)
    server.ensure_running()


def copy(server: Server, sessions: Path) -> bool:
    """Give another server, not initialised yet, a copy of the cluster that this session was started from.

    False when it is no longer kept, since sessions of other trees have begun: then there is nothing in that server.

    Args:
        server: Its passwords are those of the sessions.
        sessions: The folder of the sessions' own folders.
    """
    with lock(sessions):
        kept = sessions / f"{KIND}-{digest(server.passwords)}"
        if kept.exists():
            _copy(kept, server)
        return server.initialised()


def leave_statistics(connection: BaseDatabaseWrapper) -> None:
    """Let the planner know how a lived-in district looks, and leave the tables empty.

    What a test writes and never commits is seen by nobody who keeps statistics. Without any, PostgreSQL plans the big
    questions of a district (a month's numbers, a page's lists) as if everything were equal and rare, and takes five
    times as long for them. Statistics of columns outlive the rows (TRUNCATE keeps them, and an empty table is not
    analysed again); how many rows there are is read from the files.

    Args:
        connection: To the test database with its tables.
    """
    from tests.numbers.month.world import World
    from tests.shipped import load_shipped

    load_shipped(users=False)
    World(seed=7, cases=60)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    empty(connection, " RESTART IDENTITY")


def empty(connection: BaseDatabaseWrapper, further: str = "") -> None:
    """Empty the tables of models that hold rows, instead of all of them and making permissions anew (Django's flush).

    Args:
        connection: The test's connection to the database.
        further: Words for TRUNCATE.
    """
    from bihuan.ledger import keyring

    tables = connection.introspection.django_table_names(only_existing=False, include_views=False)
    names = [connection.ops.quote_name(name) for name in tables if name not in STAYING]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(asked)
        if filled := [name for (name,) in cursor.fetchall()]:
            cursor.execute(f"TRUNCATE {', '.join(filled)}{further} CASCADE")
    keyring.forget_cached_keys()


def _make(server: Server, make: Callable[[], None]) -> None:
    server.ensure_running()
    with psycopg.connect(**server.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
        for name, value in CARELESS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")  # type: ignore[call-overload]
        connection.execute("SELECT pg_reload_conf()")
    make()
    server.stop()


def _keep(server: Server, kept: Path) -> None:
    building = kept.with_name(f"{kept.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o711)
    copy_folder(server.data, building / "data")
    building.rename(kept)


def _copy(kept: Path, server: Server) -> None:
    pgbin.make_folder(server.root, 0o711, owned=False)
    for folder in (server.socket_folder, server.start_log.parent):
        pgbin.make_folder(folder, 0o700)
    copy_folder(kept / "data", server.data)


def copy_folder(source: Path, target: Path) -> None:
    """Copy with owners and modes, which `shutil.copytree` leaves behind."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def forget_others(used: Path) -> None:
    """Remove what was kept of other trees, but the latest."""
    used.touch()
    kept = sorted(used.parent.glob(f"{used.name.partition('-')[0]}-*"), key=lambda path: path.stat().st_mtime)
    for old in kept[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def digest(passwords: dict[str, str], also: Sequence[str] = ()) -> str:
    """What a kept folder is named after: the passwords in it, the programs of PostgreSQL, the files it is made from.

    Args:
        passwords: By role.
        also: Patterns of further files below the tree.
    """
    found = hashlib.sha256(repr(passwords).encode())
    found.update(str(pgbin.programs_folder()).encode())
    for pattern in (*MADE_FROM, *also):
        for path in sorted(SOURCE.glob(pattern)):
            if path.is_file():
                found.update(f"{path.relative_to(SOURCE)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]


@contextlib.contextmanager
def lock(sessions: Path, name: str = "lock") -> Iterator[None]:
    """One session at a time; `name` says at what."""
    with (sessions / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
