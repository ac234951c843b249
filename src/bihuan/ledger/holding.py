"""Leaves that cannot enter the tree: held with their reason, while every other leaf goes on.

The log promises two orders, and holding keeps both. Indexes have no gap: an index is given when a leaf enters, so a
held leaf has none and leaves none open. The events of one case stand in the order of their versions: behind a held leaf
the later events of its case wait too, whether they are queued or come to be appended directly. Nothing is dropped and
nothing is changed: a held leaf stays in the queue, promised, until it is mended or its receipt says that it is late.

A fault that is no leaf's own (a key that is not in force, a tile that is gone) is raised: it would fail for each.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from bihuan.ledger.core.tiles import HASH
from bihuan.server.log_lines import log_committed

FAULTY = """
INSERT INTO ledger_held (event_id, reason, held_at)
SELECT event_id, CASE WHEN octet_length(event_hash) = %(hash)s THEN 'logged_already: the log has a leaf of this event'
       ELSE 'hash_length: a hash of ' || octet_length(event_hash) || ' bytes and not %(hash)s' END, now()
FROM ledger_queue qu
WHERE octet_length(event_hash) <> %(hash)s OR EXISTS (SELECT FROM ledger_entry en WHERE en.event_id = qu.event_id)
ON CONFLICT DO NOTHING RETURNING event_id
"""
BEHIND = """
SELECT later.id FROM ledger_held he JOIN loop_event ev ON ev.id = he.event_id
JOIN loop_event later ON later.case_id = ev.case_id AND later.version > ev.version
WHERE later.id = ANY(%s) OR EXISTS (SELECT FROM ledger_queue qu WHERE qu.event_id = later.id)
"""


def hold_faulty() -> list[UUID]:
    """Hold every queued leaf that can never enter as it is; returns those that were not held before.

    Source: docs/topics/ledger.md, "One leaf that cannot enter".
    """
    with connection.cursor() as cursor:
        cursor.execute(FAULTY, {"hash": HASH})
        found = [event for (event,) in cursor.fetchall()]
    for event in found:
        log_committed("leaf_held", leaf=event)
    return found


def held_leaves() -> dict[UUID, str]:
    """The leaves that are held now, each with its reason.

    Source: docs/topics/ledger.md, "One leaf that cannot enter".
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_id, reason FROM ledger_held ORDER BY held_at, event_id")
        return dict(cursor.fetchall())


def leaves_kept_back(coming: Sequence[UUID] = ()) -> set[UUID]:
    """Which leaves must wait: the held ones, and what follows them in their cases, queued or among those `coming`.

    Source: docs/topics/ledger.md, "One leaf that cannot enter" (a case's events stand in their order).
    """
    found = set(held_leaves())
    if found:
        with connection.cursor() as cursor:
            cursor.execute(BEHIND, [list(coming)])
            found |= {event for (event,) in cursor.fetchall()}
    return found


def release_leaves(events: Sequence[UUID]) -> None:
    """Let held leaves be tried again. Source: docs/topics/ledger.md, "One leaf that cannot enter"."""
    if events:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_held WHERE event_id = ANY(%s)", [list(events)])
        log_committed("leaves_released", leaves=len(events))
