"""Merging and splitting as pairs of commands that succeed or fail together."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from bihuan.loop.kernel.model import Actor, Case, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store.appending import Order
from bihuan.loop.store.read import get_case

ROOT = """
WITH RECURSIVE up AS (
    SELECT id, parent_id, 1 AS step FROM loop_case WHERE id = %s
    UNION ALL
    SELECT c.id, c.parent_id, step + 1 FROM up JOIN loop_case c ON c.id = up.parent_id WHERE step < %s
)
SELECT id FROM up ORDER BY step DESC LIMIT 1
"""
MERGED = """
WITH RECURSIVE down AS (
    SELECT id AS root, id, 1 AS step FROM unnest(%s::uuid[]) AS t(id)
    UNION ALL
    SELECT down.root, c.id, step + 1 FROM down JOIN loop_case c ON c.parent_id = down.id WHERE step < %s
)
SELECT id, root FROM down
"""
LONGEST = 50  # merges of merges that are followed; a longer chain than people make


def root_of(case: UUID) -> UUID:
    """Return the case in which a report is handled in the end: itself, or what it was merged into, however often.

    Source: docs/topics/kernel.md, "Merged reports".
    """
    with connection.cursor() as cursor:
        cursor.execute(ROOT, [case, LONGEST])
        row = cursor.fetchone()
    return row[0] if row else case


def told_apart(root: Case | CaseRow, own: UUID) -> bool:
    """Whether the course of a root is kept from who reported `own`: it is restricted, and theirs was merged into it.

    Such a reporter still adds to the matter and is told when it has ended; nothing of its course or state.

    Source: docs/topics/kernel.md, "Merged reports".
    """
    return root.restricted is not None and root.id != own


def merged_into(cases: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """(case, root) of some cases themselves and of everything that was merged into them, however often.

    Source: docs/topics/kernel.md, "Merged reports".
    """
    with connection.cursor() as cursor:
        cursor.execute(MERGED, [list(cases), LONGEST])
        return [(row[0], row[1]) for row in cursor.fetchall()]


def merge_orders(child: Case, parent: Case, actor: Actor, at: datetime, group: int = 1) -> list[Order]:
    """Child joins parent; the parent then answers to every reporter of both.

    Source: docs/topics/kernel.md, "Merged reports".
    """
    joined = {"report": str(child.id), "from": str(child.id), "reporters": child.reporters}
    return [
        Order(Command("merge", actor, at, {"parent": str(parent.id)}), child.id, group=group),
        Order(Command("join", actor, at, joined), parent.id, group=group),
    ]


def split_orders(child: Case, actor: Actor, at: datetime, group: int = 1) -> list[Order]:
    """A wrong merge is split: the child's clocks are restored, the parent forgets its reporters.

    A parent that has ended keeps its count; only the child is restored then.

    Source: docs/topics/kernel.md, "Merged reports".
    """
    orders = [Order(Command("unmerge", actor, at), child.id, group=group)]
    parent = get_case(UUID(child.parent)) if child.parent else None
    if parent is not None and parent.open:
        left = {"report": str(child.id), "to": str(child.id), "reporters": child.reporters}
        orders.append(Order(Command("leave", actor, at, left), parent.id, group=group))
    return orders
