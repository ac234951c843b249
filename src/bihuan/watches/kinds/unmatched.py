"""`unmatched`: a record has no counterpart after a time; in a book, a reservation is neither posted nor given back, or
with `account` the newest kept reconciliation leaves a line of either side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from pydantic import Field, model_validator

from bihuan.books.catalogue import all_books
from bihuan.books.kept_reconciling import newest_reconciliations, rest_since
from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.registers.isolation import in_district
from bihuan.watches.model import Fact, Fault, Hits, Over, Scalar, WatchKind, Within, duration
from bihuan.watches.parts import faults_of_field, field_faults, hits_of_rows
from bihuan.watches.scene import Scene, empty, rows_where

_HOLDS = """
SELECT h.key, h.made_at, h.remaining, a.unit, a.subject FROM book_hold h JOIN book_account a ON a.id = h.debit_id
WHERE h.district_id = %s AND h.book = %s AND h.remaining > 0 AND h.made_at <= %s
  AND (%s::text[] IS NULL OR h.key = ANY(%s)) ORDER BY h.key
"""


class Counterpart(Strict):
    """The records of another type that answer ours.

    Args:
        subject: Their type. on: Our field → theirs; all must be the same. where: Their fields' values.
    """

    subject: Slug
    on: dict[Code, Code] = Field(min_length=1)
    where: dict[Code, Scalar | list[Scalar] | None] = {}


class Unmatched(Strict):
    """Since which date of ours, how long after it, and by what it would be answered; in a book `after` alone, for what
    is reserved, or with the `account` (`name`, `name:subject`) that is reconciled with a bank's files."""

    after: Within
    account: str | None = None
    dated: Code | None = None
    by: Counterpart | None = None

    @model_validator(mode="after")
    def _whole(self) -> Unmatched:
        if (self.dated is None) != (self.by is None):
            raise ValueError("`dated` and `by` belong together")
        return self


def find(scene: Scene, over: Over, rule: Unmatched) -> Hits:
    """Everything that stands open after its time. Source: docs/topics/watches.md, "unmatched"."""
    if over.book is not None:
        return _of_lines(scene, over.book, rule) if rule.account else _of_holds(scene, over.book, rule)
    assert rule.by is not None
    assert rule.dated is not None
    table = scene.narrow(over)
    theirs = scene.narrow(Over(subject=rule.by.subject, where=rule.by.where))
    ours, others = _joined(table, list(rule.by.on)), _joined(theirs, list(rule.by.on.values()))
    mask = pc.and_(pc.invert(pc.is_in(ours, value_set=others)), _passed(scene, over, rule, table))
    told = [rule.dated, *rule.by.on]
    return hits_of_rows(scene, over, table, rows_where(mask), incident=rule.dated, told=told)


def _passed(scene: Scene, over: Over, rule: Unmatched, table: pa.Table) -> Any:
    """Where the time has passed: of instants to the minute, of dates by days."""
    from bihuan.subjects.catalogue import subject_type

    assert rule.dated is not None
    if subject_type(over.subject or "").fields[rule.dated].type == "instant":
        at = pc.cast(table[rule.dated], pa.timestamp("us", "UTC"))
        return pc.less_equal(at, pa.scalar(scene.since(rule.after), pa.timestamp("us", "UTC")))
    if duration(rule.after).unit in ("minutes", "hours"):
        last = scene.registers.calendar.local_date(scene.since(rule.after))
    else:
        last = scene.passed(rule.after)
    return pc.less_equal(scene.dates(over.subject or "", table, rule.dated), pa.scalar(last))


