"""Where named contents lie: a folder here, rows of the installation above (`bihuan.server.keeping`)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Shelf(Protocol):
    """Contents by name; a name may hold `/`. `str()` of a shelf says where it is, for messages."""

    def read(self, name: str) -> bytes | None:
        """The content, or None when there is none.

        Source: docs/adr/0211 (one table behind the same verbs as a folder).
        """

    def write(self, name: str, content: bytes) -> None:
        """Make this the content, whole or not at all. Source: docs/adr/0211."""

    def names(self, beginning: str = "") -> list[str]:
        """What lies here under names that begin so, sorted. Source: docs/adr/0211."""


@dataclass(frozen=True)
class Folder:
    """A shelf that is a folder of files."""

    path: Path

    def __str__(self) -> str:
        """The folder."""
        return str(self.path)

    def read(self, name: str) -> bytes | None:
        """See `Shelf`."""
        file = self.path / name
        return file.read_bytes() if file.is_file() else None

    def write(self, name: str, content: bytes) -> None:
        """See `Shelf`."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = file.with_name(f".{file.name}.{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(file)

    def names(self, beginning: str = "") -> list[str]:
        """See `Shelf`."""
        files = (f for f in self.path.rglob("*") if f.is_file() and not f.name.startswith("."))
        found = (file.relative_to(self.path).as_posix() for file in files)
        return sorted(name for name in found if name.startswith(beginning))
