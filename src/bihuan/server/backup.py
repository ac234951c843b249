"""Backup and restore of one installation: rows, uploaded files and keys in one sealed archive (`archive`, `stream`).

The rows are read before the files: files are only ever added, so every file that a row names is in the archive.
A restore reads the whole archive first, builds the tables by our own migrations as they were when it was taken, loads
rows as the owner in one transaction and then migrates on. Nothing of the archive is ever executed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psycopg

from bihuan import __version__
from bihuan.faults import Fault
from bihuan.server import archive, configuration, legacy_archive, postgres, rows, secrets, users
from bihuan.server.archive import ArchiveError, ArchiveManifest, Contents, Packer, Unpacker
from bihuan.server.home import Home, interrupted
from bihuan.server.log_lines import log
from bihuan.server.stream import ArchiveSeal, Secret

_BLOCK = 1 << 20


class BackupError(Fault):
    """The backup cannot be written, or not be restored here; the message says why and what to do."""

    remedy = "数据未改动 · what is here was not changed"


def create_backup(home: Home, target: Path, secret: Secret, *, with_keys: bool = True) -> dict[str, Any]:
    """Write a backup to `target` (never half: it appears under its name when complete and on disk).

    Args:
        secret: seals the archive; without one it is neither secret nor vouched for, and never holds keys.
        with_keys: whether the installation's keys go into it; else secrets.env must be kept elsewhere.

    Returns:
        `rows` by table, `media` (number of files), `bytes` and `sealed`.

    Raises:
        BackupError: `target` exists, or a file's name cannot be kept.

    Source: docs/topics/operations.md, "Backup and restore"; docs/adr/0210.
    """
    with _failure_logged("backup_failed"):
        return _create(home, target, secret, with_keys)


def _create(home: Home, target: Path, secret: Secret, with_keys: bool) -> dict[str, Any]:
    if target.exists():
        raise BackupError(f"{target} 已存在，备份从不覆盖 · {target} exists already; choose another name")
    keys = _keys(home) if with_keys and secret.seal is not ArchiveSeal.NONE else None
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bihuan-backup-") as folder:
        work = Path(folder) / "backup"
        descriptor = os.open(work, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            packer = _write(home, out, secret, keys)
            out.flush()
            os.fsync(out.fileno())
        os.link(work, target)  # unlike a rename it never replaces what stands there
    size, seal = target.stat().st_size, secret.seal.value
    _log_archive("backup_written", packer.rows, packer.media, seal, bytes=size, keys=keys is not None)
    return {"rows": packer.rows, "media": packer.media, "bytes": size, "sealed": seal}


def _log_archive(name: str, held: Mapping[str, int], media: int, seal: str, **more: object) -> None:
    log(name, tables=len(held), rows=sum(held.values()), media=media, sealed=seal, **more)


@contextlib.contextmanager
def _failure_logged(name: str) -> Iterator[None]:
    """Log how what is done inside failed; the error goes on."""
    try:
        yield
    except Exception as error:
        log(name, error=type(error).__name__)
        raise


def verify_backup(source: Path, secret: Secret) -> Contents:
    """Read a whole backup without changing anything; also one of version 0.1.0, which nothing vouches for.

    Raises:
        StreamError, SealError, ArchiveError: it is damaged, doctored, sealed otherwise, or no backup.

    Source: docs/topics/operations.md, "Backup and restore"; docs/adr/0210.
    """
    with _readable(source, secret) as (path, opening):
        found = archive.verify_archive(path, opening)
    if found.keys is None and (sealed := legacy_archive.keys_of(source, secret)) is not None:
        found.keys = sealed
    return found


def restore_backup(home: Home, source: Path, secret: Secret, *, unauthenticated: bool = False) -> Contents:
    """Restore into a home that holds no data; everything is read and checked before anything is changed.

    An interrupted restore leaves a mark and is no installation; the next restore clears it away and begins anew.

    Args:
        unauthenticated: whether an archive that nothing vouches for may be restored.

    Raises:
        BackupError: the home is in use, keys are missing, the archive is of a newer version, or nobody vouches for it.
        StreamError, SealError, ArchiveError: as `verify_backup`. RowsError: the rows do not fit this version's tables.

    Source: docs/topics/operations.md, "Backup and restore"; docs/adr/0210.
    """
    with _failure_logged("restore_failed"):
        return _restore(home, source, secret, unauthenticated)


def _restore(home: Home, source: Path, secret: Secret, unauthenticated: bool) -> Contents:
    if home.secrets_file.exists() and not interrupted(home):
        raise BackupError(
            f"{home.path} 已在使用，请恢复到空目录 · it is initialised already; restore into an empty BIHUAN_HOME"
        )
    with _readable(source, secret) as (path, opening):
        found = archive.verify_archive(path, opening)
        if found.keys is None:
            found.keys = legacy_archive.keys_of(source, secret)
        if found.seal is ArchiveSeal.NONE and not unauthenticated:
            raise BackupError(
                "此备份未加密签封，无人能担保其内容；确知其保管可靠，方可用 --unauthenticated 恢复 · "
                "nothing vouches for this backup; only if you know who kept it, restore it with --unauthenticated"
            )
        keys = found.keys or _given_keys()
        _refuse_newer(home, found.manifest, keys)
        if interrupted(home):
            _discard(home)
        _log_archive("restore_started", found.rows, found.media, found.seal.value)
        try:
            _fill(home, path, opening, found, keys)
        except BaseException:
            _discard(home)  # half a home would refuse the next attempt
            raise
    _log_archive("restore_finished", found.rows, found.media, found.seal.value)
    return found


def _fill(home: Home, path: Path, opening: Secret, found: Contents, keys: dict[str, str]) -> None:
    home.ensure()
    mark = home.restoring
    mark.write_text(json.dumps({"from": found.manifest.created_at}), encoding="utf-8")
    secrets.ensure_secrets(home, given=keys)
    if configuration.uses_private_server():
        postgres.server_of_home(home, secrets.everything(home)).ensure_running()
    with _connect(home) as connection:
        if standing := rows.read_held(connection).tables:
            raise BackupError(f"数据库已有表 · the database holds {len(standing)} tables already; give an empty one")
    _migrate(home, found.manifest.migrations)
    with path.open("rb") as opened, _connect(home) as connection, connection.transaction():
        unpacker = Unpacker(opened, opening)
        loader = rows.Loader(connection, unpacker.contents.manifest.held)
        for member in unpacker.members():
            if member.table is not None:
                loader.copy(member.table, _blocks(member.content))
            elif member.path is not None:
                _keep_file(home.media / member.path, member.content)
        loader.close(unpacker.contents.rows)
    _migrate(home, None)
    with _connect(home) as connection:
        connection.execute("ANALYZE")
    mark.unlink()


def _write(home: Home, out: IO[bytes], secret: Secret, keys: dict[str, str] | None) -> Packer:
    with _connect(home) as connection:
        rows.see_all(connection)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        applied = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        manifest = ArchiveManifest(
            __version__, now, [(app, name) for app, name in applied], rows.rows_to_save(connection)
        )
        packer = Packer(out, secret, manifest, keys)
        for table, columns in manifest.held.tables.items():
            for data, number in rows.copy_parts(connection, table, columns):
                packer.table(table, data, number)
        connection.execute("COMMIT")
    with users.as_owner_of(home.media):  # no link laid there leads root to other files
        for file in sorted(path for path in home.media.rglob("*") if path.is_file() and not path.is_symlink()):
            with contextlib.suppress(FileNotFoundError):  # erased meanwhile
                packer.file(file.relative_to(home.media).as_posix(), file)
    packer.close()
    return packer


@contextlib.contextmanager
def _readable(source: Path, secret: Secret) -> Iterator[tuple[Path, Secret]]:
    """The archive and how to open it; one of version 0.1.0 is first written anew, in a folder of its own."""
    if not legacy_archive.recognises(source):
        yield source, secret
        return
    with tempfile.TemporaryDirectory(prefix="bihuan-restore-") as folder:
        target = Path(folder) / "transcribed"
        legacy_archive.transcribe(source, target)
        yield target, Secret()


def _keys(home: Home) -> dict[str, str]:
    found = secrets.lookup(home)
    return {name: found[name] for name in secrets.KEYS if name in found}


def _given_keys() -> dict[str, str]:
    given = {name: os.environ[name] for name in secrets.KEYS if os.environ.get(name)}
    if missing := [name for name in secrets.KEYS if name not in given]:
        names = ", ".join(missing)
        raise BackupError(f"备份不含密钥，请设环境变量 · taken without keys; set {names} in the environment")
    return given


def _refuse_newer(home: Home, manifest: ArchiveManifest, keys: dict[str, str]) -> None:
    done = _run_migrate(home, ["--unknown", json.dumps(manifest.migrations)], keys)
    unknown = json.loads(done.splitlines()[-1])
    if unknown:
        raise BackupError(
            f"备份来自更新的版本（{manifest.version}），请先升级本平台 · the backup was taken by a newer version; "
            f"it knows migrations that this one does not: {', '.join(unknown[:5])}"
        )


def _migrate(home: Home, to: Sequence[tuple[str, str]] | None) -> None:
    """Build the tables in a process of its own, which acts as the owner."""
    _run_migrate(home, [] if to is None else ["--to", json.dumps(to)], {})


def _run_migrate(home: Home, arguments: list[str], extra: dict[str, str]) -> str:
    environment = os.environ | extra | {"BIHUAN_DB_ROLE": "owner", "DJANGO_SETTINGS_MODULE": "bihuan.server.settings"}
    environment["BIHUAN_HOME"] = str(home.path)
    command = [sys.executable, "-m", "bihuan.server.migrate", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupError(f"建表失败 · the tables could not be built: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _connect(home: Home) -> psycopg.Connection[tuple[Any, ...]]:
    """As the owner of the tables, on our own server or on the one that DATABASE_OWNER_URL names."""
    if configuration.uses_private_server():
        server = postgres.server_of_home(home, secrets.everything(home))
        return psycopg.connect(**server.conninfo(postgres.OWNER), autocommit=True)
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    return psycopg.connect(urlsplit(url)._replace(scheme="postgresql").geturl(), autocommit=True)


def _discard(home: Home) -> None:
    """Take away what a restore made: the home was empty before."""
    if configuration.uses_private_server():
        if home.secrets_file.exists():
            with contextlib.suppress(postgres.PostgresError):
                postgres.server_of_home(home, secrets.everything(home)).stop()
        shutil.rmtree(home.postgres, ignore_errors=True)
    elif interrupted(home):  # only then were the tables ours
        with _connect(home) as connection:
            _drop_all(connection)
    shutil.rmtree(home.media, ignore_errors=True)
    for file in (home.secrets_file, home.owner_file, home.restoring):
        file.unlink(missing_ok=True)


def _drop_all(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    statements = (
        "SELECT format('DROP TABLE IF EXISTS public.%I CASCADE', tablename) FROM pg_tables"
        " WHERE schemaname = 'public' AND tableowner = current_user",
        "SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND pg_get_userbyid(proowner) = current_user",
    )
    for statement in statements:
        for (drop,) in connection.execute(statement).fetchall():
            connection.execute(drop)


def _keep_file(goal: Path, content: IO[bytes]) -> None:
    goal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(goal, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        for block in _blocks(content):
            out.write(block)


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    while block := content.read(_BLOCK):
        yield block


__all__ = ["ArchiveError", "BackupError", "create_backup", "restore_backup", "verify_backup"]
