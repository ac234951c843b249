"""Data folders of installations that tests find set up, for what people do after `init` and `load district`.

Making a cluster, running every migration and loading the district takes half a minute of a processor, longer than
most of these tests. The session's prepared cluster (tests/prepared.py) has the tables already: a copy of it whose test
database is renamed is what `init` makes of nothing. That `init`, `load` and `restore` do it from nothing is proved
where nothing is furnished: tests/cli/test_demo.py, tests/server/test_postgres.py, test_external.py, test_restored.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from bihuan.server import postgres, secrets
from bihuan.server.home import Home
from tests import prepared

DISTRICT = "haidian"
KIND = "home"
"""How the names of the kept homes begin."""
MADE_FROM = (
    "src/bihuan/registers/data/**/*.*", "src/bihuan/registers/loading/*.py", "src/bihuan/programmes/*/programme.yaml",
    "src/bihuan/faces/static/faces/dist/manifest.json", "tests/homes.py",
)  # fmt: skip
"""What decides beside the tables how a home with a district looks."""


def furnish(home: Path, sessions: Path, tested: str) -> None:
    """Give an absent home a running private server whose database holds the tables; `bihuan init` does the rest.

    Where the prepared cluster is no longer kept, `init` does all of it.

    Args:
        home: The data folder.
        sessions: The folder of the sessions' own folders, with the prepared clusters.
        tested: The name of the test database in them.
    """
    server = _server(home, prepared.passwords(sessions))
    if not prepared.copy(server, sessions):
        return
    server.ensure_running()
    own, name = sql.Identifier(postgres.DATABASE), sql.Identifier(tested)
    with psycopg.connect(**server.conninfo(postgres.SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(own))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(name, own))


def furnish_district(home: Path, sessions: Path, tested: str) -> None:
    """Give an absent home everything that `init` and `load district` leave, its server stopped; made once and copied.

    Args:
        home: The data folder.
        sessions: The folder of the sessions' own folders, with the prepared clusters.
        tested: The name of the test database in them.
    """
    passwords = postgres.server_of_home(Home(home), prepared.passwords(sessions)).passwords
    kept = sessions / f"{KIND}-{prepared.digest(passwords, MADE_FROM)}"
    with prepared.lock(sessions, "homes"):
        if not kept.exists():
            building = sessions / "building"
            shutil.rmtree(building, ignore_errors=True)
            furnish(building, sessions, tested)
            for words in (("init",), ("load", "district", DISTRICT), ("stop",)):
                _run(building, *words)
            building.rename(kept)
        prepared.forget_others(kept)
        prepared.copy_folder(kept, home)
    made = Home(home)
    if made.postgres != home / "pg":
        made.postgres.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(home / "pg", made.postgres)


def _server(home: Path, passwords: dict[str, str]) -> postgres.Server:
    made = Home(home).ensure()
    secrets.ensure_secrets(made, passwords)
    return postgres.server_of_home(made, secrets.read_file(made.secrets_file) | secrets.read_file(made.owner_file))


def _run(home: Path, *words: str) -> None:
    environment = os.environ | {"BIHUAN_HOME": str(home)}
    for name in ("BIHUAN_DB_ROLE", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "bihuan.cli", *words, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words, done.stdout[-2000:] + done.stderr[-2000:])
