"""The log as static files (C2SP ``tlog-tiles``): anybody may copy them, any reader of that standard understands them.

A folder holds ``checkpoint``, ``tile/<level>/…`` and ``tile/entries/…``; an entry is the 32-byte event hash, so the
files tell nothing of what happened. Full tiles never change and are written once; the checkpoint comes last, so a
reader never sees a head without its tiles.
"""

from collections.abc import Iterator
from pathlib import Path

from bihuan.ledger import keyring, store
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import open_head
from bihuan.ledger.core.tiles import HASH, WIDTH, entries_path, levels, tile_path
from bihuan.ledger.events import EventTable, Record


def write_mirror(folder: Path, table: EventTable | None = None) -> int:
    """Bring a folder up to the newest signed head.

    Args:
        folder: made if absent; what is there already is kept.
        table: where the events are; the loop's tables by default.

    Returns:
        the log's size in the folder.

    Raises:
        LedgerError: if the log has no signed head yet, or an event is missing.
    """
    note = store.latest_note()
    if note is None:
        raise LedgerError("the log has no signed head yet; wait for the sequencer (bihuan worker)")
    size = open_head(note, keyring.ring()).head.size
    for path, content in _files(size, folder, table or EventTable()):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _put(target, content)
    _put(folder / "checkpoint", note.encode())
    return size


def _files(size: int, folder: Path, table: EventTable) -> Iterator[tuple[str, bytes]]:
    """Every tile and entry bundle that is not there yet."""
    tiles = store.DatabaseTiles()
    for level, count in levels(size):
        for index, width in _widths(count):
            path = tile_path(level, index, width)
            if not (folder / path).exists():
                yield path, tiles.get_tile(level, index)[: width * HASH]
    for index, width in _widths(size):
        path = entries_path(index, width)
        if not (folder / path).exists():
            first = index * WIDTH
            yield path, b"".join(_entry(record) for record in table.between(first, first + width))


def _widths(count: int) -> Iterator[tuple[int, int]]:
    """(tile index, width) of a level with ``count`` hashes."""
    return ((index, min(WIDTH, count - index * WIDTH)) for index in range((count + WIDTH - 1) // WIDTH))


def _entry(record: Record) -> bytes:
    """An entry as C2SP bundles it: its length as two bytes, then the bytes whose leaf hash is in the tree."""
    source = record.event or record.statement
    if source is None:
        raise LedgerError(f"log index {record.index}: its event is missing or hidden; run: bihuan audit verify")
    digest: bytes = source["hash"]
    return len(digest).to_bytes(2) + digest


def _put(target: Path, content: bytes) -> None:
    temporary = target.with_name(target.name + ".new")
    temporary.write_bytes(content)
    temporary.replace(target)
