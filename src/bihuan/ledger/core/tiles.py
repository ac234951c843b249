"""The growing tree, kept as tiles (layout of C2SP ``tlog-tiles``): 256 hashes wide, 8 levels high.

Tile (0, n) holds the leaf hashes 256n … 256n+255; tile (L, n) holds the roots of the full tiles (L−1, 256n …). The
last tile of a level may be partial; full tiles never change. Appending touches only the right edge; a proof reads one
tile per level. Nothing else of the tree is stored.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from bihuan.ledger.core.errors import TreeError
from bihuan.ledger.core.merkle import EMPTY_ROOT, node_hash, parent_hashes, split_point

WIDTH = 256
HEIGHT = 8
HASH = 32
TILE_BYTES = WIDTH * HASH

type TileKey = tuple[int, int]
"""(level, index) of a tile."""


class TileReader(Protocol):
    """Where a tree reads tiles."""

    def get_tile(self, level: int, index: int) -> bytes:
        """Return the tile's hashes one after the other, as many as are stored; raise TreeError if there are none."""


class TileStore(TileReader, Protocol):
    """Where a tree reads and writes tiles."""

    def put_tiles(self, tiles: Mapping[TileKey, bytes]) -> None:
        """Store new tiles and longer versions of partial ones, all or none."""


class MemoryTiles:
    """Tiles in a dict: for tests, the offline verifier and throw-away trees."""

    def __init__(self) -> None:
        self.tiles: dict[TileKey, bytes] = {}

    def get_tile(self, level: int, index: int) -> bytes:
        """See ``TileReader``."""
        try:
            return self.tiles[level, index]
        except KeyError:
            raise TreeError(missing_tile(level, index)) from None

    def put_tiles(self, tiles: Mapping[TileKey, bytes]) -> None:
        """See ``TileStore``."""
        self.tiles.update(tiles)


