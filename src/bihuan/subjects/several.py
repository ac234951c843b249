"""Many acts on registers in a few trips: each keeps its own source, reason, instant and leaf, as if it had come alone.

What follows the log writes one version of one subject for each event, hundreds at a time. Here the rows of one type are
staged and applied together; the n-th is known n microseconds after the first, as one after another would have been.
Source: docs/adr/0334-an-act-on-a-register-in-fewer-trips.md; docs/adr/0397-several-acts-in-a-trip.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction

from bihuan.ledger.core.merkle import root_of
from bihuan.ledger.statements import promise_statements
from bihuan.registers.identity import sealer
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id
from bihuan.subjects import statements
from bihuan.subjects.pure.cells import Row
from bihuan.subjects.pure.types import SubjectType
from bihuan.subjects.writing import (
    FEW,
    STATEMENT,
    Authorship,
    begin_act,
    change_body,
    find_versions,
    rows_of,
    run_statement,
    seal_row,
)

MICROSECOND = timedelta(microseconds=1)
LONGEST_PURPOSE = 400


class SingleAct(NamedTuple):
    """One row of one subject, who says so and why. The row names its first day."""

    kind: SubjectType
    row: Row
    author: Authorship


@dataclass(frozen=True)
class _Placed:
    """An act on its way: its change, the statement that its leaf is of, where it stands among all."""

    place: int
    act: SingleAct
    change: UUID
    statement: UUID


def write_several(acts: Sequence[SingleAct]) -> None:
    """Write acts in their order; all of them or none. No subject stands in two of them.

    Source: docs/adr/0397-several-acts-in-a-trip.md.
    """
    if not acts:
        return
    placed = [_Placed(place, act, new_id(), new_id()) for place, act in enumerate(acts)]
    by_type: defaultdict[str, list[_Placed]] = defaultdict(list)
    for each in placed:
        by_type[each.act.kind.id].append(each)
    bodies: dict[int, tuple[UUID, dict[str, Any], datetime]] = {}
    with in_district(acts[0].author.district), transaction.atomic():
        for several in by_type.values():
            bodies |= _write_type(several[0].act.kind, several)
        told = [bodies[place] for place in sorted(bodies)]
        promise_statements(STATEMENT, {key: body for key, body, _ in told}, {key: at for key, _, at in told})


def _write_type(kind: SubjectType, several: Sequence[_Placed]) -> dict[int, tuple[UUID, dict[str, Any], datetime]]:
    """Apply the acts on one type; by place the statement of each, what it says and when."""
    author = several[0].act.author
    sources = ", ".join(each.act.author.source for each in several)[:LONGEST_PURPOSE]
    now, measured = begin_act(kind, replace(author, source=sources))
    _stage(kind, several)
    planned = measured and len(several) <= FEW
    if not planned:
        run_statement("ANALYZE subject_staged", {})
    changes = [each.change for each in several]
    given: dict[str, Any] = {
        "district": author.district, "type": kind.id, "fence": kind.fence, "now": now, "changes": changes, "rank": 1,
    }  # fmt: skip
    counts: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for change, verdict in rows_of(f"{statements.MEANT}; {statements.VERDICTS}", given):
        counts[change][verdict] += 1
    if any(count.total() > count["unchanged"] for count in counts.values()):
        if not planned:
            run_statement("ANALYZE subject_hit", {})
        if kind.sealed_fields:
            run_statement(statements.SEAL, {**given, "key_id": sealer().current_id})
        run_statement(statements.APPLY, given)
        find_versions(kind, given)
    if len(several) > FEW:
        run_statement("TRUNCATE subject_staged, subject_hit", {})
    return _record(kind, several, now, counts)


def _stage(kind: SubjectType, several: Sequence[_Placed]) -> None:
    copy = f"COPY subject_staged ({statements.STAGED}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(copy) as stream:
        for nth, each in enumerate(several):
            row = each.act.row
            sealed = seal_row(kind, row, each.act.author.district)
            said = msgspec.json.encode(row.values).decode()
            stream.write_row(
                (nth + 1, row.key, False, row.valid_from, row.valid_to, said, *sealed, 1, each.change, nth)
            )


def _record(
    kind: SubjectType, several: Sequence[_Placed], now: datetime, counts: dict[UUID, Counter[str]]
) -> dict[int, tuple[UUID, dict[str, Any], datetime]]:
    """Put each act on record, in one statement."""
    leaves: defaultdict[UUID, list[bytes]] = defaultdict(list)
    asked = {"changes": [each.change for each in several]}
    sql = "SELECT change_id, hash FROM subject_version WHERE change_id = ANY(%(changes)s::uuid[]) ORDER BY id"
    for change, digest in rows_of(sql, asked):
        leaves[change].append(hashlib.sha256(b"\x00" + bytes(digest)).digest())
    told: dict[int, tuple[UUID, dict[str, Any], datetime]] = {}
    rows = []
    for nth, each in enumerate(several):
        author, at, root = each.act.author, now + nth * MICROSECOND, root_of(leaves[each.change])
        body = change_body(kind, author, each.change, counts[each.change], len(leaves[each.change]), root)
        told[each.place] = each.statement, body, at
        rows.append((
            each.change, author.district, kind.id, kind.edition, author.kind, author.actor, author.source,
            author.reason, at, msgspec.json.encode(body["counts"]).decode(), author.file_sha256, root, each.statement,
        ))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(statements.CHANGED, rows)
    return told
