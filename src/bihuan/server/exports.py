"""Files of the data folder and the rows that hold them (`keeping`): taken in once, written out where they are missing.

A city edits two kinds of files itself: its programmes and its list of places. They are working copies: what is new in
them is taken in, and a home without them (restored, or a second machine) gets them from the rows. Everything else was
written by this software; earlier versions wrote only files, which are taken in when a home is upgraded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from bihuan.extend import KEPT, Kept
from bihuan.faults import Fault
from bihuan.server import keeping
from bihuan.server.home import Home
from bihuan.server.log_lines import log, log_committed

LARGEST = 256 << 20


PROGRAMMES = "programmes"
# Data only: code of a programme comes with the software, never out of a database.
DATA = frozenset({".yaml", ".yml", ".md", ".csv", ".json", ".geojson", ".txt", ".po"})


def take_in(home: Home, *, only: str | None = None) -> dict[str, int]:
    """Take files whose content was never kept into rows; how many by room. Doing it again takes nothing.

    Args:
        only: a single room; default: all.

    Source: docs/topics/operations.md, "What is kept"; docs/adr/0211.
    """
    taken: dict[str, int] = {}
    for room in KEPT.all():
        if only not in (None, room.room):
            continue
        known = keeping.kept_digests(room.room)
        for name, file in _files(home, room):
            if not room.edited and name in known:
                continue  # since the upgrade the rows are what counts; the file is an old copy
            content = file.read_bytes()
            if hashlib.sha256(content).hexdigest() not in known.get(name, ()):
                keeping.Rows(room.room, room.history).write(name, content)
                taken[room.room] = taken.get(room.room, 0) + 1
    if taken:
        log_committed("files_taken", rooms=sorted(taken), files=sum(taken.values()))
    return taken


def write_out(home: Home) -> dict[str, int]:
    """Write what a city edits itself where it is missing or stale; how many files by room.

    A file that differs from every kept content is somebody's unfinished work and stays as it is.

    Source: docs/adr/0211 (a file that equals no revision is never overwritten).
    """
    written: dict[str, int] = {}
    for room in (room for room in KEPT.all() if room.edited):
        known = keeping.kept_digests(room.room)
        folder = home.path / room.folder
        for kept in keeping.newest_of_room(room.room):
            file = _inside(folder, kept.name)
            if not Path(kept.name).match(room.pattern.removeprefix("**/")):
                continue
            standing = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
            if standing == kept.sha256 or (standing is not None and standing not in known[kept.name]):
                continue
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = file.with_name(f".{file.name}.part")
            part.write_bytes(kept.content)
            part.replace(file)
            written[room.room] = written.get(room.room, 0) + 1
    return written


def export_kept(folder: Path) -> int:
    """Write the newest content of everything kept below a folder, by room; returns how many files.

    Source: docs/topics/operations.md, "What is kept" (`bihuan kept export`).
    """
    count = 0
    for room in sorted({room.room for room in KEPT.all()}):
        for kept in keeping.newest_of_room(room):
            file = _inside(folder / room, kept.name)
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.write_bytes(kept.content)
            count += 1
    return count


def _files(home: Home, room: Kept) -> Iterator[tuple[str, Path]]:
    folder = home.path / room.folder
    for file in sorted(folder.glob(room.pattern)):
        name = file.relative_to(folder)
        if not file.is_file() or file.is_symlink() or any(part.startswith((".", "__")) for part in name.parts):
            continue
        if room.room == PROGRAMMES and file.suffix not in DATA:
            log("file_not_kept", room=room.room, why="no_data_file")
        elif file.stat().st_size > LARGEST or len(name.as_posix()) > keeping.LONGEST:
            log("file_not_kept", room=room.room, why="too_large_or_long")
        else:
            yield name.as_posix(), file


def _inside(folder: Path, name: str) -> Path:
    """Return the file of a kept name, which comes from the database and must not lead out of the folder."""
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise Fault(
            f"{name!r} 指向目录之外 · a kept name leads out of {folder}", "检查备份来源 · ask where it came from"
        )
    return file
