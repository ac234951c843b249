"""Reading the logged events: which table they live in, and how a row becomes what was hashed.

The tables belong to the room above; the log knows their names and columns only: ``id, case_id, version, kind,
occurred_at, recorded_at, actor, data, private_hash, salt, prev, hash`` and ``event_id, salt, body``. Where they are
fenced by district, only what the transaction may see is seen: auditing a whole installation takes the owner's
connection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from psycopg import sql

from bihuan.ledger.core.leaf import write_instant
from bihuan.ledger.store import Leaf

COLUMNS = (
    "ev.case_id, ev.version, ev.kind, ev.occurred_at, ev.recorded_at, ev.actor, ev.data::text, ev.private_hash, "
    "ev.salt, ev.prev, ev.hash, pr.salt, pr.body::text, pv.hash, "
    "st.kind, st.made_at, st.body::text, st.hash"
)


@dataclass(frozen=True, slots=True)
class LeafRecord:
    """One leaf's row.

    Attributes:
        index: its place in the log; None while it is queued.
        event_id: which event or statement it commits to.
        event: as ``checks.check_content`` takes it, with ``before``, the hash recorded for its case's previous event;
            None if it is a statement or missing.
        statement: ``kind``, ``made_at``, ``body``, ``hash``; None if it is an event or missing.
    """

    index: int | None
    event_id: UUID
    event: dict[str, Any] | None
    statement: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class EventTable:
    """Where events and their erasable records are.

    Attributes:
        events: table of events.
        private: table of erasable records.
    """

    events: str = "loop_event"
    private: str = "loop_event_private"

    def between(self, first: int, end: int) -> Iterator[LeafRecord]:
        """Yield the leaves ``first`` … ``end``−1 in order; an index without entry is left out.

        Source: the order of RFC 9162 §2.1, by index.
        """
        rows = self._rows(
            "SELECT en.index, en.event_id, {columns} FROM ledger_entry en {joins} "
            "WHERE en.index >= %s AND en.index < %s ORDER BY en.index",
            "en",
            [first, end],
        )
        return (_record(row) for row in rows)

    def of_cases(self, cases: Sequence[UUID]) -> Iterator[LeafRecord]:
        """Yield the logged events of some cases in the order of the log."""
        rows = self._rows(
            "SELECT en.index, en.event_id, {columns} FROM ledger_entry en {joins} "
            "WHERE ev.case_id = ANY(%s) ORDER BY en.index",
            "en",
            [list(cases)],
        )
        return (_record(row) for row in rows)

    def queued(self) -> Iterator[LeafRecord]:
        """Yield the leaves that are promised and not yet in the tree, in the order they will enter it."""
        rows = self._rows(
            "SELECT NULL::bigint, qu.event_id, {columns} FROM ledger_queue qu {joins} ORDER BY qu.id", "qu", []
        )
        return (_record(row) for row in rows)

    def of_case(self, case_id: UUID) -> list[UUID]:
        """Return the ids of one case's events, in the order of their versions."""
        return [event for event, _ in self.hashes_of_case(case_id)]

    def hashes_of_case(self, case_id: UUID) -> list[Leaf]:
        """Return (id, hash) of one case's events, in the order of their versions."""
        query = self._fill("SELECT id, hash FROM {events} WHERE case_id = %s ORDER BY version")
        return [(event, bytes(digest)) for event, digest in _fetch(query, [case_id])]

    def unlogged(self, limit: int) -> tuple[int, list[tuple[UUID, int, str]]]:
        """Return how many events are neither in the log nor queued, and (case, version, kind) of the first few.

        Source: docs/topics/ledger.md, "What is checked against what" (an event past the program).
        """
        absent = (
            "FROM {events} ev WHERE NOT EXISTS (SELECT FROM ledger_entry en WHERE en.event_id = ev.id) "
            "AND NOT EXISTS (SELECT FROM ledger_queue qu WHERE qu.event_id = ev.id)"
        )
        rows = _fetch(
            self._fill(f"SELECT ev.case_id, ev.version, ev.kind, count(*) OVER () {absent} LIMIT %s"), [limit]
        )
        return (rows[0][3] if rows else 0), [(case, version, kind) for case, version, kind, _ in rows]

    def unlogged_statements(self, limit: int) -> list[dict[str, Any]]:
        """Return statements that are neither in the log nor queued.

        Source: docs/topics/ledger.md, "What is checked against what".
        """
        rows = _fetch(
            "SELECT st.kind, st.made_at, st.body::text, st.hash FROM ledger_statement st "
            "WHERE NOT EXISTS (SELECT FROM ledger_entry en WHERE en.event_id = st.id) "
            "AND NOT EXISTS (SELECT FROM ledger_queue qu WHERE qu.event_id = st.id) ORDER BY st.id LIMIT %s",
            [limit],
        )
        return [_statement(list(row)) for row in rows]

    def misqueued(self) -> list[UUID]:
        """Return queued events whose queued hash is not the hash of the event.

        Source: docs/topics/ledger.md, "One leaf that cannot enter".
        """
        query = self._fill(
            "SELECT qu.event_id FROM ledger_queue qu LEFT JOIN {events} ev ON ev.id = qu.event_id "
            "LEFT JOIN ledger_statement st ON st.id = qu.event_id "
            "WHERE coalesce(ev.hash, st.hash) IS DISTINCT FROM qu.event_hash"
        )
        return [event for (event,) in _fetch(query, [])]

    def erasures_of(self, records: Sequence[str]) -> list[dict[str, Any]]:
        """Return the statements of erasure that name any of these records (hex of their salted hashes).

        Source: docs/topics/ledger.md, "Erasing personal content".
        """
        rows = _fetch(
            "SELECT en.index, st.id, st.kind, st.made_at, st.body::text, st.hash FROM ledger_statement st "
            "LEFT JOIN ledger_entry en ON en.event_id = st.id "
            "WHERE st.kind = 'erasure' AND st.body->'records' ?| %s::text[]",
            [list(records)],
        )
        return [{"index": index, "id": key, **_statement(list(columns))} for index, key, *columns in rows]

    def erase_private(self, events: Sequence[UUID]) -> list[bytes]:
        """Delete the erasable records of some events; return the salted hashes of those there were.

        Source: docs/adr/0020 (2): erasure is one DELETE.
        """
        query = self._fill(
            "WITH gone AS (DELETE FROM {private} WHERE event_id = ANY(%s) RETURNING event_id) "
            "SELECT ev.private_hash FROM gone JOIN {events} ev ON ev.id = gone.event_id ORDER BY ev.id"
        )
        return [bytes(digest) for (digest,) in _fetch(query, [list(events)])]

    def _rows(self, statement: str, source: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        joins = (
            f"LEFT JOIN {{events}} ev ON ev.id = {source}.event_id "
            f"LEFT JOIN {{private}} pr ON pr.event_id = {source}.event_id "
            "LEFT JOIN {events} pv ON pv.case_id = ev.case_id AND pv.version = ev.version - 1 "
            f"LEFT JOIN ledger_statement st ON st.id = {source}.event_id"
        )
        return _fetch(self._fill(statement.replace("{columns}", COLUMNS).replace("{joins}", joins)), parameters)

    def _fill(self, statement: str) -> str:
        """Put the quoted table names into a statement."""
        for name in ("events", "private"):
            statement = statement.replace(f"{{{name}}}", sql.Identifier(getattr(self, name)).as_string(None))
        return statement


def _fetch(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _record(row: tuple[Any, ...]) -> LeafRecord:
    index, event_id, *columns = row
    event = _event(index, columns[:14]) if columns[0] is not None else None
    statement = _statement(columns[14:]) if columns[14] is not None else None
    return LeafRecord(index, event_id, event, statement)


def _event(index: int | None, columns: list[Any]) -> dict[str, Any]:
    case, version, kind, occurred, recorded, actor, data, digest, salt, prev, stored, *rest = columns
    private_salt, private, before = rest
    body = {
        "case": str(case),
        "version": version,
        "kind": kind,
        "occurred_at": write_instant(occurred),
        "recorded_at": write_instant(recorded),
        "actor": actor,
        "data": msgspec.json.decode(data),
        "private": None if digest is None else bytes(digest).hex(),
    }
    return {
        "index": index,
        "salt": bytes(salt),
        "prev": None if prev is None else bytes(prev),
        "hash": bytes(stored),
        "before": None if before is None else bytes(before),
        "body": body,
        "private": _private(private_salt, private),
        "private_state": _private_state(digest, private_salt),
    }


def _private(salt: Any, body: str | None) -> dict[str, Any] | None:
    return None if body is None else {"salt": bytes(salt), "body": msgspec.json.decode(body)}


def _private_state(digest: Any, salt: Any) -> str:
    if salt is not None:
        return "included"
    return "none" if digest is None else "erased"


def _statement(columns: list[Any]) -> dict[str, Any]:
    kind, made_at, body, stored = columns
    return {"kind": kind, "made_at": write_instant(made_at), "body": msgspec.json.decode(body), "hash": bytes(stored)}
