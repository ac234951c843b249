"""Cases and events as database rows: columns, types, hashing. No queries."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.errors import NotCanonicalError
from bihuan.ledger.core.leaf import event_hash_of, private_hash_of, write_instant
from bihuan.loop.kernel.clocks import next_tick
from bihuan.loop.kernel.model import Case, Event
from bihuan.loop.programmes import all_programmes
from bihuan.registers.pure.ids import new_id


class RowTable(NamedTuple):
    """A table with its written columns and their PostgreSQL types; `key` says what an existing row is found by."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...] = ()

    @property
    def names(self) -> str:
        """Column names, comma-separated."""
        return ", ".join(name for name, _ in self.columns)


Row = tuple[Any, ...]
EventTexts = tuple[bytes, bytes | None]
"""The facts of an event and its words, or None, as canonical JSON."""

EVENT = RowTable("loop_event", (
    ("id", "uuid"), ("district_id", "text"), ("case_id", "uuid"), ("version", "int"), ("kind", "text"),
    ("occurred_at", "timestamptz"), ("recorded_at", "timestamptz"), ("actor", "text"), ("data", "jsonb"),
    ("private_hash", "bytea"), ("salt", "bytea"), ("prev", "bytea"), ("hash", "bytea"),
))  # fmt: skip
PRIVATE = RowTable("loop_event_private", (
    ("event_id", "uuid"), ("district_id", "text"), ("salt", "bytea"), ("body", "jsonb"),
))  # fmt: skip
CLOCK = RowTable("loop_clock", (
    ("case_id", "uuid"), ("name", "text"), ("district_id", "text"), ("started", "timestamptz"),
    ("due", "timestamptz"), ("stopped", "timestamptz"), ("paused", "timestamptz"), ("missed", "boolean"),
), ("case_id", "name"))  # fmt: skip
CASE = RowTable("loop_case", (
    ("id", "uuid"), ("district_id", "text"), ("number", "text"), ("programme", "text"), ("kind", "text"),
    ("shape", "text"), ("state", "text"), ("channel", "text"), ("category", "text"), ("area", "text"),
    ("urgency", "text"), ("title", "text"), ("holder_kind", "text"), ("holder_id", "text"),
    ("holder_person", "text"), ("lead", "text"), ("involved", "text[]"), ("deadline", "timestamptz"),
    ("missed", "boolean"), ("opened_at", "timestamptz"), ("ended_at", "timestamptz"),
    ("submitted_at", "timestamptz"), ("next_attempt_at", "timestamptz"), ("outcome", "text"),
    ("restricted", "text"), ("parent_id", "uuid"), ("pending", "text[]"), ("reporters", "int"),
    ("history", "text"), ("lon_e6", "int"), ("lat_e6", "int"), ("version", "int"), ("head", "bytea"),
    ("tick_at", "timestamptz"), ("about", "text"), ("fold", "jsonb"),
), ("id",))  # fmt: skip

KEPT_ON_UPDATE = frozenset({"title", "district_id", "number", "opened_at"})

_encode = msgspec.json.Encoder().encode
_decode_case = msgspec.json.Decoder(Case).decode


class LoadedCase(NamedTuple):
    """A case with the hash of its last event."""

    case: Case
    head: bytes | None


def read_fold(fold: bytes | str) -> Case:
    """The case from its stored fold.

    Source: docs/topics/kernel.md, "A decision, step by step" (5, what would not read back is not stored)
    """
    return _decode_case(fold)


class NotReadableError(ValueError):
    """A fold or an event would not read back from the database as it is; the message says why."""


NOT_JSON = (NotCanonicalError, msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError)


def fold_text(case: Case) -> bytes:
    """The fold as it is stored.

    Raises:
        NotReadableError: it would not read back as it is.

    Source: docs/topics/kernel.md, "A decision, step by step" (5, what would not read back is not stored)
    """
    try:
        text = _encode(case)
        if _decode_case(text) == case:
            return text
    except NOT_JSON as error:
        raise NotReadableError(str(error)) from error
    raise NotReadableError("the case reads back differently")


