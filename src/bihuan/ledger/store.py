"""The log in PostgreSQL: who may append, and how.

Live intake inserts into ``ledger_queue`` inside its acknowledged transaction; the sequencer moves the queue into the
tree. The importer appends directly. Both hold one transaction-level advisory lock, so the log has one writer at a
time, and both do everything in one transaction: after ``kill -9`` a leaf is either still queued or wholly in the log.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bihuan.ledger import holding, keyring
from bihuan.ledger.core.errors import LedgerError, TreeError
from bihuan.ledger.core.heads import Head, sign_head
from bihuan.ledger.core.leaf import leaf_hashes
from bihuan.ledger.core.tiles import HASH, WIDTH, TileKey, TileTree, edge_keys, missing_tile
from bihuan.server.log_lines import log_committed

LOCK = 0x6269_6875_616E_6C67
"""The advisory lock of the log's one writer ("bihuanlg")."""

MERGE_DELAY = 60
"""Seconds within which the leaf of a receipt is promised to be in a signed head."""

type Leaf = tuple[UUID, bytes]
"""(event id, 32-byte event hash)."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: the index of its first leaf, how many, and the log's size afterwards."""

    first: int
    count: int
    size: int


class DatabaseTiles:
    """Tiles in ``ledger_tile``; tiles named in ``warm`` are fetched together and kept."""

    def __init__(self) -> None:
        self._warm: dict[TileKey, bytes] = {}

    def warm(self, keys: Sequence[TileKey]) -> None:
        """Fetch several tiles in one query."""
        if not keys:
            return
        rows = _query(
            "SELECT t.level, t.index, t.hashes FROM ledger_tile t "
            "JOIN unnest(%s::smallint[], %s::bigint[]) AS k(level, index) USING (level, index)",
            [[level for level, _ in keys], [index for _, index in keys]],
        )
        self._warm.update({(level, index): bytes(hashes) for level, index, hashes in rows})

    def forget(self) -> None:
        """Let go of what was fetched, for whoever walks a whole log."""
        self._warm.clear()

    def get_tile(self, level: int, index: int) -> bytes:
        """See ``core.tiles.TileReader``."""
        if (level, index) not in self._warm:
            self.warm([(level, index)])
        try:
            return self._warm[level, index]
        except KeyError:
            raise TreeError(missing_tile(level, index)) from None

    def put_tiles(self, tiles: Mapping[TileKey, bytes]) -> None:
        """See ``core.tiles.TileStore``; the database refuses anything but new tiles and longer partial ones.

        Source: docs/adr/0020 (1): full tiles never change.
        """
        _execute(
            "INSERT INTO ledger_tile (level, index, width, hashes) "
            "SELECT level, index, octet_length(hashes) / 32, hashes "
            "FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[]) AS t(level, index, hashes) "
            "ON CONFLICT (level, index) DO UPDATE SET width = excluded.width, hashes = excluded.hashes",
            [[level for level, _ in tiles], [index for _, index in tiles], list(tiles.values())],
        )
        self._warm.update(tiles)


def enqueue_leaves(leaves: Iterable[Leaf]) -> None:
    """Promise leaves: queue them in the caller's transaction, for the sequencer to append.

    Raises:
        django.db.IntegrityError: if an event is queued twice.

    Source: docs/adr/0020 (3).
    """
    pairs = list(leaves)
    _execute(
        "INSERT INTO ledger_queue (event_id, event_hash) SELECT * FROM unnest(%s::uuid[], %s::bytea[])",
        [[event for event, _ in pairs], [digest for _, digest in pairs]],
    )


def sequence_leaves(limit: int = 10_000) -> int:
    """Move queued leaves into the tree and sign a head, in one transaction.

    A leaf that can never enter is held, and the later events of its case with it; the others go on (see ``holding``).

    Args:
        limit: most leaves to move.

    Returns:
        how many were moved; 0 when the queue is empty.

    Source: docs/adr/0020 (3); docs/topics/ledger.md, "One leaf that cannot enter" and "How it is kept".
    """
    if not _query("SELECT EXISTS (SELECT FROM ledger_queue)")[0][0]:
        return 0
    try:
        return _sequence(limit)
    except (LedgerError, IntegrityError):
        if not holding.hold_faulty():
            raise
        return _sequence(limit)


def _sequence(limit: int) -> int:
    with transaction.atomic():
        _lock()
        leaves = _take_queue(limit, holding.leaves_kept_back())
        return _append(leaves).count if leaves else 0


def append_batch(leaves: Iterable[Leaf]) -> Appended:
    """Append leaves directly, in the caller's transaction and order; whatever waits in the queue goes first.

    What follows a held leaf in its case is queued behind it instead, and not counted (see ``holding``). Call it last
    in the transaction: it holds the lock of the log until commit.

    Args:
        leaves: (event id, event hash), at least one.

    Raises:
        LedgerError: outside a transaction, or without leaves.
        django.db.IntegrityError: if an event is in the log already.

    Source: docs/adr/0020 (3); docs/topics/ledger.md, "How it is kept".
    """
    if not connection.in_atomic_block:
        raise LedgerError("append_batch belongs into the transaction that writes the events; open one around both")
    pairs = list(leaves)
    if not pairs:
        raise LedgerError("append_batch was given no leaves; call it only when there is something to append")
    _lock()
    # An earlier event of the same case may still be queued; it must stand before its successor in the log.
    holding.hold_faulty()
    back = holding.leaves_kept_back([event for event, _ in pairs])
    waiting = _take_queue(None, back)
    enqueue_leaves(pair for pair in pairs if pair[0] in back)
    direct = [pair for pair in pairs if pair[0] not in back]
    done = _append(waiting + direct) if waiting or direct else Appended(size(), 0, size())
    return Appended(done.first + len(waiting), len(direct), done.size)


