"""Rows become versions: staged by COPY, compared and applied by set-based SQL, one leaf of the log for each act.

All of an act stands or falls in one transaction. Acts on one type follow each other (advisory lock), so that what was
known at an instant never changes afterwards. Source: docs/topics/subjects.md, "How a row counts"; ADR 0250.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from bihuan.ledger.core.merkle import root_of
from bihuan.ledger.statements import promise_statement
from bihuan.registers.identity import sealer
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id
from bihuan.subjects import fence, statements
from bihuan.subjects.pure.cells import Row
from bihuan.subjects.pure.types import SubjectType

STATEMENT = "subject_change"
FEW = 20
"""Rows up to which an act is planned as the one before it: most acts on a register say one thing of one subject."""
SHOWN = 100
"""Changes of a load that are listed one by one; all are counted."""


@dataclass(frozen=True)
class Authorship:
    """Who writes, from where, why.

    Args:
        district: Its code. actor: `user:…` or `system:…`. source: The register or file it comes from.
        kind: load, edit, effect. reason: For people, empty for loads. file_sha256: Of a loaded file.
        recorded: When it became known, where a district is played; None: now. Never earlier than what is known already.
        agreed: The second person, where one agreed.
    """

    district: str
    actor: str
    source: str
    kind: str = "load"
    reason: str = ""
    file_sha256: str = ""
    recorded: datetime | None = None
    agreed: str = ""


@dataclass
class Difference:
    """What a row changes: `was` and `now` hold the fields that differ; sealed ones are never shown."""

    key: str
    verdict: str
    since: date
    was: dict[str, Any]
    now: dict[str, Any]


@dataclass
class Written:
    """What an act did.

    Args:
        change: Its id; None when there was no row, or nothing was applied.
        counts: Rows by verdict. versions: New rows.
        differences: The first of them. repeated: Lines that say a key and day a second time, with the first line.
        held: Nothing was ended, because some rejected row has no readable key.
    """

    change: UUID | None = None
    counts: Counter[str] = field(default_factory=Counter)
    versions: int = 0
    differences: list[Difference] = field(default_factory=list)
    repeated: list[tuple[int, str, int]] = field(default_factory=list)
    held: bool = False


@dataclass(frozen=True)
class Whole:
    """A list that is complete for a day: who is not in it has ended by then.

    Args:
        day: The day of the list.
        spared: Keys of rejected rows, which stand in it after all; filled while rows are read.
        unreadable: Asked when all rows are read: whether some rejected row has no readable key.
    """

    day: date
    spared: list[str]
    unreadable: list[int]


class _Undone(Exception):
    """Rolls back what was only looked at."""


def write_rows(
    kind: SubjectType,
    rows: Iterable[Row],
    act: Authorship,
    day: date,
    *,
    whole: Whole | None = None,
    apply: bool = True,
) -> Written:
    """Apply rows to what is known.

    Args:
        rows: Read once; values None end nothing but empty a field. day: From which a row without a first day holds.
        whole: Given when what is missing has ended. apply: False only looks what would happen.

    Source: docs/topics/subjects.md, "How a row counts".
    """
    with in_district(act.district):
        return _undoing(kind, rows, act, day, whole, apply=apply, absent=False)


def end_subjects(kind: SubjectType, keys: Sequence[str], act: Authorship, day: date) -> Written:
    """Say that subjects do not exist from a day on, until they are known to exist again."""
    rows = [Row(line, key, day, None, {}, None) for line, key in enumerate(keys, 1)]
    with in_district(act.district):
        return _undoing(kind, rows, act, day, None, apply=True, absent=True)


def _undoing(
    kind: SubjectType,
    rows: Iterable[Row],
    act: Authorship,
    day: date,
    whole: Whole | None,
    *,
    apply: bool,
    absent: bool,
) -> Written:
    written = Written()
    with suppress(_Undone), transaction.atomic():
        _write(kind, rows, act, day, whole, written, absent)
        if not apply:
            written.change = None
            raise _Undone
    return written


def _write(
    kind: SubjectType,
    rows: Iterable[Row],
    act: Authorship,
    day: date,
    whole: Whole | None,
    written: Written,
    absent: bool,
) -> None:
    (now, measured), change = begin_act(kind, act), new_id()
    staged, ranks = _stage(kind, rows, act, day, absent, written, change)
    given: dict[str, Any] = {
        "district": act.district, "type": kind.id, "fence": kind.fence, "now": now, "change": change,
        "changes": [change],
    }  # fmt: skip
    if whole is not None:
        written.held = bool(whole.unreadable)
        if not written.held:
            run_statement(statements.MISSING, {**given, "day": whole.day, "spared": whole.spared})
    few = staged <= FEW and whole is None
    planned = measured and few
    if not planned:
        run_statement("ANALYZE subject_staged", {})
    for rank in range(1, ranks + 1):
        written.versions += _apply(kind, {**given, "rank": rank}, written, planned=planned)
    if written.versions:
        find_versions(kind, given)
    if not few:  # a few are deleted by the next act; the planner goes on believing in few
        run_statement("TRUNCATE subject_staged, subject_hit", {})
    if written.counts.total():  # also when all was known: that a list was compared on that day is a fact
        _record(kind, act, now, change, written)


def find_versions(kind: SubjectType, given: dict[str, Any]) -> None:
    """Let the new versions be found by their fields, and by their names as other sources write them."""
    title, asked, statement = kind.title_field, {**given, "fields": list(kind.found_by)}, statements.FIND
    if kind.identify and title in kind.found_by:
        statement += f"; {statements.FIND_PLAIN}"
        asked |= {"title": title, "plain": f"{title}{statements.PLAIN}"}
    run_statement(statement, asked)


def begin_act(kind: SubjectType, act: Authorship) -> tuple[datetime, bool]:
    """Take the type's lock and return the instant of the act, later than every act on it before.

    Also whether the planner has met the empty staging tables with as few rows as most acts have: then it need not be
    told again.
    """
    fence.declare_fence(act.district, kind, datetime.now().astimezone())
    fence.enter(act.district, kind, fence.system(act.kind, f"{act.kind} {act.source}"))
    asked = {
        "lock": f"subjects/{act.district}/{kind.id}", "district": act.district, "type": kind.id,
        "at": act.recorded or timezone.now(), "few": FEW,
    }  # fmt: skip
    ((now, measured),) = rows_of(statements.BEGIN, asked)
    at: datetime = now
    return at, bool(measured)


def _stage(
    kind: SubjectType, rows: Iterable[Row], act: Authorship, day: date, absent: bool, written: Written, change: UUID
) -> tuple[int, int]:
    """Copy the rows into the staging table, their sealed parts into theirs; how many, and how often the busiest key."""
    staged, copy = 0, f"COPY subject_staged ({statements.STAGED}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(copy) as stream:
        for row in rows:
            sealed = seal_row(kind, row, act.district)
            said = msgspec.json.encode(row.values).decode()
            start = row.valid_from or day
            stream.write_row((row.line, row.key, absent, start, row.valid_to, said, *sealed, 1, change, 0))
            staged += 1
    if staged < 2:
        return staged, 1
    written.repeated = [(line, key, first) for line, key, first in rows_of(statements.TWICE, {})]
    run_statement(statements.RANK, {})
    ((ranks,),) = rows_of("SELECT coalesce(max(rank), 1) FROM subject_staged", {})
    return staged, int(ranks)


def seal_row(kind: SubjectType, row: Row, district: str) -> tuple[UUID | None, str | None, bytes | None]:
    """Id, keyed digest and ciphertext of a row's sealed part; no digest: nothing is said of it; "": it has none."""
    if row.sealed is None:
        return None, None, None
    if not row.sealed:
        return None, "", None
    content = msgspec.json.encode(dict(sorted(row.sealed.items())))
    bound = f"{district}|{kind.id}|{row.key}|".encode() + content
    digest = hmac.digest(settings.BIHUAN_INDEX_KEY.encode(), bound, "sha256").hex()
    key = new_id()
    return key, digest, sealer().seal_bytes(content, district, key)