class TileTree:
    """A Merkle tree of ``size`` leaves over a tile store.

    Args:
        store: where tiles are read and, for ``append``, written.
        size: number of leaves already in the store.
    """

    def __init__(self, store: TileStore, size: int = 0) -> None:
        self.store = store
        self.size = size
        self._edge: list[bytes] | None = None

    def append(self, leaves: bytes) -> None:
        """Append leaf hashes and write every tile they touch in one ``put_tiles``.

        Args:
            leaves: 32-byte leaf hashes, one after the other.

        Raises:
            TreeError: if the bytes are not whole hashes, or the stored edge does not fit ``size``.

        Source: C2SP tlog-tiles (256 hashes a tile, 8 levels a step); docs/adr/0020 (1).
        """
        if len(leaves) % HASH:
            raise TreeError(f"{len(leaves)} bytes are not whole 32-byte leaf hashes; append complete hashes only")
        if not leaves:
            return
        edge = self._right_edge()
        written: dict[TileKey, bytes] = {}
        pending, level, first = leaves, 0, self.size // WIDTH
        while pending:
            if level == len(edge):
                edge.append(b"")
            hashes = edge[level] + pending
            full = len(hashes) // TILE_BYTES * TILE_BYTES
            written.update(_cut(level, first, hashes))
            edge[level] = hashes[full:]
            pending, level, first = (_tile_roots(hashes[:full]), level + 1, first // WIDTH)
        self.store.put_tiles(written)
        self.size += len(leaves) // HASH

    def root(self, size: int | None = None) -> bytes:
        """Return the tree hash of the first ``size`` leaves (all by default). Source: RFC 9162 §2.1.1."""
        if size is None or size == self.size:
            return _fold_edge(self._right_edge()) if self.size else EMPTY_ROOT
        self._require_size(size)
        return self._range_root(0, size) if size else EMPTY_ROOT

    def leaf(self, index: int) -> bytes:
        """Return the leaf hash at ``index``.

        Raises:
            TreeError: the log has no leaf of that index.
        """
        if not 0 <= index < self.size:
            raise TreeError(f"there is no leaf {index} in a log of {self.size}; indexes run from 0")
        return self._node(0, index)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the inclusion proof of leaf ``index`` in the tree of the first ``size`` leaves (RFC 9162 2.1.3.1).

        Raises:
            TreeError: the tree of that size has no leaf of that index.
        """
        size = self.size if size is None else size
        self._require_size(size)
        if not 0 <= index < size:
            raise TreeError(f"there is no leaf {index} in a tree of {size}; indexes run from 0")
        path: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + split_point(high - low)
            if index < middle:
                path.append(self._range_root(middle, high))
                high = middle
            else:
                path.append(self._range_root(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the proof that the first ``new`` leaves extend the first ``old`` (RFC 9162 section 2.1.4.1).

        Raises:
            TreeError: the new tree is smaller than the old one.
        """
        new = self.size if new is None else new
        self._require_size(new)
        if not 0 <= old <= new:
            raise TreeError(f"cannot prove that a tree of {new} extends one of {old}; ask with old ≤ new")
        if old in (0, new):
            return []
        path: list[bytes] = []
        low, high, whole = 0, new, True
        while old != high:
            middle = low + split_point(high - low)
            if old <= middle:
                path.append(self._range_root(middle, high))
                high = middle
            else:
                path.append(self._range_root(low, middle))
                low, whole = middle, False
        if not whole:
            path.append(self._range_root(low, high))
        return path[::-1]

    def _require_size(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise TreeError(f"the log has {self.size} leaves, not {size}; ask for a size within it")

    def _right_edge(self) -> list[bytes]:
        """The partial last tile of every level, read once; an empty one means the level ends with a full tile."""
        if self._edge is None:
            self._edge = [self._partial(level, count) for level, count in levels(self.size)]
        return self._edge

    def _partial(self, level: int, count: int) -> bytes:
        index, width = divmod(count, WIDTH)
        return self._tile(level, index, width)[: width * HASH] if width else b""

    def _tile(self, level: int, index: int, width: int) -> bytes:
        tile = self.store.get_tile(level, index)
        if len(tile) < width * HASH:
            raise TreeError(
                f"tile {level}/{index} holds {len(tile) // HASH} hashes, but a log of {self.size} needs {width}; "
                "restore the tiles from a backup or rebuild them from the events"
            )
        return tile

    def _range_root(self, low: int, high: int) -> bytes:
        """Root of leaves low … high−1, where ``low`` is aligned as RFC 9162 splits leave it."""
        count = high - low
        if count & (count - 1) == 0:
            return self._node(count.bit_length() - 1, low)
        middle = low + split_point(count)
        return node_hash(self._range_root(low, middle), self._range_root(middle, high))

    def _node(self, rise: int, low: int) -> bytes:
        """Root of the complete subtree of 2**rise leaves that starts at leaf ``low``."""
        level, rest = divmod(rise, HEIGHT)
        first, count = low >> (HEIGHT * level), 1 << rest
        index, offset = divmod(first, WIDTH)
        hashes = self._tile(level, index, offset + count)[offset * HASH : (offset + count) * HASH]
        while len(hashes) > HASH:
            hashes = parent_hashes(hashes)
        return hashes


def edge_keys(size: int) -> list[TileKey]:
    """Return the keys of the partial last tiles of a log of ``size`` leaves: what ``append`` reads first.

    Source: C2SP tlog-tiles (partial tiles).
    """
    return [(level, count // WIDTH) for level, count in levels(size) if count % WIDTH]


def inclusion_keys(index: int, size: int) -> list[TileKey]:
    """Return the keys of the tiles that an inclusion proof may read, so that a store can fetch them together.

    Source: RFC 9162 §2.1.3.1 over the layout of C2SP tlog-tiles.
    """
    path = [(level, index >> (HEIGHT * (level + 1))) for level, _ in levels(size)]
    return sorted({*path, *edge_keys(size), *_last_keys(size)})


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Return the C2SP ``tlog-tiles`` path of a tile, e.g. ``tile/0/x001/234`` or ``tile/0/000.p/17``."""
    return f"tile/{level}/{_numbered(index, width)}"


def entries_path(index: int, width: int = WIDTH) -> str:
    """Return the C2SP ``tlog-tiles`` path of the bundle of entries under a level-0 tile."""
    return f"tile/entries/{_numbered(index, width)}"


def levels(size: int) -> Iterator[TileKey]:
    """Yield (level, number of hashes stored on it) for every level of a log of ``size`` leaves.

    Source: C2SP tlog-tiles.
    """
    level = 0
    while size:
        yield level, size
        level, size = level + 1, size // WIDTH


def _numbered(index: int, width: int) -> str:
    digits = f"{index:03d}"
    groups = [digits[max(0, end - 3) : end].zfill(3) for end in range(len(digits), 0, -3)][::-1]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return name + (f".p/{width}" if width < WIDTH else "")


def missing_tile(level: int, index: int) -> str:
    """Return the message for a tile that is not stored."""
    return f"tile {level}/{index} is missing; restore the tiles from a backup or rebuild them from the events"


def _last_keys(size: int) -> list[TileKey]:
    return [(level, (count - 1) // WIDTH) for level, count in levels(size) if count]


def _cut(level: int, first: int, hashes: bytes) -> Iterator[tuple[TileKey, bytes]]:
    for number, start in enumerate(range(0, len(hashes), TILE_BYTES)):
        yield (level, first + number), hashes[start : start + TILE_BYTES]


def _tile_roots(full: bytes) -> bytes:
    """The roots of full tiles: eight times halved, all tiles together."""
    for _ in range(HEIGHT if full else 0):
        full = parent_hashes(full)
    return full


def _fold_edge(edge: list[bytes]) -> bytes:
    """Root of the whole tree from the partial tiles, smallest subtrees first."""
    rest = b""
    for hashes in edge:
        rest = _uneven_root(hashes + rest)
    return rest


def _uneven_root(hashes: bytes) -> bytes:
    """Tree hash of the given hashes taken as leaves; b"" stays b""."""
    while len(hashes) > HASH:
        even = len(hashes) // (2 * HASH) * (2 * HASH)
        hashes = parent_hashes(hashes[:even]) + hashes[even:]
    return hashes
