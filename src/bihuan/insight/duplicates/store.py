"""The last days' reports as growing columns, one row ("slot") per report."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates import rough
from bihuan.insight.duplicates.reports import Encoded, Floats, Ints, Keys

GONE = np.iinfo(np.int64).min  # time of a report that was dropped

COLUMNS: dict[str, tuple[type, int]] = {
    # name: (type, entries per report)
    "time": (np.int64, 1),
    "lon": (np.float64, 1),
    "lat": (np.float64, 1),
    "kind": (np.uint64, 1),
    "channel": (np.uint64, 1),
    "whole": (np.uint64, 1),
    "streets": (np.uint64, 2),
    "house": (np.int32, 1),
    "locality": (np.uint64, 1),
    "names": (np.uint64, 3),
    "somewhere": (np.bool_, 1),
    "sketch": (np.uint8, 48),
    "length": (np.int32, 1),
    "glance": (np.uint64, rough.WORDS),
}


class Store:
    """Columns of the reports in the window; `store.time[slot]` and so on.

    Args:
        rows: Room at the beginning; grows by itself.
    """

    time: Ints
    lon: Floats
    lat: Floats
    kind: Keys
    channel: Keys
    whole: Keys
    streets: Keys
    house: NDArray[np.int32]
    locality: Keys
    names: Keys
    somewhere: NDArray[np.bool_]
    sketch: NDArray[np.uint8]
    length: NDArray[np.int32]
    glance: Keys

    def __init__(self, rows: int) -> None:
        self.ids: list[str] = []
        for name, (kind, width) in COLUMNS.items():
            setattr(self, name, np.zeros((rows, width) if width > 1 else rows, dtype=kind))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def room(self) -> int:
        """Rows that can be held without growing."""
        return len(self.time)

    @property
    def nbytes(self) -> int:
        """Memory of the columns, in bytes; the ids are not counted."""
        return sum(getattr(self, name).nbytes for name in COLUMNS)

    def append(
        self,
        ids: list[str],
        encoded: Encoded,
        somewhere: NDArray[np.bool_],
        sketch: NDArray[np.uint8],
        length: NDArray[np.int64],
    ) -> slice:
        """Add reports; returns their slots."""
        new = slice(len(self), len(self) + len(ids))
        if new.stop > self.room:
            self._resize(np.arange(len(self)), max(new.stop, 2 * self.room))
        glance = rough.glance_rows(encoded, somewhere, sketch, length)
        extra = {"somewhere": somewhere, "sketch": sketch, "length": length, "glance": glance}
        for name in COLUMNS:
            column = extra[name] if name in extra else getattr(encoded, name)
            getattr(self, name)[new] = column.T if name in ("streets", "names") else column
        self.ids += ids
        return new

    def forget(self, slots: Ints) -> None:
        """Make these slots older than every window."""
        self.time[slots] = GONE
        self.glance.view(np.int64)[slots, 1] = GONE

    def keep(self, slots: Ints) -> NDArray[np.int32]:
        """Keep only these slots, in order; returns the new slot of each old one, −1 where gone."""
        moved = np.full(len(self), -1, dtype=np.int32)
        moved[slots] = np.arange(len(slots), dtype=np.int32)
        ids = self.ids
        self._resize(slots, max(int(1.5 * len(slots)), 16))
        self.ids = [ids[slot] for slot in slots]
        return moved

    def _resize(self, slots: Ints, rows: int) -> None:
        for name, (kind, width) in COLUMNS.items():
            fresh: NDArray[Any] = np.zeros((rows, width) if width > 1 else rows, dtype=kind)
            fresh[: len(slots)] = getattr(self, name)[slots]
            setattr(self, name, fresh)