def _apply(kind: SubjectType, given: dict[str, Any], written: Written, *, planned: bool) -> int:
    """Apply the rows of one rank; how many versions came of it."""
    if given["rank"] > 1:
        run_statement("DELETE FROM subject_hit" if planned else "TRUNCATE subject_hit", {})
    known = written.counts.total() - written.counts["unchanged"]
    for verdict, count in rows_of(f"{statements.MEANT}; {statements.COUNTED}", given):
        written.counts[verdict] += count
    if written.counts.total() - written.counts["unchanged"] == known:
        return 0
    wanted = SHOWN - len(written.differences)
    found = rows_of(
        "SELECT key, verdict, f, old::text, fresh::text FROM subject_hit WHERE verdict <> 'unchanged' "
        "ORDER BY verdict, key LIMIT %(wanted)s",
        {"wanted": wanted},
    )
    written.differences += [_difference(*row) for row in found]
    if not planned:
        run_statement("ANALYZE subject_hit", {})
    if kind.sealed_fields:
        run_statement(statements.SEAL, {**given, "key_id": sealer().current_id})
    return run_statement(statements.APPLY, given)


def _difference(key: str, verdict: str, since: date, old: str | None, fresh: str | None) -> Difference:
    was: dict[str, Any] = msgspec.json.decode(old) if old else {}
    now: dict[str, Any] = {} if verdict == "ended" or fresh is None else msgspec.json.decode(fresh)
    names = {name for name in (*was, *now) if was.get(name) != now.get(name)}
    return Difference(
        key, verdict, since,
        {name: was[name] for name in sorted(names & was.keys())},
        {name: now[name] for name in sorted(names & now.keys())},
    )  # fmt: skip


