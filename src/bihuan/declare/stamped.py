"""Declared files that are read again once one of them has changed: one way for every kind.

Finding the files is asked for often (each question to a room, each check of a programme), so that it lists folders by
the system's own call instead of matching patterns.

Reading one kind asks hundreds of times what another kind says (a watch names types, series, books). All of that is
answered as of one moment: within it each kind is compared with its files once at most (`one_moment`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

CHECK_SECONDS = 2.0
"""For how long a process takes declared files as unchanged without looking."""


def files_in(roots: Iterable[Path], folder: str) -> list[Path]:
    """Return `ROOT/PROGRAMME/FOLDER/*.yaml`: the roots in their order, below each in the order of the names.

    Args:
        roots: Folders that hold folders of programmes; one that is absent holds nothing.
        folder: Of the kind; it may have several parts.

    Source: docs/adr/0231 (one reader of declared files).
    """
    found: list[Path] = []
    for root in roots:
        for name in _names(root):
            below = os.path.join(root, name, folder)  # noqa: PTH118 - called a thousand times a start
            found += _declared_in(below)
    return found


def files_of(folder: Path | str) -> list[Path]:
    """Return `FOLDER/*.yaml` in the order of the names; none when there is no such folder.

    Source: docs/adr/0231 (one reader of declared files).
    """
    return _declared_in(str(folder))


class _Moment(threading.local):
    """Since when this thread takes what it compared as unchanged; None: it is not within a moment."""

    began: float | None = None


_moment = _Moment()


@contextmanager
def one_moment() -> Iterator[None]:
    """Within the block this thread compares each kind with its files once at most; a moment within one is the same.

    What is read in it therefore belongs together. `StampedReading.forget` ends it for that kind.

    Source: docs/adr/0402 (one moment for what is read together).
    """
    if _moment.began is not None:
        yield
        return
    _moment.began = time.monotonic()
    try:
        yield
    finally:
        _moment.began = None


def stamp_of(files: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when one of the files does: path, time of change, size of each.

    Source: docs/adr/0231 (one reader of declared files).
    """
    return tuple((str(file), (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files)


class _Reading[Content](NamedTuple):
    looked: float
    stamp: Hashable
    content: Content


class StampedReading[Content]:
    """What files say, read again when one has changed; they are compared at most every CHECK_SECONDS.

    Nothing is locked: two threads may read the same files once each, while a lock would be held over what reading asks
    of other rooms, whose own locks may wait for this one.

    Args:
        files: Returns the files.
        read: Makes of them what they say; what it raises is raised to whoever asks.
        also: What the answer depends on beside the files.

    Source: docs/adr/0231 (one reader of declared files).
    """

    def __init__(
        self,
        files: Callable[[], Sequence[Path]],
        read: Callable[[Sequence[Path]], Content],
        also: Callable[[], Hashable] | None = None,
    ) -> None:
        self._files, self._read, self._also = files, read, also
        self._last: _Reading[Content] | None = None

    def content(self) -> Content:
        """Return what the files say now. Source: docs/adr/0231 (one reader of declared files)."""
        last = self._last
        if last is not None and _still_good(last.looked):
            return last.content
        with one_moment():
            files = self._files()
            stamp = (stamp_of(files), self._also() if self._also is not None else None)
            content = last.content if last is not None and last.stamp == stamp else self._read(files)
            self._last = _Reading(time.monotonic(), stamp, content)
        return content

    def forget(self) -> None:
        """Look at the files at once the next time. Source: docs/adr/0231 (one reader of declared files)."""
        self._last = None


def _still_good(looked: float) -> bool:
    began = _moment.began
    return time.monotonic() - looked < CHECK_SECONDS or (began is not None and looked >= began)


def _declared_in(folder: str) -> list[Path]:
    return [_path(folder, each) for each in _names(folder) if each.endswith(".yaml")]


@lru_cache(maxsize=20_000)
def _path(folder: str, name: str) -> Path:
    """The same object each time: it keeps its text, which a stamp and each look at the file need."""
    return Path(folder, name)


def _names(folder: Path | str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - see above
    except OSError:
        return []