def _joined(table: pa.Table, names: Sequence[str]) -> Any:
    """What records say in some fields, as one text; null where one says nothing."""
    columns = [pc.if_else(empty(table[name]), pa.scalar(None, pa.string()), table[name]) for name in names]
    joined = pc.binary_join_element_wise(*columns, "\x1f", null_handling="emit_null")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _of_holds(scene: Scene, book: str, rule: Unmatched) -> Hits:
    only = None if scene.only is None else sorted(scene.only)
    with in_district(scene.district), connection.cursor() as cursor:
        cursor.execute(_HOLDS, [scene.district, book, scene.since(rule.after), only, only])
        rows = cursor.fetchall()

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [Fact(f"{book}.remaining", f"{rows[n][2]} {rows[n][3]}", book, rows[n][1].isoformat(), cited=rows[n][4])]
            for n in chosen
        ]

    keys = [row[0] for row in rows]
    return Hits(keys, [""] * len(keys), [row[1].isoformat() for row in rows], tell, len(rows))


def _of_lines(scene: Scene, book: str, rule: Unmatched) -> Hits:
    """Lines that the newest kept reconciliation left, by our entry or the bank's own name."""
    with in_district(scene.district):
        kept = newest_reconciliations(book, rule.account or "", 1)
    rest = rest_since(kept[0], scene.since(rule.after), scene.registers.calendar.zone) if kept else []
    rows = [(_named(each), each) for each in rest]
    rows = [row for row in rows if scene.only is None or row[0] in scene.only]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [Fact(f"{book}.{rule.account}", each["amount"], each["side"], each["day"], cited=each["reference"])]
            for each in (rows[n][1] for n in chosen)
        ]

    names, parts = [row[0] for row in rows], [f"{each['side']}/{each['line']}" for _, each in rows]
    return Hits(names, parts, [each["day"] for _, each in rows], tell, len(rest))


def _named(line: dict[str, Any]) -> str:
    """Our entry, without the place of the line in it; of the bank its own name."""
    return str(line["line"]).rpartition("/")[0] if line["side"] == "ours" else str(line["line"])


def why(rule: Unmatched) -> Words:
    """The rule in words."""
    if rule.account is not None:
        return Words(
            f"对账 {rule.after} 后“{rule.account}”仍有未达账项",
            f"a line of {rule.account} that neither side answers after {rule.after}",
        )
    if rule.by is None:
        return Words(
            f"预留 {rule.after} 后仍未入账或退回", f"reserved and neither posted nor released after {rule.after}"
        )
    return Words(f"{rule.after} 后仍无对应的 {rule.by.subject}", f"no {rule.by.subject} answers it after {rule.after}")


def faults(scene: Any, over: Over, rule: Unmatched) -> Iterator[Fault]:
    """Both sides have their fields; a book is declared."""
    if over.book is not None:
        if over.book not in all_books():
            yield (
                (),
                f"no book {over.book!r} is declared",
                "a watch looks at declared books",
                f"one of: {list(all_books())}",
            )
        elif rule.account and rule.account.partition(":")[0] not in all_books()[over.book].book.accounts:
            known = ", ".join(all_books()[over.book].book.accounts)
            yield ("account",), f"{over.book} has no account {rule.account!r}", "a declared account", f"one of: {known}"
        return
    if rule.by is None or rule.dated is None:
        yield (), "`dated` and `by` are missing", "records are matched by fields", "add them"
        return
    yield from field_faults(over, ("dated",), rule.dated, ("date", "instant"))
    for ours, theirs in rule.by.on.items():
        yield from field_faults(over, ("by", "on", ours), ours)
        yield from faults_of_field(rule.by.subject, ("by", "on", ours), theirs)


def fields(over: Over, rule: Unmatched) -> dict[str, set[str]]:
    """What is compared, and the date."""
    if rule.by is None or over.subject is None:
        return {}
    found = {over.subject: {*rule.by.on, rule.dated or ""} - {""}}
    found[rule.by.subject] = found.get(rule.by.subject, set()) | {*rule.by.on.values(), *rule.by.where}
    return found


KIND = WatchKind(
    "unmatched",
    Words("未能对应", "Unmatched after"),
    Words("联单、称重、预留等在时限后仍无对应记录", "a manifest or hold without its counterpart after a time"),
    Unmatched, frozenset({"subject", "book"}), find, why, fields, faults,
    type_of=lambda over, rule: f"book.{over.book}" if over.book else str(over.subject),
)  # fmt: skip
