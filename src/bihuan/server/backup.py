"""Backup and restore of one installation: database, media and sealed keys in one tar file with a manifest.

    manifest.json     format, version, time, row counts, SHA-256 of every other member
    database.dump     pg_dump, custom format, of one consistent snapshot
    keys.sealed       signing and sealing keys under a passphrase (absent when taken without keys)
    media/…           uploaded files

The dump is taken before the media: evidence files are only ever added, so every file the dump names is in the tar.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from bihuan import __version__
from bihuan.faults import Fault
from bihuan.server import configuration, pgdump, postgres, sealing, secrets
from bihuan.server.home import Home

FORMAT = "bihuan-backup-1"
MANIFEST, DUMP, KEYS, MEDIA = "manifest.json", "database.dump", "keys.sealed", "media"
_CHUNK = 1 << 20


class BackupError(Fault):
    """The backup cannot be written or trusted; the message names the member and the remedy."""

    remedy = "take another backup; what is here now was not changed"


def create(home: Home, target: Path, passphrase: str | None) -> dict[str, Any]:
    """Write a backup to `target` (never half: it appears under its name when complete and on disk).

    Args:
        passphrase: seals the keys into the file; None leaves them out, then secrets.env must be kept elsewhere.

    Returns:
        The manifest, with `bytes` of the file added.

    Raises:
        BackupError: `target` exists. SealError: the passphrase is too short. DumpError: pg_dump failed.
    """
    if target.exists():
        raise BackupError(f"{target} exists already; choose another name, a backup is never overwritten")
    keys = None if passphrase is None else sealing.seal(_keys(home), passphrase)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bihuan-backup-") as folder:
        work = Path(folder)
        members = [(DUMP, work / DUMP)]
        counts = pgdump.dump(home, work / DUMP)
        if keys is not None:
            (work / KEYS).write_bytes(keys)
            members.append((KEYS, work / KEYS))
        members += [(f"{MEDIA}/{path.relative_to(home.media)}", path) for path in _files(home.media)]
        manifest = {
            "format": FORMAT,
            "version": __version__,
            "created_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "rows": counts,
            "sha256": {name: _sha256_of(path) for name, path in members},
        }
        (work / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        _write_tar(work / "backup.tar", [(MANIFEST, work / MANIFEST), *members])
        (work / "backup.tar").replace(target)
    return manifest | {"bytes": target.stat().st_size}


def restore(home: Home, source: Path, passphrase: str | None) -> dict[str, Any]:
    """Restore into a home that holds no data yet; verifies every member before anything is changed.

    Returns:
        The manifest of the backup.

    Raises:
        BackupError: the home is in use, the file is damaged, rows are missing. SealError: wrong passphrase.
    """
    if home.secrets_file.exists():
        raise BackupError(f"{home.path} is initialised already; restore into an empty BIHUAN_HOME")
    manifest = verify(source)
    with tarfile.open(source) as tar, tempfile.TemporaryDirectory(prefix="bihuan-restore-") as folder:
        tar.extractall(folder, filter="data")
        work = Path(folder)
        keys = _opened_keys(work / KEYS, passphrase)
        home.ensure()
        secrets.ensure(home, given=keys)
        try:
            counts = pgdump.load(home, work / DUMP)
        except Exception:
            _discard(home)  # half a home would refuse the next attempt
            raise
        _copy_media(work / MEDIA, home.media)
    if differing := {t: (n, counts.get(t)) for t, n in manifest["rows"].items() if counts.get(t) != n}:
        raise BackupError(f"rows differ after the restore (backup, now): {differing}; do not use this home")
    return manifest


def verify(source: Path) -> dict[str, Any]:
    """The manifest of a backup file whose every member has the recorded SHA-256.

    Raises:
        BackupError: not a backup, another format, or a member missing, added or changed.
    """
    try:
        with tarfile.open(source) as tar:
            manifest = json.loads(_member(tar, MANIFEST).read())
            if manifest.get("format") != FORMAT:
                raise BackupError(f"{source} has format {manifest.get('format')!r}; this version reads {FORMAT}")
            found = {m.name: _sha256(_member(tar, m.name)) for m in tar if m.isfile() and m.name != MANIFEST}
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise BackupError(f"{source} is not a readable backup ({error}); take another copy") from error
    expected: dict[str, str] = manifest["sha256"]
    if wrong := sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)):
        raise BackupError(f"{source} is damaged: {', '.join(wrong[:5])} changed, missing or added; take another copy")
    result: dict[str, Any] = manifest
    return result


def _keys(home: Home) -> dict[str, str]:
    found = secrets.lookup(home)
    return {name: found[name] for name in secrets.KEYS if name in found}


def _opened_keys(path: Path, passphrase: str | None) -> dict[str, str]:
    if not path.exists():
        given = {name: os.environ[name] for name in secrets.KEYS if os.environ.get(name)}
        if missing := [name for name in secrets.KEYS if name not in given]:
            raise BackupError(f"this backup was taken without keys; set {', '.join(missing)} in the environment")
        return given
    if passphrase is None:
        raise BackupError("this backup holds sealed keys; give the passphrase")
    return sealing.unseal(path.read_bytes(), passphrase)


def _discard(home: Home) -> None:
    """Take away what this restore made: the home was empty before."""
    home.secrets_file.unlink()
    if configuration.uses_private_server():
        postgres.server(home, {}).stop()
        shutil.rmtree(home.postgres)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _copy_media(source: Path, target: Path) -> None:
    if not source.exists():
        return
    for path in _files(source):
        goal = target / path.relative_to(source)
        goal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        goal.write_bytes(path.read_bytes())
        goal.chmod(0o600)


def _write_tar(path: Path, members: list[tuple[str, Path]]) -> None:
    with path.open("wb") as out:
        path.chmod(0o600)
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, file in members:
                tar.add(file, arcname=name, recursive=False)
        out.flush()
        os.fsync(out.fileno())


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    opened = tar.extractfile(name)
    if opened is None:
        raise KeyError(name)
    return opened


def _sha256_of(path: Path) -> str:
    with path.open("rb") as opened:
        return _sha256(opened)


def _sha256(opened: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := opened.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
