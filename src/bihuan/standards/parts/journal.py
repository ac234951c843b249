"""Frames as they came, on disk before anybody is told that they arrived; the evidence of every value.

One file a day (UTC), one line a frame: instant of receipt in microseconds, digest, the frame in hexadecimal. A line
that a crash cut short is no line: its frame was not acknowledged and comes again.
Source: docs/adr/0344-frames-before-answers.md.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

SHORT = 16
"""Bytes of a digest that stand in a line."""


class KeptFrame(NamedTuple):
    """A frame of the journal.

    Args:
        received: Microseconds since 1970. raw: Its bytes. digest: SHA-256 of them, shortened, in hexadecimal.
        end: Where the next line begins in its file.
    """

    received: int
    raw: bytes
    digest: str
    end: int


@dataclass
class FrameJournal:
    """Appends frames; who wrote is told only when they lie on the disk.

    Args:
        folder: Where the files of days are.
    """

    folder: Path
    _day: str = ""
    _file: int = -1

    def append(self, frames: Sequence[bytes], received: int) -> None:
        """Write frames down and wait for the disk: one wait for all of them.

        Args:
            frames: Whole frames. received: Microseconds since 1970.

        Source: docs/adr/0344-frames-before-answers.md.
        """
        self._open(datetime.fromtimestamp(received / 1e6, UTC).strftime("%Y-%m-%d"))
        lines = b"".join(b"%d %s %s\n" % (received, _digest(raw).encode(), raw.hex().encode()) for raw in frames)
        view = memoryview(lines)
        while view:
            view = view[os.write(self._file, view) :]
        os.fdatasync(self._file)

    def close(self) -> None:
        """Give the file back. Source: docs/adr/0344-frames-before-answers.md."""
        if self._file >= 0:
            os.close(self._file)
        self._day, self._file = "", -1

    def _open(self, day: str) -> None:
        if day == self._day:
            return
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{day}.frames"
        torn = path.exists() and path.stat().st_size > 0 and path.read_bytes()[-1:] != b"\n"
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        self._day = day
        if torn:
            os.write(self._file, b"\n")


def read_frames(path: Path, start: int = 0) -> Iterator[KeptFrame]:
    """The frames of a file from a place on; lines that a crash cut are passed over, an unfinished last one waits.

    Source: docs/adr/0344-frames-before-answers.md.
    """
    with path.open("rb") as file:
        file.seek(start)
        end = start
        for line in file:
            if not line.endswith(b"\n"):
                return
            end += len(line)
            parts = line.split()
            try:
                received, raw = int(parts[0]), bytes.fromhex(parts[2].decode("ascii"))
                good = _digest(raw) == parts[1].decode("ascii")
            except (IndexError, ValueError):
                continue
            if good:
                yield KeptFrame(received, raw, parts[1].decode("ascii"), end)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[: 2 * SHORT]
