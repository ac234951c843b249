"""A small event table of the shape the log reads, and events in it; so these tests need no room above the ledger."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from bihuan.ledger.core.leaf import event_hash, private_hash, write_instant
from bihuan.ledger.events import EventTable
from bihuan.ledger.store import Leaf, append_batch

TABLE = EventTable("ledgertest_event", "ledgertest_event_private")
START = datetime(2026, 3, 1, 1, 2, 3, tzinfo=UTC)

CREATE = """
CREATE TABLE IF NOT EXISTS ledgertest_event (
    id uuid PRIMARY KEY, case_id uuid, version int, kind text, occurred_at timestamptz, recorded_at timestamptz,
    actor text, data jsonb, private_hash bytea, salt bytea, prev bytea, hash bytea, UNIQUE (case_id, version));
CREATE TABLE IF NOT EXISTS ledgertest_event_private (event_id uuid PRIMARY KEY, salt bytea, body jsonb);
TRUNCATE ledgertest_event, ledgertest_event_private;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledgertest_event, ledgertest_event_private TO bihuan_app
"""


def execute(statement: str, parameters: list[object] | None = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def scalar(statement: str, parameters: list[object] | None = None) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]


@dataclass
class District:
    """Writes events into the table; remembers the head of every case."""

    cases: list[UUID] = field(default_factory=list)
    heads: dict[UUID, tuple[int, bytes]] = field(default_factory=dict)
    ids: dict[tuple[UUID, int], UUID] = field(default_factory=dict)

    def record(self, count: int, cases: int = 3) -> list[Leaf]:
        """Write ``count`` events, spread over the first ``cases`` cases; return their leaves in order."""
        while len(self.cases) < cases:
            self.cases.append(uuid7())
        rows: list[list[object]] = []
        records: list[list[object]] = []
        leaves = [self._event(self.cases[number % cases], number, rows, records) for number in range(count)]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO ledgertest_event VALUES (%s, %s, %s, 'noted', %s, %s, 'user:1', %s, %s, %s, %s, %s)", rows
            )
            cursor.executemany("INSERT INTO ledgertest_event_private VALUES (%s, %s, %s)", records)
        return leaves

    def _event(self, case: UUID, number: int, rows: list[list[object]], records: list[list[object]]) -> Leaf:
        version, prev = self.heads.get(case, (0, None))
        version += 1
        event_id, salt, private_salt = uuid7(), uuid7().bytes, uuid7().bytes
        occurred = START + timedelta(seconds=number, microseconds=number % 3)
        record = {"words": f"第{number}件事", "phone": "0000"} if number % 2 == 0 else None
        digest = private_hash(private_salt, record) if record else None
        data = {"number": number, "holder": "unit:7", "why": {"row": 3, "图": "表"}}
        body = {
            "case": str(case),
            "version": version,
            "kind": "noted",
            "occurred_at": write_instant(occurred),
            "recorded_at": write_instant(START),
            "actor": "user:1",
            "data": data,
            "private": digest.hex() if digest else None,
        }
        hashed = event_hash(salt, prev, body)
        encoded = msgspec.json.encode(data).decode()
        rows.append([event_id, case, version, occurred, START, encoded, digest, salt, prev, hashed])
        if record:
            records.append([event_id, private_salt, msgspec.json.encode(record).decode()])
        self.heads[case] = (version, hashed)
        self.ids[case, version] = event_id
        return event_id, hashed


def filled(events: District, *counts: int) -> District:
    """The events after appends of so many each."""
    for count in counts:
        with transaction.atomic():
            append_batch(events.record(count))
    return events
