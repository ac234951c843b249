"""Verify the log against the event table: every content, every leaf, every tile, every signed head.

The log is read in chunks and grown anew in memory from its own leaves; what is kept in memory does not grow with it.
What is checked against what: event content → its recorded hash → the leaf at its index → the tiles above → the signed
heads; per case the chain of hashes; and the keys by their chain of vouching. An alteration at any of these places
breaks the link to the next, and the finding names the event.

A verification may begin at a head that is trusted already (its own of yesterday, a witness's, a mirror's): then the
log must extend that head, and only what came after it is read. Chunks may be examined by several processes (``each``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.db import connection
from django.utils import timezone

from bihuan.ledger import keyring, store
from bihuan.ledger.checks import (
    HeadTimes,
    HeadTrail,
    VerificationReport,
    check_content,
    check_link,
    check_statement,
    name_event,
    name_statement,
    stated_erasures,
)
from bihuan.ledger.core.errors import SignatureError, TreeError
from bihuan.ledger.core.heads import Head, SignedHead, open_head
from bihuan.ledger.core.keys import KeyRing
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.tiles import HASH, TILE_BYTES, WIDTH, TileKey, TileTree
from bihuan.ledger.core.vouching import KeyChain, follow_keys
from bihuan.ledger.events import EventTable, LeafRecord

CHUNK = 16 * WIDTH
"""Leaves per step."""

SHOWN = 10
"""How many missing events are named one by one."""

type Progress = Callable[[int, int], None]
"""Called with (leaves done, leaves in all)."""

type LeafRange = tuple[int, int]
"""Leaves ``first`` … ``end``−1."""

type Each = Callable[[Callable[[LeafRange], ExaminedRange], Iterable[LeafRange]], Iterable[ExaminedRange]]
"""How ranges are examined: ``map``, or the ``imap`` of a pool of processes; in order."""


@dataclass(slots=True)
class ExaminedRange:
    """What examining one range gave: counts and findings, and its leaves; None if they could not be read."""

    end: int
    report: VerificationReport = field(default_factory=VerificationReport)
    leaves: bytes | None = None


def verify_log(
    table: EventTable | None = None,
    *,
    trusted: KeyRing | None = None,
    since: Head | None = None,
    progress: Progress | None = None,
    each: Each = map,
    kept: Callable[[Head, VerificationReport], None] | None = None,
) -> VerificationReport:
    """Verify the log.

    Args:
        table: where the events are; the loop's tables by default.
        trusted: public keys obtained elsewhere; without them the keys recorded in the database are used.
        since: a head whose signature the caller has checked and up to which it trusts what was verified before.
        progress: told after every chunk.
        each: how chunks are examined; see ``Each``.
        kept: told after every chunk up to which size the log holds so far, as a head, and the report so far; whoever
            keeps it can go on from there (``since``) after an interruption.

    Returns:
        the report; ``findings`` names every altered event. The log may grow meanwhile: what was there at the start is
        checked.

    Source: docs/topics/ledger.md, "What is checked against what"; RFC 9162 §2.1.2 and §2.1.4.
    """
    report = VerificationReport(pinned=trusted is not None)
    ring, faults = follow_keys(keyring.key_records(), trusted)
    for fault in faults:
        report.add(fault)
    size = store.size()
    run = _Run(table or EventTable(), ring, report, since)
    if since is not None and not run.extends(since, size):
        return report
    first = 0 if since is None else since.size // WIDTH * WIDTH
    ranges = [(start, min(start + CHUNK, size)) for start in range(first, size, CHUNK)]
    for part in each(partial(examine_range, table=table or EventTable(), trusted=trusted), ranges):
        report.take(part.report)
        if part.leaves is None:
            return report
        root = run.grow(part.leaves)
        if progress is not None:
            progress(part.end, size)
        if kept is not None:
            kept(Head(ring_origin(ring), part.end, root), report)
    run.finish(size)
    return report


def ring_origin(ring: KeyRing) -> str:
    """The log's name, as its keys say it."""
    return next((key.name for key in ring), "")


