"""Verify the whole log against the event table: every content, every leaf, every tile, every signed head.

The log is read in chunks and grown anew in memory from its own leaves, so a million events need little room. What is
checked against what: event content → its recorded hash → the leaf at its index → the tiles above → the signed heads;
and per case the chain of hashes. An alteration at any of these places breaks the link to the next, and the finding
names the event.
"""

from collections.abc import Callable, Mapping, Sequence

from django.db import connection

from bihuan.ledger import keyring, store
from bihuan.ledger.checks import (
    Chains,
    HeadTrail,
    Report,
    check_content,
    check_statement,
    name_event,
    name_statement,
    stated_erasures,
)
from bihuan.ledger.core.errors import SignatureError, TreeError
from bihuan.ledger.core.heads import Head, open_head
from bihuan.ledger.core.keys import KeyRing
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.tiles import HASH, TILE_BYTES, WIDTH, TileKey, TileTree
from bihuan.ledger.events import EventTable, Record

CHUNK = 16 * WIDTH
"""Leaves per step."""

SHOWN = 10
"""How many missing events are named one by one."""

type Progress = Callable[[int, int], None]
"""Called with (leaves done, leaves in all)."""


def verify_log(
    table: EventTable | None = None, *, trusted: KeyRing | None = None, progress: Progress | None = None
) -> Report:
    """Verify the whole log.

    Args:
        table: where the events are; the loop's tables by default.
        trusted: public keys obtained elsewhere; without them the keys recorded in the database are used.
        progress: told after every chunk.

    Returns:
        the report; ``findings`` names every altered event. The log may grow meanwhile: what was there at the start is
        checked.
    """
    report = Report(pinned=trusted is not None)
    run = _Run(table or EventTable(), trusted or keyring.ring(), report)
    size = store.size()
    run.load_heads(size)
    for first in range(0, size, CHUNK):
        end = min(first + CHUNK, size)
        if not run.check_chunk(first, end):
            break
        if progress is not None:
            progress(end, size)
    else:
        run.finish(size)
    return report


