"""What a backup file holds, in order, inside one sealed stream (`stream`): names, sizes and numbers are checked.

    manifest.json          format, version, time, applied migrations, tables with their columns, sequences
    keys.json              the installation's keys (absent when taken without them or not sealed)
    table/NAME/N.copy      rows of a table in COPY text form, in parts of about eight megabytes, N = 0, 1, …
    media/PATH             uploaded files
    end.json               how many rows each table has, and how many files there are

Nothing in it is code: no statement, no schema, no link. Whatever is not on this list, or comes twice or out of order,
is refused before anything is changed.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from bihuan.faults import Fault
from bihuan.server import secrets
from bihuan.server.rows import HeldRows
from bihuan.server.stream import ArchiveSeal, SealedReader, SealedWriter, Secret, StreamError

FORMAT = "bihuan-backup-2"
MANIFEST, KEYS, END = "manifest.json", "keys.json", "end.json"
_SMALL = 16 << 20
_BLOCK = 1 << 20
_TABLE = re.compile(r"table/([a-z][a-z0-9_]{0,62})/(0|[1-9][0-9]{0,8})\.copy")
_MEDIA = re.compile(r"media/((?:[A-Za-z0-9_][A-Za-z0-9._-]{0,119}/){0,6}[A-Za-z0-9_][A-Za-z0-9._-]{0,119})")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VALUE = re.compile(r"[\x21-\x7e]{1,4096}")


class ArchiveError(Fault):
    """The archive holds something that is no part of a backup, or lacks something; the message names it."""

    remedy = "换一份未改动的副本 · take an unchanged copy; nothing here was changed"


@dataclass(frozen=True)
class ArchiveManifest:
    """The first member: what the rows are rows of."""

    version: str
    created_at: str
    migrations: list[tuple[str, str]]
    held: HeldRows
    format: str = FORMAT

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file. Source: docs/adr/0210 (rows in one sealed stream)."""
        return {
            "format": self.format, "version": self.version, "created_at": self.created_at,
            "migrations": self.migrations, "tables": self.held.tables, "sequences": self.held.sequences,
        }  # fmt: skip


@dataclass
class Contents:
    """What a whole, checked archive says about itself."""

    manifest: ArchiveManifest
    seal: ArchiveSeal
    keys: dict[str, str] | None = None
    rows: dict[str, int] = field(default_factory=dict)
    media: int = 0


class ArchiveMember(NamedTuple):
    """One member behind the manifest: rows of a table (`table`), or a file (`path`)."""

    table: str | None
    path: str | None
    content: IO[bytes]


