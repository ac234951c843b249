"""Backups of version 0.1.0 (format bihuan-backup-1), written anew as an archive of today, with nothing executable left.

They hold a dump of PostgreSQL, which is a program. It is never run against a database: `pg_restore` turns its rows into
text, and of that text only COPY blocks and the state of sequences are read. Nothing vouches for such a file.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from bihuan.server import pgbin, sealing
from bihuan.server.archive import ArchiveError, ArchiveManifest, Packer
from bihuan.server.rows import OURS, VOLATILE, HeldRows
from bihuan.server.stream import MAGIC, Secret

FORMAT = "bihuan-backup-1"
RETIRED = ("procrastinate",)
"""Apps that have left: their rows and migrations are passed over (decision 0200)."""
_MANIFEST, _DUMP, _KEYS = "manifest.json", "database.dump", "keys.sealed"
_MEDIA = re.compile(r"media/[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_COPY = re.compile(rb'COPY public\.([a-z][a-z0-9_]*) \(([a-z0-9_", ]+)\) FROM stdin;\n')
_SETVAL = re.compile(rb"SELECT pg_catalog\.setval\('public\.([a-z][a-z0-9_]*)', ([0-9]+), (?:true|false)\);\n")
_PART = 8 << 20


def recognises(source: Path) -> bool:
    """Return whether this is a tar file that begins like a backup of version 0.1.0.

    Source: docs/adr/0210 (archives of 0.1.0 are read the same way)
    """
    with source.open("rb") as opened:
        if opened.read(len(MAGIC)) == MAGIC:
            return False
    try:
        with tarfile.open(source) as tar:
            return _read_json(tar, _MANIFEST).get("format") == FORMAT
    except (tarfile.TarError, ArchiveError, OSError):
        return False


def keys_of(source: Path, secret: Secret) -> dict[str, str] | None:
    """Return the keys sealed in it; None when it has none or is of another format.

    Raises:
        SealError: no passphrase, or a wrong one.

    Source: docs/adr/0210 (archives of 0.1.0 are read the same way)
    """
    if not recognises(source):
        return None
    with tarfile.open(source) as tar:
        if _KEYS not in tar.getnames():
            return None
        if secret.passphrase is None:
            raise sealing.SealError("请提供口令 · this backup holds sealed keys; give the passphrase")
        return sealing.unseal_values(_member(tar, _KEYS).read(), secret.passphrase)


def transcribe(source: Path, target: Path) -> None:
    """Write the rows and files of an old backup as an archive of today, not sealed.

    Raises:
        ArchiveError: it is damaged, or holds a member that is no part of a backup.

    Source: docs/adr/0210 (archives of 0.1.0: only rows and sequences are taken).
    """
    with tarfile.open(source) as tar, tempfile.TemporaryDirectory(dir=target.parent) as folder:
        for member in tar:
            if not member.isreg() or not (member.name in (_MANIFEST, _DUMP, _KEYS) or _MEDIA.fullmatch(member.name)):
                raise ArchiveError(f"不属于备份的成员 · no part of a backup: {member.name!r}")
        told = _read_json(tar, _MANIFEST)
        script = Path(folder) / "rows.sql"
        _write_rows(_member(tar, _DUMP), Path(folder) / "dump", script)
        held, migrations = _survey(script)
        try:
            manifest = ArchiveManifest(str(told["version"]), str(told["created_at"]), migrations, held)
        except KeyError as error:
            raise ArchiveError(f"{_MANIFEST} 缺字段 · {_MANIFEST} lacks {error}") from error
        with target.open("wb") as out:
            packer = Packer(out, Secret(), manifest, None)
            for table, data, number in _tables(script):
                packer.table(table, data, number)
            for member in tar:
                if member.name.startswith("media/"):
                    _pass_on(packer, tar, member.name, Path(folder) / "file")
            packer.close()


def _write_rows(dump: IO[bytes], kept: Path, script: Path) -> None:
    """Let `pg_restore` write the rows as text; it is given no database, no home and no secret."""
    with kept.open("wb") as out:
        while block := dump.read(1 << 20):
            out.write(block)
    with kept.open("rb") as given, script.open("wb") as out:
        done = subprocess.run(
            [str(pgbin.programs_folder() / "pg_restore"), "--data-only", "--no-owner", "--file=-"],
            stdin=given, stdout=out, stderr=subprocess.PIPE, check=False,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[-500:]
        raise ArchiveError(f"{_DUMP} 读不出，文件已损坏 · {_DUMP} cannot be read, the file is damaged: {said}")


def _survey(script: Path) -> tuple[HeldRows, list[tuple[str, str]]]:
    tables: dict[str, list[str]] = {}
    sequences: dict[str, int | None] = {}
    migrations: list[tuple[str, str]] = []
    for head, lines in _blocks(script):
        if found := _SETVAL.fullmatch(head):
            name = found[1].decode()
            if not name.startswith(RETIRED):
                sequences[name] = int(found[2])
        elif found := _COPY.fullmatch(head):
            table = found[1].decode()
            columns = [column.strip(' "') for column in found[2].decode().split(",")]
            if table.startswith(RETIRED) or table in VOLATILE:
                continue
            tables[table] = columns
            if table == OURS:
                app, name = columns.index("app"), columns.index("name")
                rows = [line.rstrip(b"\n").split(b"\t") for line in lines]
                migrations = [(row[app].decode(), row[name].decode()) for row in rows]
    return HeldRows(tables, sequences), [each for each in migrations if each[0] not in RETIRED]


def _tables(script: Path) -> Iterator[tuple[str, bytes, int]]:
    for head, lines in _blocks(script):
        found = _COPY.fullmatch(head)
        if not found or (table := found[1].decode()).startswith(RETIRED) or table in VOLATILE:
            continue
        buffer, number = bytearray(), 0
        for line in lines:
            buffer += line
            number += 1
            if len(buffer) >= _PART:
                yield table, bytes(buffer), number
                buffer, number = bytearray(), 0
        if number:
            yield table, bytes(buffer), number


def _blocks(script: Path) -> Iterator[tuple[bytes, Iterator[bytes]]]:
    """Every line outside rows, with an iterator over the rows that follow a COPY; everything else is passed over."""
    with script.open("rb") as opened:
        for line in opened:
            if _COPY.fullmatch(line):
                rows = _until_end(opened)
                yield line, rows
                for _ in rows:
                    pass
            elif _SETVAL.fullmatch(line):
                yield line, iter(())


def _until_end(opened: IO[bytes]) -> Iterator[bytes]:
    for line in opened:
        if line == b"\\.\n":
            return
        yield line


def _pass_on(packer: Packer, tar: tarfile.TarFile, name: str, room: Path) -> None:
    with room.open("wb") as out:
        opened = _member(tar, name)
        while block := opened.read(1 << 20):
            out.write(block)
    packer.file(name.removeprefix("media/"), room)


def _read_json(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    try:
        value = json.loads(_member(tar, name).read(16 << 20))
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{name} 读不懂 · {name} cannot be read") from error
    if not isinstance(value, dict):
        raise ArchiveError(f"{name} 读不懂 · {name} cannot be read")
    return value


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        opened = tar.extractfile(name)
    except KeyError as error:
        raise ArchiveError(f"缺少 {name} · {name} is missing") from error
    if opened is None:
        raise ArchiveError(f"{name} 不是文件 · {name} is no file")
    return opened