def size() -> int:
    """Return the number of leaves in the log. Source: C2SP tlog-tiles: the last tile of level 0 ends the log."""
    rows = _query("SELECT index, width FROM ledger_tile WHERE level = 0 ORDER BY index DESC LIMIT 1")
    return rows[0][0] * WIDTH + rows[0][1] if rows else 0


def count_waiting_leaves() -> int:
    """Return how many leaves are promised and not yet in the tree."""
    return int(_query("SELECT count(*) FROM ledger_queue")[0][0])


def oldest_waiting() -> datetime | None:
    """Return when the longest waiting leaf was promised (the time in its event's UUIDv7), or None.

    Source: RFC 9562 §5.7 (48 bits of milliseconds lead a UUIDv7).
    """
    rows = _query("SELECT event_id FROM ledger_queue ORDER BY event_id LIMIT 1")
    return _promised_at(rows[0][0]) if rows else None


def latest_note() -> str | None:
    """Return the newest signed head as a checkpoint, or None while the log is empty."""
    rows = _query("SELECT note FROM ledger_head ORDER BY size DESC, id DESC LIMIT 1")
    return rows[0][0] if rows else None


def note_at(size: int) -> str | None:
    """Return a signed head of exactly this size, the newest if there are several."""
    rows = _query("SELECT note FROM ledger_head WHERE size = %s ORDER BY id DESC LIMIT 1", [size])
    return rows[0][0] if rows else None


def open_tree(size: int) -> tuple[TileTree, DatabaseTiles]:
    """Return a readable tree of the first ``size`` leaves and its tiles, for proofs."""
    tiles = DatabaseTiles()
    return TileTree(tiles, size), tiles


def _append(leaves: Sequence[Leaf]) -> Appended:
    """Append under the lock: tiles, entries, signed head."""
    before = size()
    tree, tiles = open_tree(before)
    tiles.warm(edge_keys(before))
    tree.append(leaf_hashes(b"".join(_checked(leaves))))
    rows = "".join([f"{index}\t{event.int:032x}\n" for index, (event, _) in enumerate(leaves, before)])
    copy = "COPY ledger_entry (index, event_id) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(copy) as stream:
        stream.write(rows)
    _sign(tree)
    log_committed("leaves_sequenced", leaves=len(leaves), size=tree.size)
    return Appended(before, len(leaves), tree.size)


def _sign(tree: TileTree) -> None:
    key = keyring.signing_key()
    keyring.require_in_force(key)
    # A clock that was set back must not make the log look backdated: a head is never older than the one before it.
    last = _query("SELECT signed_at FROM ledger_head ORDER BY size DESC, id DESC LIMIT 1")
    now = max([timezone.now(), *(row[0] for row in last)])
    head = Head(key.public.name, tree.size, tree.root())
    _execute(
        "INSERT INTO ledger_head (size, root, signed_at, note) VALUES (%s, %s, %s, %s)",
        [head.size, head.root, now, str(sign_head(head, key, now))],
    )
    log_committed("head_signed", size=head.size, key=key.id)


def _checked(leaves: Sequence[Leaf]) -> list[bytes]:
    for event, digest in leaves:
        if len(digest) != HASH:
            raise LedgerError(f"event {event} has a hash of {len(digest)} bytes; an event hash has {HASH}")
    return [digest for _, digest in leaves]


def _take_queue(limit: int | None, back: Collection[UUID]) -> list[Leaf]:
    """Take the queue's oldest leaves; those of `back` stay."""
    rows = _query(
        "WITH taken AS (DELETE FROM ledger_queue WHERE id IN "
        "(SELECT id FROM ledger_queue WHERE NOT event_id = ANY(%s) ORDER BY id LIMIT %s) "
        "RETURNING id, event_id, event_hash) SELECT event_id, event_hash FROM taken ORDER BY id",
        [list(back), limit],
    )
    _log_late([event for event, _ in rows])
    return [(event, bytes(digest)) for event, digest in rows]


def _log_late(events: Sequence[UUID]) -> None:
    """Say when promised leaves enter the log after the promised time."""
    now = timezone.now()
    waited = [(now - _promised_at(event)).total_seconds() for event in events]
    late = [seconds for seconds in waited if seconds > MERGE_DELAY]
    if late:
        log_committed("promise_late", leaves=len(late), seconds=round(max(late)))


def _promised_at(event: UUID) -> datetime:
    """When a queued leaf was promised: the time in its event's UUIDv7 (RFC 9562, section 5.7)."""
    return datetime.fromtimestamp((event.int >> 80) / 1000, UTC)


def _lock() -> None:
    _query("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _query(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _execute(statement: str, parameters: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
