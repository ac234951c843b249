"""One way to read what files of a kind declare: `PROGRAMME/KIND/NAME.yaml` of every programme folder, by name.

A faulty file, or one that takes the name of another, is set aside with what is wrong; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError, Problem, shown
from bihuan.declare.stamped import StampedReading, files_in
from bihuan.loop.folders import roots


class ShelfContent[Found](NamedTuple):
    """What files declare, by name, and the files that are not in use, each with what is wrong."""

    found: Mapping[str, Found]
    aside: Mapping[Path, DeclarationError]


class DeclaredShelf[Found]:
    """The declarations of one kind, read again when a file has changed.

    Args:
        folder: Of the kind, inside the folder of a programme.
        field: Which holds the name, for the problem of two files that take one.
        read: Returns the name and what a file declares, or raises DeclarationError.

    Source: docs/adr/0231 (one reader); DESIGN §4 (a faulty file is set aside, the others go on).
    """

    def __init__(self, folder: str, field: str, read: Callable[[Path], tuple[str, Found]]) -> None:
        self._field, self._read = field, read
        self._files = StampedReading(lambda: files_in(roots(), folder), self._all)

    def content(self) -> ShelfContent[Found]:
        """Return what is declared now. Source: docs/adr/0231 (one reader)."""
        return self._files.content()

    def forget(self) -> None:
        """Look at the files at once the next time. Source: docs/adr/0231 (one reader)."""
        self._files.forget()

    def _all(self, files: Sequence[Path]) -> ShelfContent[Found]:
        found: dict[str, Found] = {}
        owners: dict[str, Path] = {}
        aside: dict[Path, DeclarationError] = {}
        for file in files:
            try:
                name, declared = self._read(file)
            except DeclarationError as error:
                aside[file] = error
                continue
            if name in owners:
                aside[file] = self._taken(name, file, owners[name])
                continue
            found[name], owners[name] = declared, file
        return ShelfContent(found, aside)

    def _taken(self, name: str, file: Path, owner: Path) -> DeclarationError:
        what = f"{name!r} is declared by {shown(owner)} already"
        return DeclarationError(
            [Problem(shown(file), 1, self._field, what, "one name, one declaration", "choose another name")]
        )
