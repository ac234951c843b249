"""The log as static files (C2SP ``tlog-tiles``): anybody may copy them, any reader of that standard understands them.

A folder holds ``checkpoint``, ``tile/<level>/…`` and ``tile/entries/…``; an entry is the 32-byte event hash, so the
files tell nothing of what happened. Full tiles never change and are written once; the checkpoint comes last, so a
reader never sees a head without its tiles. A mirror never shrinks and takes no other history: a new head is taken only
if the log proves that it extends the head the folder holds, over the very tiles that lie there.
"""

from collections.abc import Iterator
from pathlib import Path

from bihuan.ledger import keyring, store
from bihuan.ledger.checks import VerificationReport
from bihuan.ledger.core.errors import LedgerError, TreeError
from bihuan.ledger.core.heads import Head, open_head
from bihuan.ledger.core.keys import KeyRing
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.merkle import consistency_holds
from bihuan.ledger.core.tiles import HASH, WIDTH, MemoryTiles, TileTree, entries_path, levels, tile_path
from bihuan.ledger.events import EventTable, LeafRecord


def write_mirror(folder: Path, table: EventTable | None = None) -> int:
    """Bring a folder up to the newest signed head.

    Args:
        folder: made if absent; what is there already is kept.
        table: where the events are; the loop's tables by default.

    Returns:
        the log's size in the folder.

    Raises:
        LedgerError: if the log has no signed head yet, an event is missing, or (``REFUSED``) the log is smaller than
            the mirror, has another history, or a file of the mirror was altered. The folder then stays as it is.

    Source: C2SP tlog-tiles; growth by RFC 9162 §2.1.4; docs/topics/ledger.md, "For auditors: verify".
    """
    note = store.latest_note()
    if note is None:
        raise LedgerError("the log has no signed head yet; wait for the sequencer (bihuan worker)")
    head = open_head(note, keyring.log_keys()).head
    _require_growth(folder, head)
    for path, content in _files(head.size, folder, table or EventTable()):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _put(target, content)
    _put(folder / "checkpoint", note.encode())
    return head.size


def read_head(folder: Path, ring: KeyRing) -> Head | None:
    """Return the head a mirror holds, or None if it holds none.

    Raises:
        LedgerError: if it is unreadable or not signed by the log.

    Source: C2SP tlog-checkpoint.
    """
    path = folder / "checkpoint"
    if not path.exists():
        return None
    try:
        return open_head(path.read_text(encoding="utf-8"), ring).head
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(f"{path}: {error}; copy the mirror again") from error


def verify_mirror(folder: Path, ring: KeyRing) -> VerificationReport:
    """Verify a mirror by itself: entries give the leaves, leaves the tiles, tiles the signed head.

    Args:
        folder: the mirror.
        ring: the log's keys.

    Returns:
        the report; ``findings`` names every altered file.

    Source: C2SP tlog-tiles; RFC 9162 §2.1.2.
    """
    report = VerificationReport(pinned=True)
    try:
        head = read_head(folder, ring)
    except LedgerError as error:
        report.add(f"checkpoint: {error}")
        return report
    if head is None:
        report.add(f"{folder} holds no checkpoint; make a mirror with: bihuan audit export FOLDER --tiles")
        return report
    report.heads = 1
    tree = TileTree(MemoryTiles())
    for index, width in _widths(head.size):
        tree.append(_leaves(folder, index, width, report))
        report.events += width
    for level, count in levels(head.size):
        for index, width in _widths(count) if level else ():
            path = tile_path(level, index, width)
            if _read(folder, path) != tree.store.get_tile(level, index)[: width * HASH]:
                report.add(f"{path} is not what the leaves give; it was altered or removed")
    if tree.root() == head.root:
        report.size = head.size
    else:
        report.add(f"the checkpoint's root at size {head.size} is not what the leaves give")
    return report


def _leaves(folder: Path, index: int, width: int, report: VerificationReport) -> bytes:
    """The leaves of one tile, with the entries they must come from."""
    path, entries = tile_path(0, index, width), entries_path(index, width)
    tile, bundle = _read(folder, path), _read(folder, entries)
    size = HASH + 2
    whole = len(bundle) == width * size
    made = b"".join(leaf_hash(bundle[n * size + 2 : (n + 1) * size]) for n in range(width)) if whole else b""
    if made != tile:
        report.add(f"{path} is not what the entries give; it or {entries} was altered or removed")
    return tile if len(tile) == width * HASH else bytes(width * HASH)


def _read(folder: Path, path: str) -> bytes:
    target = folder / path
    return target.read_bytes() if target.is_file() else b""


def _require_growth(folder: Path, head: Head) -> None:
    """Refuse a head that does not extend what the folder holds."""
    try:
        held = read_head(folder, keyring.log_keys())
    except LedgerError as error:
        raise LedgerError(
            f"REFUSED: {folder}/checkpoint is not a head of this log ({error}); use another folder"
        ) from error
    if held is None:
        return
    if head.size < held.size:
        raise LedgerError(
            f"REFUSED: the mirror holds {held.size} leaves, the log has signed {head.size}: it was cut short or "
            "restored from old data. Keep the mirror: it proves what there was"
        )
    try:
        proof = store.open_tree(head.size)[0].consistency(held.size)
        holds = consistency_holds(held.size, head.size, held.root, head.root, proof)
    except TreeError:
        holds = False
    if not holds:
        raise LedgerError(
            f"REFUSED: the log of {head.size} leaves does not extend the mirror's head at {held.size}: history was "
            "rewritten. Keep the mirror and the log's head: together they prove it"
        )


def _files(size: int, folder: Path, table: EventTable) -> Iterator[tuple[str, bytes]]:
    """Every tile and entry bundle that is not there yet; those that are must be what the log holds."""
    tiles = store.DatabaseTiles()
    for level, count in levels(size):
        for index, width in _widths(count):
            path = tile_path(level, index, width)
            content = tiles.get_tile(level, index)[: width * HASH]
            if not (folder / path).exists():
                yield path, content
            elif (folder / path).read_bytes() != content:
                raise LedgerError(
                    f"REFUSED: {path} of the mirror is not what the log holds; the file was altered. "
                    "Restore it from another copy, or begin a new folder"
                )
            tiles.forget()
    for index, width in _widths(size):
        path = entries_path(index, width)
        if not (folder / path).exists():
            first = index * WIDTH
            yield path, b"".join(_entry(record) for record in table.between(first, first + width))


def _widths(count: int) -> Iterator[tuple[int, int]]:
    """(tile index, width) of a level with ``count`` hashes."""
    return ((index, min(WIDTH, count - index * WIDTH)) for index in range((count + WIDTH - 1) // WIDTH))


def _entry(record: LeafRecord) -> bytes:
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