def _record(kind: SubjectType, act: Authorship, now: datetime, change: UUID, written: Written) -> None:
    """Put the act on record: its row, and the statement whose leaf enters the log."""
    root = root_of(leaves_of_change(change))
    body = change_body(kind, act, change, written.counts, written.versions, root)
    statement = promise_statement(STATEMENT, body, now)
    with connection.cursor() as cursor:
        cursor.execute(
            statements.CHANGED,
            [
                change, act.district, kind.id, kind.edition, act.kind, act.actor, act.source, act.reason, now,
                msgspec.json.encode(body["counts"]).decode(), act.file_sha256, root, statement,
            ],
        )  # fmt: skip
    written.change = change


def change_body(
    kind: SubjectType, act: Authorship, change: UUID, counted: Counter[str], versions: int, root: bytes
) -> dict[str, Any]:
    """Return what the log states of an act. Source: docs/topics/subjects.md, "In the log"."""
    counts = {verdict: counted[verdict] for verdict in ("created", "changed", "ended", "unchanged")}
    return {
        "change": str(change), "district": act.district, "type": kind.id, "edition": kind.edition, "kind": act.kind,
        "actor": act.actor, "source": act.source, "file": act.file_sha256, "rows": versions,
        "root": root.hex(), "counts": counts, **({"agreed": act.agreed} if act.agreed else {}),
    }  # fmt: skip


def leaves_of_change(change: UUID) -> list[bytes]:
    """The leaf hashes of a change's versions in the order of their ids; their root is in the log.

    Source: RFC 9162 §2.1.1 (0x00 before a leaf); docs/topics/subjects.md, "In the log".
    """
    rows = rows_of("SELECT hash FROM subject_version WHERE change_id = %(change)s ORDER BY id", {"change": change})
    return [hashlib.sha256(b"\x00" + bytes(digest)).digest() for (digest,) in rows]


def run_statement(statement: str, given: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, given or None)
        return int(cursor.rowcount)


def rows_of(statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given or None)
        while cursor.nextset():  # of several statements, the last one answers
            pass
        return list(cursor.fetchall())