class _Run:
    """One verification under way."""

    def __init__(self, table: EventTable, ring: KeyRing, report: Report) -> None:
        self._table = table
        self._ring = ring
        self._report = report
        self._rebuilt = _RebuiltTiles(report)
        self._tree = TileTree(self._rebuilt)
        self._chains = Chains(complete=True)
        self._trail = HeadTrail(report)
        self._heads: list[Head] = []

    def load_heads(self, size: int) -> None:
        """Check the signatures of all heads; keep those within the log, the largest first."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT size, note FROM ledger_head ORDER BY size DESC, id DESC")
            rows = cursor.fetchall()
        for signed_size, note in rows:
            try:
                head = open_head(note, self._ring).head
            except SignatureError as error:
                self._report.add(f"the head stored for size {signed_size} does not hold: {error}")
                continue
            if head.size != signed_size:
                self._report.add(
                    f"the head stored for size {signed_size} was signed for size {head.size}; the row was altered"
                )
            elif head.size > size and head.size > store.size():
                self._report.add(
                    f"a head was signed at size {head.size}, but the log has {size}: leaves were removed from its end"
                )
            elif head.size <= size:
                self._heads.append(head)
        if size and (not self._heads or self._heads[0].size < size):
            self._report.add(f"no valid signed head covers the log's {size} leaves")

    def check_chunk(self, first: int, end: int) -> bool:
        """Check the leaves ``first`` … ``end``−1; False if they cannot even be read."""
        try:
            leaves = _stored_leaves(first, end)
        except TreeError as error:
            self._report.add(str(error))
            return False
        expected = first
        records = list(self._table.between(first, end))
        erased = self._erased(records)
        for record in records:
            index = record.index
            assert index is not None
            if index != expected:
                self._report.add(
                    f"log index {expected} to {index - 1}: the entries are missing; which events they were is lost"
                )
            expected = index + 1
            self._check_record(record, leaves[(index - first) * HASH : (index - first + 1) * HASH], erased)
        if expected != end:
            self._report.add(
                f"log index {expected} to {end - 1}: the entries are missing; which events they were is lost"
            )
        self._grow(leaves)
        return True

    def finish(self, size: int) -> None:
        """Check what is left when all leaves have been seen: upper tiles, the queue, events without leaf."""
        self._rebuilt.compare_all()
        self._trail.close()
        queued = list(self._table.queued())
        erased = self._erased(queued)
        for record in queued:
            if record.event is not None:
                check_content(record.event, self._report, erased)
                self._chains.check(record.event, self._report)
        for event_id in self._table.misqueued():
            self._report.add(f"event {event_id}: it waits for the log with another hash than its own; one was altered")
        count, first = self._table.unlogged(SHOWN)
        for case, version, kind in first:
            self._report.add(
                f"event {version} of case {case} ({kind}): it is not in the log; it was inserted past the kernel"
            )
        if count > len(first):
            self._report.add(f"{count - len(first)} further events are not in the log")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger_entry WHERE index >= %s", [max(size, store.size())])
            (beyond,) = cursor.fetchone()
        if beyond:
            self._report.add(f"{beyond} entries claim an index beyond the log's {size} leaves")

    def _erased(self, records: Sequence[Record]) -> set[str]:
        """Of the promised private records of these leaves, those for which a statement of erasure holds."""
        promised = [record.event["body"]["private"] for record in records if record.event is not None]
        asked = [digest for digest in promised if digest is not None]
        return stated_erasures(self._table.erasures_of(asked), self._ring, self._report) if asked else set()

    def _check_record(self, record: Record, leaf: bytes, erased: set[str]) -> None:
        if record.event is not None:
            check_content(record.event, self._report, erased)
            self._chains.check(record.event, self._report)
            name, digest = name_event(record.event["body"], record.index), record.event["hash"]
        elif record.statement is not None:
            check_statement(record.statement, record.index, self._report)
            name, digest = name_statement(record.statement, record.index), record.statement["hash"]
        else:
            self._report.add(
                f"log index {record.index}: its event {record.event_id} is gone from the event table, or belongs "
                "to a district this connection may not see (audit the whole installation as owner)"
            )
            return
        if leaf_hash(digest) != leaf:
            self._report.add(f"{name}: its recorded hash is not the leaf at that index of the log")

    def _grow(self, leaves: bytes) -> None:
        """Append the leaves, stopping at every size at which a head was signed."""
        done = 0
        while self._heads and self._heads[-1].size <= self._tree.size + (len(leaves) - done) // HASH:
            head = self._heads.pop()
            cut = done + (head.size - self._tree.size) * HASH
            self._tree.append(leaves[done:cut])
            self._trail.judge(head.size, self._tree.root() == head.root)
            done = cut
        self._tree.append(leaves[done:])


class _RebuiltTiles:
    """Takes the tiles of the tree grown anew and compares the upper levels with the stored ones."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._made: dict[TileKey, bytes] = {}

    def get_tile(self, level: int, index: int) -> bytes:
        """See ``core.tiles.TileReader``; the growing tree keeps its own edge and never asks."""
        raise TreeError(f"tile {level}/{index} was asked for during verification; this is a defect of the verifier")

    def put_tiles(self, tiles: Mapping[TileKey, bytes]) -> None:
        """See ``core.tiles.TileStore``."""
        self._made.update({key: tile for key, tile in tiles.items() if key[0] > 0})
        full = {key: tile for key, tile in self._made.items() if len(tile) == TILE_BYTES}
        if len(full) >= 64:
            self._compare(full)

    def compare_all(self) -> None:
        """Compare what has not been compared, the partial tiles of the right edge included."""
        self._compare(dict(self._made))

    def _compare(self, made: dict[TileKey, bytes]) -> None:
        stored = store.DatabaseTiles()
        stored.warm(list(made))
        for (level, index), tile in made.items():
            del self._made[level, index]
            try:
                holds = stored.get_tile(level, index)[: len(tile)] == tile
            except TreeError:
                holds = False
            if not holds:
                first = index * WIDTH ** (level + 1)
                self._report.add(
                    f"tile {level}/{index} (over the leaves from {first}) is not what the leaves give; "
                    "it or a leaf below it was altered"
                )


def _stored_leaves(first: int, end: int) -> bytes:
    """The leaf hashes ``first`` … ``end``−1; ``first`` starts a tile."""
    tiles = store.DatabaseTiles()
    keys = [(0, index) for index in range(first // WIDTH, (end - 1) // WIDTH + 1)]
    tiles.warm(keys)
    leaves = b"".join(tiles.get_tile(level, index) for level, index in keys)[: (end - first) * HASH]
    if len(leaves) != (end - first) * HASH:
        raise TreeError(
            f"the tiles hold too few leaves between index {first} and {end - 1}; restore them from a backup"
        )
    return leaves