class Packer:
    """Writes an archive member by member; `close` writes the end."""

    def __init__(
        self, out: IO[bytes], secret: Secret, manifest: ArchiveManifest, keys: Mapping[str, str] | None
    ) -> None:
        self._writer = SealedWriter(out, secret)
        self._tar = tarfile.open(fileobj=self._writer, mode="w|")  # type: ignore[call-overload]  # noqa: SIM115
        self.rows, self.media = dict.fromkeys(manifest.held.tables, 0), 0
        self._parts: dict[str, int] = {}
        self._json(MANIFEST, manifest.to_json())
        if keys is not None:
            self._json(KEYS, dict(keys))

    def table(self, name: str, data: bytes, rows: int) -> None:
        """One part of a table's rows; the parts of one table follow each other.

        Source: docs/adr/0210 (rows, no dump).
        """
        number = self._parts.get(name, 0)
        self._parts[name] = number + 1
        self.rows[name] += rows
        self._add(f"table/{name}/{number}.copy", len(data), io.BytesIO(data))

    def file(self, path: str, source: Path) -> None:
        """One uploaded file. Source: docs/adr/0210 (rows in one sealed stream)."""
        with source.open("rb") as opened:
            self._add(f"media/{path}", source.stat().st_size, opened)
        self.media += 1

    def close(self) -> None:
        """Write the counts and seal the last chunk. Source: docs/adr/0210 (rows in one sealed stream)."""
        self._json(END, {"rows": self.rows, "media": self.media})
        self._tar.close()
        self._writer.close()

    def _json(self, name: str, value: Mapping[str, Any]) -> None:
        data = json.dumps(value, ensure_ascii=False).encode()
        self._add(name, len(data), io.BytesIO(data))

    def _add(self, name: str, size: int, content: IO[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, content)


class Unpacker:
    """Reads an archive from the first byte to the last; `contents` is whole when `members` has ended.

    Raises:
        StreamError, SealError: as `stream.SealedReader`. ArchiveError: something in it is no part of a backup.
    """

    def __init__(self, source: IO[bytes], secret: Secret) -> None:
        self._reader = SealedReader(source, secret)
        try:
            self._tar = tarfile.open(fileobj=self._reader, mode="r|")  # type: ignore[call-overload]  # noqa: SIM115
            first = self._tar.next()
            manifest = _manifest(_json(self._tar, first, MANIFEST))
        except tarfile.TarError as error:
            raise ArchiveError(f"归档读不出 · the archive cannot be read ({error})") from error
        self.contents = Contents(manifest, self._reader.seal)

    def members(self) -> Iterator[ArchiveMember]:
        """Tables and files in order, each to be read before the next is asked for.

        Source: docs/adr/0210 (nothing of an archive can run).
        """
        found = self.contents
        seen: dict[str, int] = {}
        paths: set[str] = set()
        last, ended = "", False
        try:
            while (member := self._tar.next()) is not None:
                if ended:
                    raise ArchiveError(f"{END} 之后还有内容 · something follows {END}: {member.name!r}")
                if member.name == KEYS and found.keys is None and not seen and not paths:
                    found.keys = _keys(_json(self._tar, member, KEYS))
                elif member.name == END:
                    ended = True
                    _check_end(_json(self._tar, member, END), found, seen, paths)
                elif (part := _TABLE.fullmatch(member.name)) and member.isreg() and not paths:
                    table = part[1]
                    if table not in found.manifest.held.tables or int(part[2]) != seen.get(table, 0):
                        raise ArchiveError(f"未申报或次序不对 · not announced or out of order: {member.name}")
                    if table != last and table in seen:
                        raise ArchiveError(f"表 {table} 分散两处 · table {table} comes in two places")
                    seen[table], last = seen.get(table, 0) + 1, table
                    counted = _Counting(_opened(self._tar, member))
                    yield ArchiveMember(table, None, counted)  # type: ignore[arg-type]  # it is read only
                    counted.finish()
                    found.rows[table] = found.rows.get(table, 0) + counted.lines
                elif (file := _MEDIA.fullmatch(member.name)) and member.isreg() and file[1] not in paths:
                    paths.add(file[1])
                    yield ArchiveMember(None, file[1], _opened(self._tar, member))
                else:
                    raise ArchiveError(f"不属于备份的成员 · no part of a backup: {member.name!r}")
        except tarfile.TarError as error:
            raise ArchiveError(f"归档读不出 · the archive cannot be read ({error})") from error
        if not ended:
            raise ArchiveError(f"缺少 {END}，归档不完整 · {END} is missing: the archive is not whole")
        while self._reader.read(_BLOCK):  # to the authenticated end
            pass


def verify_archive(source: Path, secret: Secret) -> Contents:
    """Read a whole archive without changing anything.

    Raises:
        StreamError, SealError, ArchiveError: as `Unpacker`.

    Source: docs/adr/0210; docs/topics/operations.md, "Backup and restore".
    """
    with source.open("rb") as opened:
        unpacker = Unpacker(opened, secret)
        for member in unpacker.members():
            while member.content.read(_BLOCK):
                pass
        return unpacker.contents


class _Counting:
    """Counts the rows that are read: COPY text has one line per row, line breaks inside values are escaped."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.lines, self._last = source, 0, b"\n"

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.lines += data.count(b"\n")
        self._last = data[-1:] or self._last
        return data

    def finish(self) -> None:
        while self.read(_BLOCK):
            pass
        if self._last != b"\n":
            raise ArchiveError("表的最后一行不完整 · the last row of a table is not whole")


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    opened = tar.extractfile(member)
    assert opened is not None, "only regular members get here"
    return opened


def _json(tar: tarfile.TarFile, member: tarfile.TarInfo | None, name: str) -> dict[str, Any]:
    if member is None or member.name != name or not member.isreg() or member.size > _SMALL:
        raise ArchiveError(f"此处应为 {name} · {name} is expected here")
    try:
        value = json.loads(_opened(tar, member).read())
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{name} 读不懂 · {name} cannot be read") from error
    if not isinstance(value, dict):
        raise ArchiveError(f"{name} 读不懂 · {name} cannot be read")
    return value


def _manifest(found: dict[str, Any]) -> ArchiveManifest:
    if found.get("format") != FORMAT:
        raise ArchiveError(f"格式为 {found.get('format')!r}，本版本只读 {FORMAT} · this version reads {FORMAT}")
    try:
        migrations = [(_name(app), _text(name)) for app, name in found["migrations"]]
        tables = {_name(t): [_name(c) for c in columns] for t, columns in found["tables"].items()}
        sequences = {_name(s): None if v is None else _number(v) for s, v in found["sequences"].items()}
        version, created = _text(found["version"]), _text(found["created_at"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArchiveError(f"{MANIFEST} 不合规 · {MANIFEST} is not as it must be ({error})") from error
    return ArchiveManifest(version, created, migrations, HeldRows(tables, sequences))


def _keys(found: dict[str, Any]) -> dict[str, str]:
    """Only names that are ours, and values that stay on their line: this becomes secrets.env."""
    for name, value in found.items():
        if name not in secrets.KEYS or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise ArchiveError(f"{KEYS} 含不该有的内容 · {KEYS} holds what does not belong there: {name!r}")
    return found


def _check_end(end: dict[str, Any], found: Contents, seen: dict[str, int], paths: set[str]) -> None:
    rows = end.get("rows")
    announced = found.manifest.held.tables
    if not isinstance(rows, dict) or rows.keys() != announced.keys():
        raise ArchiveError(f"{END} 与清单不符 · {END} does not fit {MANIFEST}")
    wrong = sorted(t for t in announced if rows[t] != found.rows.get(t, 0))
    if wrong or end.get("media") != len(paths):
        raise ArchiveError(f"数量不符 · other numbers than counted: {', '.join(wrong[:5]) or 'media'}")
    found.rows = {table: found.rows.get(table, 0) for table in announced}
    found.media = len(paths)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is no name")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 200 or not value.isprintable():
        raise ValueError(f"{value!r} is no short text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 < value < 1 << 62:
        raise ValueError(f"{value!r} is no number of a sequence")
    return value


__all__ = [
    "ArchiveError",
    "ArchiveManifest",
    "ArchiveMember",
    "Contents",
    "Packer",
    "StreamError",
    "Unpacker",
    "verify_archive",
]