def examine_range(leaves: LeafRange, table: EventTable, trusted: KeyRing | None = None) -> ExaminedRange:
    """Check the events and statements of one range against its leaves; needs nothing of what came before.

    Args:
        leaves: the range; it starts a tile.
        table: where the events are.
        trusted: see ``verify_log``.

    Source: docs/topics/ledger.md, "What is checked against what".
    """
    first, end = leaves
    part = ExaminedRange(end)
    try:
        part.leaves = _stored_leaves(first, end)
    except TreeError as error:
        part.report.add(str(error))
        return part
    records, expected = list(table.between(first, end)), first
    erased = _erased(records, table, follow_keys(keyring.key_records(), trusted)[0], part.report)
    for record in records:
        index = record.index
        assert index is not None
        if index != expected:
            _missing(expected, index, part.report)
        expected = index + 1
        _check_record(record, part.leaves[(index - first) * HASH : (index - first + 1) * HASH], erased, part.report)
    if expected != end:
        _missing(expected, end, part.report)
    return part


def _missing(first: int, end: int, report: VerificationReport) -> None:
    report.add(f"log index {first} to {end - 1}: the entries are missing; which events they were is lost")


def _erased(records: Sequence[LeafRecord], table: EventTable, ring: KeyRing, report: VerificationReport) -> set[str]:
    """Of the promised private records of these leaves, those for which a statement of erasure holds."""
    promised = [record.event["body"]["private"] for record in records if record.event is not None]
    asked = [digest for digest in promised if digest is not None]
    return stated_erasures(table.erasures_of(asked), ring, report) if asked else set()


def _check_record(record: LeafRecord, leaf: bytes, erased: set[str], report: VerificationReport) -> None:
    if record.event is not None:
        check_content(record.event, report, erased)
        check_link(record.event, report)
        name, digest = name_event(record.event["body"], record.index), record.event["hash"]
    elif record.statement is not None:
        check_statement(record.statement, record.index, report)
        name, digest = name_statement(record.statement, record.index), record.statement["hash"]
    else:
        report.add(
            f"log index {record.index}: its event {record.event_id} is gone from the event table, or belongs "
            "to a district this connection may not see (audit the whole installation as owner)"
        )
        return
    if leaf_hash(digest) != leaf:
        report.add(f"{name}: its recorded hash is not the leaf at that index of the log")


