"""What the log itself states, with a leaf of its own: commitments to draws, erasures, programmes retired.

A statement is public, signed for by the next head, and in front of every witness: its time cannot be moved afterwards.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from bihuan.ledger import store
from bihuan.ledger.core.draw import DrawDefinition
from bihuan.ledger.core.leaf import statement_hash, write_instant
from bihuan.server.log_lines import log_committed

DRAW = "draw"


def publish_statement(kind: str, body: dict[str, Any]) -> UUID:
    """State something: record it and append its leaf in one transaction.

    Args:
        kind: what it is.
        body: public values; no personal data, for a statement cannot be erased.

    Returns:
        the statement's id.

    Raises:
        NotCanonicalError: if the body holds floats or other values without an exact form.

    Source: docs/adr/0020 (7).
    """
    with transaction.atomic():
        leaf = _record(kind, body, timezone.now())
        store.append_batch([leaf])
    return leaf[0]


def promise_statement(kind: str, body: dict[str, Any], made_at: datetime) -> UUID:
    """State something in the caller's transaction; the sequencer appends its leaf, as it does with events.

    Args:
        kind: what it is.
        body: see ``publish_statement``.
        made_at: when it is stated.

    Returns:
        the statement's id.

    Raises:
        NotCanonicalError: see ``publish_statement``.

    Source: docs/adr/0020 (3, 7).
    """
    leaf = _record(kind, body, made_at)
    store.enqueue_leaves([leaf])
    return leaf[0]


def promise_statements(
    kind: str, bodies: Mapping[UUID, dict[str, Any]], made_at: datetime | Mapping[UUID, datetime]
) -> None:
    """State many things of one kind in the caller's transaction, each with a leaf of its own, in two statements.

    Args:
        kind: what they are.
        bodies: see ``publish_statement``; by the ids they get, which nothing else in the log has.
        made_at: when they are stated: all of them, or each.

    Raises:
        NotCanonicalError: see ``publish_statement``.

    Source: docs/adr/0020 (3, 7).
    """
    if not bodies:
        return
    instants = [made_at[each] if isinstance(made_at, Mapping) else made_at for each in bodies]
    leaves = [
        (identifier, statement_hash(kind, write_instant(at), body))
        for (identifier, body), at in zip(bodies.items(), instants, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_statement (id, kind, body, made_at, hash) "
            "SELECT id, %s, body::jsonb, made_at, hash "
            "FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::bytea[]) AS t(id, made_at, body, hash)",
            [
                kind,
                list(bodies),
                instants,
                [msgspec.json.encode(body).decode() for body in bodies.values()],
                [digest for _, digest in leaves],
            ],
        )
    store.enqueue_leaves(leaves)


def _record(kind: str, body: dict[str, Any], made_at: datetime) -> store.Leaf:
    identifier, digest = uuid7(), statement_hash(kind, write_instant(made_at), body)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_statement (id, kind, body, made_at, hash) VALUES (%s, %s, %s, %s, %s)",
            [identifier, kind, msgspec.json.encode(body).decode(), made_at, digest],
        )
    log_committed("statement_made", kind=kind, statement=identifier)
    return identifier, digest


def commit_draw(definition: DrawDefinition) -> tuple[UUID, datetime]:
    """Publish the commitment to a draw; the same definition twice is one commitment.

    Returns:
        the statement's id and when it was made.

    Source: docs/adr/0020 (7); docs/topics/ledger.md, "Draws that nobody can steer".
    """
    commitment = definition.commitment().hex()
    found = find_commitment(commitment)
    if found is None:
        body = {"commitment": commitment, "purpose": definition.purpose, "entropy_source": definition.entropy_source}
        publish_statement(DRAW, body)
        found = find_commitment(commitment)
    assert found is not None
    return found


def find_commitment(commitment: str) -> tuple[UUID, datetime] | None:
    """Return the id and time of the statement that committed to a draw, or None.

    Args:
        commitment: hex, as ``Definition.commitment().hex()``.

    Source: docs/topics/ledger.md, "Draws that nobody can steer" (no draw without an earlier commitment).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, made_at FROM ledger_statement WHERE kind = %s AND body->>'commitment' = %s "
            "ORDER BY made_at LIMIT 1",
            [DRAW, commitment],
        )
        row = cursor.fetchone()
    return None if row is None else (row[0], row[1])