def unreadable(case: Case, events: Sequence[Event]) -> str | None:
    """Why a fold or its events would not read back from the database as they are; None when they would.

    Source: docs/topics/kernel.md, "A decision, step by step" (5, what would not read back is not stored)
    """
    try:
        for event in events:
            canonical(event.data)
            canonical(event.private)
        fold_text(case)
    except NOT_JSON as error:
        return str(error)
    return None


def event_texts(event: Event) -> EventTexts:
    """Write the facts and the words of an event as canonical JSON; None for no words.

    Raises:
        NotCanonicalError: something in them has no exact form.

    Source: docs/topics/ledger.md, "Formats, for other implementations"
    """
    return canonical(event.data), canonical(event.private) if event.private else None


def event_row(
    event: Event, prev: bytes | None, district: str, case: str | None = None, texts: EventTexts | None = None
) -> tuple[Row, Row | None, bytes]:
    """(row, private row or None, hash) of one event.

    Args:
        event: What happened.
        prev: The hash of the case's event before it.
        district: Its code.
        case, texts: The case's id as text and `event_texts`, where these are known already.

    Raises:
        NotCanonicalError: `data` holds a float.

    Source: docs/topics/ledger.md, "Formats, for other implementations"; DESIGN §8 (a salted commitment)
    """
    data, words = texts or event_texts(event)
    event_id, salts = new_id(), os.urandom(32)
    salt, private, digest = salts[:16], None, None
    if words is not None:
        private_salt = salts[16:]
        digest = private_hash_of(private_salt, words)
        private = (event_id, district, private_salt, words.decode())
    occurred, recorded = write_instant(event.occurred_at), write_instant(event.recorded_at)
    about = (case or str(event.case), event.version, event.kind, occurred, recorded, event.actor)
    head = event_hash_of(salt, prev, about, data, digest.hex() if digest else None)
    row = (
        event_id, district, event.case, event.version, event.kind, occurred, recorded, event.actor,
        data.decode(), digest, salt, prev, head,
    )  # fmt: skip
    return row, private, head


def case_row(case: Case, head: bytes, district: str, title: str, fold: bytes | None = None) -> Row:
    """The row of a folded case; `fold` is its `fold_text` where that is known already.

    Source: DESIGN §7 (`case` is the fold of its events)
    """
    holder, verification = case.holder, case.verification
    lon, lat = case.place or (None, None)
    return (
        case.id, district, case.number, case.programme, case.kind, case.shape, case.state, case.channel,
        case.category, case.area, case.urgency, title[:200],
        holder.kind if holder else None, holder.id if holder else None, holder.person if holder else None,
        case.lead, _involved(case), case.deadline, any(c.missed for c in case.clocks.values()),
        case.opened_at, case.ended_at, case.submitted_at,
        verification.next_attempt_at if verification else None, case.outcome, case.restricted,
        UUID(case.parent) if case.parent else None, list(case.pending), case.reporters, case.history,
        lon, lat, case.version, head, next_tick(case) if case.open else None,
        f"{case.about}/{case.subject}"[:200] if case.about and case.subject else None,
        (fold or _encode(case)).decode(),
    )  # fmt: skip


def clock_rows(case: Case, district: str) -> list[Row]:
    """The rows of a case's clocks. Source: DESIGN §7 (`case` is the fold of its events)."""
    return [(case.id, c.name, district, c.started, c.due, c.stopped, c.paused, c.missed) for c in case.clocks.values()]


def _involved(case: Case) -> list[str]:
    """Units that see the case because they take part in it; who was asked for a statement, only until it is given."""
    declared = all_programmes().get(case.programme)
    rules = declared.cases.get(case.kind) if declared else None
    if rules is not None and case.state in rules.unseen:
        return []
    return sorted({*case.units, *case.parties, *([case.lead] if case.lead else [])})


def columns_of(rows: Sequence[Row], table: RowTable) -> list[list[Any]]:
    """Rows turned into one list per column."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in table.columns]