class _Run:
    """One verification under way: the tree grown anew, and the heads it must meet, read as it grows."""

    def __init__(self, table: EventTable, ring: KeyChain, report: VerificationReport, since: Head | None) -> None:
        self._table = table
        self._ring = ring
        self._report = report
        self._since = since
        self._start = 0 if since is None else since.size // WIDTH * WIDTH
        self._rebuilt = _RebuiltTiles(report)
        self._tree = TileTree(self._rebuilt, self._start)
        self._trail = HeadTrail(report, 0 if since is None else since.size)
        self._times = HeadTimes(report, timezone.now())

    def extends(self, since: Head, size: int) -> bool:
        """Check that the log only appended to a head that is trusted already."""
        origin = ring_origin(self._ring)
        if since.origin != origin:
            self._report.add(f"the trusted head is of {since.origin}, this log is {origin}")
        elif since.size > size:
            self._report.add(
                f"the trusted head has {since.size} leaves, the log has {size}: "
                "it was cut short or restored from old data"
            )
        elif _root_at(since.size) != since.root:
            self._report.add(
                f"the log does not extend the trusted head at size {since.size}: "
                f"a leaf before index {since.size} was altered, or the log shows others another face"
            )
        else:
            return True
        return False

    def grow(self, leaves: bytes) -> bytes:
        """Append the leaves, stopping at every size at which a head was signed; return the root so far."""
        done, end = 0, self._tree.size + len(leaves) // HASH
        for head in self._due(end):
            cut = done + (head.size - self._tree.size) * HASH
            self._tree.append(leaves[done:cut])
            self._trail.judge(head.size, self._tree.root() == head.root)
            done = cut
        self._tree.append(leaves[done:])
        return self._tree.root()

    def _due(self, end: int) -> list[Head]:
        """The valid heads between the tree's present size and ``end``, smallest first."""
        found = []
        for signed in _heads(self._tree.size, end, self._ring, self._report):
            self._times.take(signed)
            found.append(signed.head)
        if self._since is not None and self._tree.size < self._since.size <= end:
            found.append(self._since)
        return sorted(found, key=lambda head: head.size)

    def _check_newest(self, size: int) -> None:
        """Check that a trusted head covers the whole log, and that none was signed over more than there is."""
        newest = self._times.newest
        covered = newest.head.size if newest is not None else self._since.size if self._since is not None else 0
        if covered < size:
            self._report.add(f"no valid signed head covers the log's {size} leaves")
        self._times.close(self._ring)
        for signed in _heads(size, None, self._ring, self._report):
            if signed.head.size > store.size():
                self._report.add(
                    f"a head was signed at size {signed.head.size}, but the log has {size}: "
                    "leaves were removed from its end"
                )

    def finish(self, size: int) -> None:
        """Check what is left when all leaves have been seen: upper tiles, the queue, events without leaf."""
        self._rebuilt.compare_all()
        self._check_newest(size)
        self._trail.close()
        queued = list(self._table.queued())
        erased = _erased(queued, self._table, self._ring, self._report)
        for record in queued:
            if record.event is not None:
                check_content(record.event, self._report, erased)
                check_link(record.event, self._report)
        for event_id in self._table.misqueued():
            self._report.add(f"event {event_id}: it waits for the log with another hash than its own; one was altered")
        count, first = self._table.unlogged(SHOWN)
        for case, version, kind in first:
            self._report.add(
                f"event {version} of case {case} ({kind}): it is not in the log; it was inserted past the kernel"
            )
        if count > len(first):
            self._report.add(f"{count - len(first)} further events are not in the log")
        for statement in self._table.unlogged_statements(SHOWN):
            self._report.add(f"{name_statement(statement, None)}: it was inserted past the log")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger_entry WHERE index >= %s", [max(size, store.size())])
            (beyond,) = cursor.fetchone()
        if beyond:
            self._report.add(f"{beyond} entries claim an index beyond the log's {size} leaves")


def _heads(after: int, end: int | None, ring: KeyRing, report: VerificationReport) -> Iterator[SignedHead]:
    """The heads stored for sizes above ``after`` up to ``end`` that hold, smallest first; others are findings."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT size, root, note FROM ledger_head WHERE size > %s AND (%s::bigint IS NULL OR size <= %s) "
            "ORDER BY size, id",
            [after, end, end],
        )
        rows = cursor.fetchall()
    for stored_size, root, note in rows:
        try:
            signed = open_head(note, ring)
        except SignatureError as error:
            report.add(f"the head stored for size {stored_size} does not hold: {error}")
            continue
        if signed.head.size != stored_size or signed.head.root != bytes(root):
            report.add(
                f"the head stored for size {stored_size} was signed for size {signed.head.size}; the row was altered"
            )
            continue
        yield signed


def _root_at(size: int) -> bytes | None:
    """The root that the stored tiles give at a size; None if they do not reach it."""
    try:
        return store.open_tree(store.size())[0].root(size)
    except TreeError:
        return None


class _RebuiltTiles:
    """Takes the tiles of the tree grown anew and compares the upper levels with the stored ones."""

    def __init__(self, report: VerificationReport) -> None:
        self._report = report
        self._made: dict[TileKey, bytes] = {}

    def get_tile(self, level: int, index: int) -> bytes:
        """The edge at which a verification begins; the growing tree keeps its own from then on."""
        return store.DatabaseTiles().get_tile(level, index)

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
