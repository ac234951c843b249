"""Which keys a report is filed under, and which it asks for.

A parent is a candidate when it shares one of: the whole address; category and neighbouring 500 m cell; neighbouring
100 m cell, whatever the category; category and street name; a place name in the text; a MinHash band of the text.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates import grid
from bihuan.insight.duplicates.reports import Encoded, Keys
from bihuan.insight.duplicates.text import U64, mix_keys

WIDE, NARROW = 500.0, 100.0  # metres of a cell


class Family(NamedTuple):
    """How keys of one kind are asked: newest postings visited, and the size above which a key says nothing."""

    limit: int
    hot: int


ANY = 1 << 30
FAMILIES = {
    "whole": Family(48, ANY),
    "kind_cell": Family(32, ANY),
    "cell": Family(12, ANY),
    "street": Family(24, ANY),
    "name": Family(24, 4096),
    "band": Family(8, 64),
}
SALT = {name: U64(number * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) for number, name in enumerate(FAMILIES, 1)}


def filing_keys(encoded: Encoded, bands: Keys, somewhere: NDArray[np.bool_]) -> Keys:
    """Keys under which reports are filed, shape (families, n); 0 for none.

    Args:
        encoded: The reports.
        bands: MinHash keys, shape (bands, n).
        somewhere: Whether the point of a report means a place (no default coordinate), shape (n,).

    Source: docs/topics/duplicates.md, "How" (1); docs/adr/0103.
    """
    lon, lat = np.where(somewhere, encoded.lon, np.nan), encoded.lat
    wide = grid.cell_keys(lon, lat, WIDE)
    narrow = grid.cell_keys(lon, lat, NARROW)
    return np.concatenate(
        [
            _salted("whole", encoded.whole[None]),
            _salted("kind_cell", _both(wide[None], encoded.kind)),
            _salted("cell", narrow[None]),
            _salted("street", _both(encoded.streets, encoded.kind)),
            _salted("name", encoded.names),
            _salted("band", bands),
        ]
    )


def asking_keys(
    encoded: Encoded, bands: Keys, somewhere: NDArray[np.bool_]
) -> tuple[Keys, NDArray[np.int32], NDArray[np.int32]]:
    """Keys for which reports ask, with the limit and the heat of each: all of shape (families, n); see `filing_keys`.

    Source: docs/topics/duplicates.md, "How" (1); docs/adr/0103.
    """
    lon, lat = np.where(somewhere, encoded.lon, np.nan), encoded.lat
    parts = {
        "whole": encoded.whole[None],
        "kind_cell": _both(grid.neighbour_keys(lon, lat, WIDE), encoded.kind),
        "cell": grid.neighbour_keys(lon, lat, NARROW),
        "street": _both(encoded.streets, encoded.kind),
        "name": encoded.names,
        "band": bands,
    }
    keys = np.concatenate([_salted(name, part) for name, part in parts.items()])
    limit = np.concatenate([np.full(part.shape, FAMILIES[name].limit, np.int32) for name, part in parts.items()])
    hot = np.concatenate([np.full(part.shape, FAMILIES[name].hot, np.int32) for name, part in parts.items()])
    return keys, limit, hot


def own_cell_keys(encoded: Encoded, somewhere: NDArray[np.bool_]) -> Keys:
    """The key of each report's own narrow cell, as `filing_keys` has it; shape (n,)."""
    return _salted("cell", grid.cell_keys(np.where(somewhere, encoded.lon, np.nan), encoded.lat, NARROW))


def _salted(name: str, keys: Keys) -> Keys:
    return np.where(keys != 0, mix_keys(keys ^ SALT[name]) | U64(1), U64(0))


def _both(keys: Keys, kind: Keys) -> Keys:
    """Keys of the pair; 0 where the first is missing (a missing category is a category of its own)."""
    return np.where(keys != 0, mix_keys(keys ^ mix_keys(kind)) | U64(1), U64(0))
