"""The private PostgreSQL: starts once however many ask, survives kill -9, touches no folder that is not its own."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bihuan.server import pgbin, postgres, secrets, users
from bihuan.server.home import Home
from bihuan.server.postgres import APP, OWNER, SUPERUSER, Server

pytestmark = pytest.mark.slow

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that a service user may enter; pytest's own temporary folders are closed."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-pg-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(place: Path) -> Iterator[Server]:
    home = Home(place / "home").ensure()
    made = postgres.server_of_home(home, secrets.ensure_secrets(home))
    made.ensure_running()
    yield made
    made.stop()


def test_two_roles_and_durable_settings(server: Server) -> None:
    with psycopg.connect(**server.conninfo(OWNER)) as connection:
        values = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]  # SHOW always answers
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "data_checksums")
        }
    assert values == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
        "data_checksums": "on",
    }
    with psycopg.connect(**server.conninfo(APP)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (APP,)


@pytest.mark.parametrize("role", [SUPERUSER, OWNER, APP])
def test_no_role_gets_in_without_its_password(server: Server, role: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(**(server.conninfo(role, "postgres") | {"password": "wrong"}))


def test_second_start_is_no_start(server: Server) -> None:
    assert server.ensure_running() is False


def test_acknowledged_rows_survive_kill_9(server: Server, wait_until: Callable[..., None]) -> None:
    with psycopg.connect(**server.conninfo(OWNER), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    wait_until(lambda: not server.running())
    assert server.ensure_running() is True
    with psycopg.connect(**server.conninfo(OWNER)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_deleted_home_is_made_anew_without_its_old_server(server: Server, wait_until: Callable[..., None]) -> None:
    old = int((server.data / "postmaster.pid").read_text().split()[0])
    shutil.rmtree(server.home.path)
    home = server.home.ensure()
    anew = postgres.server_of_home(home, secrets.ensure_secrets(home))
    anew.ensure_running()
    wait_until(lambda: not lives(old))
    assert anew.running()
    anew.stop()


def test_what_was_cut_off_while_it_was_made_is_made_again(place: Path) -> None:
    home = Home(place / "home").ensure()
    half = postgres.server_of_home(home, secrets.ensure_secrets(home))
    for folder in (half.data, half.data.with_name(f"{half.data.name}.part")):
        (folder / "base").mkdir(parents=True)
        (folder / "base" / "1").write_text("half")
    (half.data.with_name(f"{half.data.name}.part") / "PG_VERSION").write_text("18")
    try:
        assert half.ensure_running()
        assert half.running()
        assert (half.data / "base" / "1").is_dir()
        assert not half.data.with_name(f"{half.data.name}.part").exists()
    finally:
        half.stop()


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_many_processes_may_ask_at_once(place: Path) -> None:
    home = Home(place / "together").ensure()
    secrets.ensure_secrets(home)
    script = (
        "from bihuan.server import postgres, secrets; from bihuan.server.home import current_home; h = current_home();"
        "print(postgres.server_of_home(h, secrets.everything(h)).ensure_running())"
    )
    environment = os.environ | {"BIHUAN_HOME": str(home.path)}
    asking = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=60)[0].strip() for process in asking]
    postgres.server_of_home(home, secrets.everything(home)).stop()
    assert sorted(answers) == ["False", "False", "False", "True"]


def test_no_parent_folder_is_loosened(place: Path) -> None:
    parents = [place, *place.parents, *Path(pgbin.programs_folder()).parents]
    before = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in parents}
    home = Home(place / "home").ensure()
    made = postgres.server_of_home(home, secrets.ensure_secrets(home))
    made.ensure_running()
    made.stop()
    assert {folder: stat.S_IMODE(folder.stat().st_mode) for folder in parents} == before
    assert stat.S_IMODE(made.data.stat().st_mode) == 0o700
    user = users.app_user()  # may reach the socket, and nothing else
    assert stat.S_IMODE(made.socket_folder.stat().st_mode) == (0o700 if user is None else 0o710)
    assert user is None or made.socket_folder.stat().st_gid == user.pw_gid


def test_long_path_gets_a_short_socket_folder(place: Path) -> None:
    home = Home(place / ("long" * 30)).ensure()
    made = postgres.server_of_home(home, secrets.ensure_secrets(home))
    made.ensure_running()
    try:
        assert made.running()
        assert not made.socket_folder.is_relative_to(place)
    finally:
        made.stop()
        shutil.rmtree(made.socket_folder, ignore_errors=True)


def test_failed_start_says_where_to_look(server: Server) -> None:
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(postgres.PostgresError, match=r"(?s)did not start.*DATABASE_URL to another server") as caught:
        server.ensure_running()
    assert str(server.start_log.parent) in str(caught.value)
    (server.data / "PG_VERSION").write_text("18\n")


@pytest.mark.skipif(not DEBIAN_15.exists(), reason="Debian's PostgreSQL 15 is not installed (apt install postgresql)")
def test_whole_installation_runs_on_postgresql_15(place: Path) -> None:
    environment = os.environ | {
        "BIHUAN_HOME": str(place / "home"),
        "BIHUAN_PG_BIN": str(DEBIAN_15),
        "BIHUAN_LOG_LEVEL": "ERROR",
    }

    def bihuan(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bihuan.cli", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    try:
        made = bihuan("init", "--json")
        assert made.returncode == 0, made.stderr
        checked = bihuan("doctor")
        assert "database: PostgreSQL 15" in checked.stdout
        assert checked.returncode == 0, checked.stdout
    finally:
        bihuan("stop")
