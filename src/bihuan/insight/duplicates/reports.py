"""Reports as columns: what a window is given, and the same as numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates import address
from bihuan.insight.duplicates.names import MOST, names
from bihuan.insight.duplicates.text import U64

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
NO_KEY = U64(0)
STREETS = 2


@dataclass(frozen=True)
class Reports:
    """Reports in any order; every column but ids and times may be left out.

    Args:
        ids: One per report, unique.
        times: datetime64[s], shape (n,), UTC; when the report came in. NaT reports are never proposed nor parents.
        lon: Degrees (WGS-84), shape (n,); NaN where unknown.
        lat: Degrees, shape (n,).
        texts: Title and body.
        kinds: Category or type, '' where unknown.
        places: Address as written, '' where unknown.
        channels: Phone, app, …

    Raises:
        ValueError: a column's length differs from that of the ids.
    """

    ids: Sequence[str]
    times: NDArray[np.datetime64]
    lon: Floats | None = None
    lat: Floats | None = None
    texts: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    places: Sequence[str] | None = None
    channels: Sequence[str] | None = None

    def __post_init__(self) -> None:
        for name in ("times", "lon", "lat", "texts", "kinds", "places", "channels"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.ids):
                raise ValueError(f"{name} has {len(column)} entries for {len(self.ids)} ids; give one per report")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Ints) -> Reports:
        """The reports of these rows, in this order."""

        def strings(column: Sequence[str] | None) -> list[str] | None:
            return None if column is None else [column[row] for row in rows]

        def floats(column: Floats | None) -> Floats | None:
            return None if column is None else column[rows]

        return Reports(
            [self.ids[row] for row in rows],
            self.times[rows],
            floats(self.lon),
            floats(self.lat),
            strings(self.texts),
            strings(self.kinds),
            strings(self.places),
            strings(self.channels),
        )


class Encoded(NamedTuple):
    """Reports as numbers; keys are 64-bit hashes, 0 for what is not there.

    Args:
        time: int64 seconds since 1970, shape (n,).
        lon: float64 degrees, NaN unknown.
        lat: float64 degrees.
        kind: Key of the category.
        channel: Key of the channel.
        whole: Key of the whole address.
        streets: Keys of street names, shape (2, n).
        house: First house number, −1 without.
        locality: Key of the part of town that the address names.
        names: Keys of place names found in the text, shape (3, n).
    """

    time: Ints
    lon: Floats
    lat: Floats
    kind: Keys
    channel: Keys
    whole: Keys
    streets: Keys
    house: Ints
    locality: Keys
    names: Keys


def encode_reports(reports: Reports) -> Encoded:
    """Reports as numbers."""
    count = len(reports)
    parsed = [address.parse_address(place) for place in reports.places] if reports.places else [address.NOWHERE] * count
    return Encoded(
        time=reports.times.astype("datetime64[s]").astype(np.int64),
        lon=_degrees(reports.lon, count, 180.0),
        lat=_degrees(reports.lat, count, 90.0),
        kind=string_keys(reports.kinds, count),
        channel=string_keys(reports.channels, count),
        whole=string_keys([f"{p.whole}|{p.locality}" if p.whole else "" for p in parsed], count),
        streets=_columns([p.streets for p in parsed], STREETS),
        house=np.array([p.house for p in parsed], dtype=np.int64),
        locality=string_keys([p.locality for p in parsed], count),
        names=names(reports.texts) if reports.texts else np.zeros((MOST, count), dtype=U64),
    )


def _columns(rows: Sequence[tuple[str, ...]], width: int) -> Keys:
    """Keys of a few strings per report, shape (width, n); 0 where a report has fewer."""
    out = np.zeros((width, len(rows)), dtype=U64)
    for place in range(width):
        filled = [at for at, row in enumerate(rows) if len(row) > place]
        out[place, filled] = string_keys([rows[at][place] for at in filled], len(filled))
    return out


def string_keys(strings: Sequence[str] | None, count: int) -> Keys:
    """A 64-bit key per string, the same in every process; 0 for ''."""
    if strings is None:
        return np.zeros(count, dtype=U64)
    known = {text: _key(text) for text in set(strings)}
    return np.array([known[text] for text in strings], dtype=U64)


@lru_cache(maxsize=1 << 16)
def _key(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") | 1 if data else 0


def _degrees(column: Floats | None, count: int, limit: float) -> Floats:
    """Degrees as given; NaN where absent, out of range or exactly 0 (what forms write for "unknown")."""
    if column is None:
        return np.full(count, np.nan)
    out = np.array(column, dtype=np.float64)
    out[~(np.abs(out) <= limit) | (out == 0)] = np.nan
    return out
