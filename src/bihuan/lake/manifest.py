"""The manifest: which files are the lake, and up to where they reach. Replaced as a whole, by one rename."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bihuan.faults import Fault

SCHEMA = 1
NAME = "manifest.json"


class LakeError(Fault):
    """The lake cannot be read or written; says the remedy."""

    remedy = "`bihuan lake sync` writes the lake"


@dataclass(frozen=True, slots=True)
class LakePart:
    """One Parquet file.

    Args:
        path: Relative to the lake's folder.
        table: Its name, as the room that gives it says.
        month: The partition, YYYY-MM.
        rows: Records in it.
        sha256: Of the file, hexadecimal.
    """

    path: str
    table: str
    month: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LakeManifest:
    """What the lake holds.

    Args:
        source: `platform`, or the id of the preset the files were read with.
        district: Official code, empty for files.
        zone: IANA zone that months are counted in.
        size: Leaves of the log that the events reach up to; for files, the number of cases.
        root: Root of the newest signed head at that size, if any (hexadecimal).
        at: When the last of them was recorded (UTC, ISO).
        parts: The files.
        definitions: Month → indicator → {programmes, appealable, clock}: what the questions need of the declarations.
        schema: Version of the tables.
    """

    source: str
    district: str
    zone: str
    size: int = 0
    root: str = ""
    at: str = ""
    parts: tuple[LakePart, ...] = ()
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    schema: int = SCHEMA

    def files(self, folder: Path, table: str) -> list[str]:
        """Absolute paths of a table's files.

        Source: docs/topics/lake.md (the manifest says which files are the lake)
        """
        return [str(folder / part.path) for part in self.parts if part.table == table]

    def rows(self, table: str) -> int:
        """Records of a table. Source: docs/topics/lake.md (the manifest says which files are the lake)."""
        return sum(part.rows for part in self.parts if part.table == table)


def read_manifest(folder: Path) -> LakeManifest | None:
    """Return the manifest of a lake, or None when there is none yet.

    Raises:
        LakeError: it is damaged or of another version.

    Source: docs/topics/lake.md (the manifest says which files are the lake)
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["schema"] != SCHEMA:
            raise LakeError(
                f"{path}: tables of version {told['schema']}, this is {SCHEMA}; remove {folder} and sync again"
            )
        return LakeManifest(**{**told, "parts": tuple(LakePart(**part) for part in told["parts"])})
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(f"{path} is damaged ({error}); remove {folder} and sync again") from error


def write_manifest(folder: Path, manifest: LakeManifest) -> None:
    """Make `manifest` the lake; everything it names is on disk before it is.

    Source: docs/topics/lake.md ("Incremental and whole": replaced by one rename).
    """
    part = folder / f".{NAME}.part"
    with part.open("w", encoding="utf-8") as handle:
        json.dump(asdict(manifest), handle, ensure_ascii=False, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(folder / NAME)
    _sync_folder(folder)


def sweep_unnamed(folder: Path, manifest: LakeManifest | None) -> int:
    """Remove files that no manifest names, as a killed sync leaves them; returns how many.

    Source: docs/topics/lake.md ("Incremental and whole": the next sync removes what a killed one left).
    """
    known = {part.path for part in manifest.parts} if manifest else set()
    removed = 0
    for path in sorted([*folder.glob("*/month=*/*"), *folder.glob("tmp/*")]):
        if path.is_file() and str(path.relative_to(folder)) not in known:
            path.unlink()
            removed += 1
    return removed


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Source: FIPS 180-4 (SHA-256)."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def damaged_parts(folder: Path, manifest: LakeManifest) -> list[str]:
    """Parts that are missing or not the bytes the manifest names.

    Source: docs/topics/lake.md (`bihuan lake verify`).
    """
    return [
        part.path
        for part in manifest.parts
        if not (folder / part.path).exists() or digest_of_file(folder / part.path) != part.sha256
    ]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
