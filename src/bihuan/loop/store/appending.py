"""`append`: many commands, one transaction, set-based SQL.

A batch equals its commands one by one. Orders of one `group` succeed or fail together. A key that was
seen before has no second effect and answers with the case it made.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction
from msgspec.structs import replace

from bihuan.ledger import store as ledger
from bihuan.loop import codes, scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide_and_fold
from bihuan.loop.kernel.model import Case, Command, Event, Refusal, Text
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.keys import KEY_REUSED
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import numbers, write
from bihuan.loop.store.archive import archived
from bihuan.loop.store.companions import Companions
from bihuan.loop.store.current import current_facts
from bihuan.loop.store.raw import raw_cursor
from bihuan.loop.store.rows import (
    CASE,
    CLOCK,
    EVENT,
    PRIVATE,
    LoadedCase,
    Row,
    case_row,
    clock_rows,
    event_row,
    read_fold,
    unreadable,
)
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log_committed

QUEUE = "INSERT INTO ledger_queue (event_id, event_hash) SELECT * FROM unnest(%s::uuid[], %s::bytea[])"

TALKS = frozenset({"contact", "verify"})  # commands whose event says what a talk with the reporter rests on


class Order(msgspec.Struct, frozen=True):
    """One command for one case. An `open` makes a new one of `programme` and `kind`; its `case` may be given
    (a fresh id), so that later orders of the same batch can name it. See `bihuan.loop.keys` for `key` and `digest`.
    """

    command: Command
    case: UUID | None = None
    programme: str | None = None
    kind: str | None = None
    key: str | None = None
    digest: bytes | None = None  # of route, case and body: what the key stands for
    group: int | None = None


class Result(msgspec.Struct, frozen=True):
    """What became of an order: the case after it, its events, or the refusal."""

    case: Case | None = None
    events: tuple[Event, ...] = ()
    refusal: Refusal | None = None
    duplicate: bool = False


class _Batch:
    """The cases of one append while it is being decided."""

    def __init__(self, facts: LoopFacts, loaded: dict[UUID, LoadedCase]) -> None:
        self.facts = facts
        self.before = loaded
        self.cases: dict[UUID, Case] = {case_id: each.case for case_id, each in loaded.items()}
        self.programmes = all_programmes()
        self.companions = Companions()
        self.events: list[Event] = []

    def _programme(self, case: Case, order: Order) -> Programme | None:
        present = self.programmes.get(case.programme or order.programme or "")
        moves = order.command.kind == "migrate" and present is not None and present.applies_to == "open"
        if case.version == 0 or (present and present.edition == case.edition) or moves:
            return present
        return archived(case.programme, case.edition)

    def run(self, order: Order, case_id: UUID) -> Result:
        """Decide one order against the cases as earlier orders left them."""
        case = self.cases.get(case_id) or Case(id=case_id)
        programme = self._programme(case, order)
        if programme is None or (case.version == 0 and order.command.kind != "open"):
            return Result(refusal=_unknown(order))
        settled = decide_and_fold(programme, case, order.command, self.facts)
        if isinstance(settled, Refusal):
            return Result(case=case if case.version else None, refusal=settled)
        events, after = settled
        if (why := unreadable(after, events)) is not None:
            return Result(case=case if case.version else None, refusal=not_stored(why))
        if (refused := self.companions.join(after, events)) is not None:
            return Result(case=case if case.version else None, refusal=refused)
        self.cases[case_id] = after
        self.events += events
        return Result(after, tuple(events))


def append(orders: Sequence[Order], *, facts: LoopFacts | None = None, bulk: bool = False) -> list[Result]:
    """Decide and store `orders` in their sequence; returns one result per order.

    `bulk` writes by COPY and appends to the ledger directly (importer, simulator); the decisions are the same.

    Source: docs/adr/0001 (6); docs/topics/kernel.md, "The store".
    """
    if not orders:
        return []
    facts = facts or current_facts()
    # No savepoint inside a caller's transaction: two round trips less, and an error undoes the whole either way.
    with transaction.atomic(savepoint=False), scope.district(facts.registers.district.code):
        orders = _without_codes(orders)
        ids = [order.case or new_id() for order in orders]
        claimed = _claim(orders, ids, facts)
        known = frozenset(claimed)
        facts.cases.foresee([o.case for o in orders if o.case is not None and o.command.kind in TALKS])
        batch = _Batch(facts, _load(_existing(orders)))
        results = _decide_all(batch, _numbered(orders, facts), ids, claimed)
        _store(batch, bulk)
        _release(orders, results, known, facts)
        if not bulk:
            _log_merged(batch.events)
    return results


def _log_merged(events: Sequence[Event]) -> None:
    for event in events:
        if event.kind == "merged":
            log_committed("case_merged", case=event.case, into=event.data.get("parent"))


def _without_codes(orders: Sequence[Order]) -> Sequence[Order]:
    """No access code is kept in the words of an event, by whatever door it came."""
    said = [{"words": o.command.private, "data": o.command.data} for o in orders]
    left = codes.strip(said)
    if left is said:
        return orders
    return [
        replace(order, command=replace(order.command, private=words["words"], data=words["data"]))
        for order, words in zip(orders, left, strict=True)
    ]


class _Seen(NamedTuple):
    """What a key stands for."""

    case: UUID
    digest: bytes | None


def _decide_all(batch: _Batch, orders: list[Order], ids: list[UUID], claimed: dict[str, _Seen]) -> list[Result]:
    results: list[Result] = []
    index = 0
    while index < len(orders):
        end = index + 1
        while orders[index].group is not None and end < len(orders) and orders[end].group == orders[index].group:
            end += 1
        results += _group(batch, orders[index:end], ids[index:end], claimed)
        index = end
    return results


def _group(batch: _Batch, orders: list[Order], ids: list[UUID], seen: dict[str, _Seen]) -> list[Result]:
    with batch.companions.together(len(orders)) as kept:
        results, whole = _tried(batch, orders, ids, seen)
        if whole:
            kept()
    return results


def _tried(batch: _Batch, orders: list[Order], ids: list[UUID], seen: dict[str, _Seen]) -> tuple[list[Result], bool]:
    """The results of a group, and whether it took effect."""
    before, events = dict(batch.cases) if len(orders) > 1 else {}, len(batch.events)
    results: list[Result] = []
    for order, case_id in zip(orders, ids, strict=True):
        if order.key is not None and order.key in seen:
            results.append(_again(batch, order, seen[order.key]))
            continue
        result = batch.run(order, case_id)
        results.append(result)
        if order.key is not None and result.refusal is None:
            seen[order.key] = _Seen(case_id, order.digest)
    failed = next((r for r in results if r.refusal), None)
    if failed is None or len(orders) == 1:
        return results, True
    batch.cases = before
    del batch.events[events:]
    return [r if r.refusal else Result(refusal=failed.refusal) for r in results], False


def _again(batch: _Batch, order: Order, known: _Seen) -> Result:
    """Return the answer to a key that was seen before: its case, or a refusal when it stood for something else."""
    if order.digest is not None and known.digest is not None and order.digest != known.digest:
        return Result(refusal=KEY_REUSED)
    earlier = _load([known.case], lock=False).get(known.case)
    return Result(case=earlier.case if earlier else batch.cases.get(known.case), duplicate=True)


def _existing(orders: Sequence[Order]) -> list[UUID]:
    made = {o.case for o in orders if o.command.kind == "open"}
    return [o.case for o in orders if o.case is not None and o.case not in made]


def _numbered(orders: Sequence[Order], facts: LoopFacts) -> list[Order]:
    """Give every opening its number and case kind."""
    opening = [o for o in orders if o.command.kind == "open" and "number" not in o.command.data]
    serials = iter(numbers.take_serials(len(opening)) if opening else ())
    zone = facts.registers.calendar.zone
    numbered = []
    for order in orders:
        if order.command.kind == "open":
            data = {"kind": order.kind, **order.command.data}
            if "number" not in data:
                data["number"] = numbers.number(next(serials), order.command.at, zone)
            order = replace(order, command=replace(order.command, data=data))
        numbered.append(order)
    return numbered


def _claim(orders: Sequence[Order], ids: list[UUID], facts: LoopFacts) -> dict[str, _Seen]:
    """Claim the keys: a key somebody else holds is waited for, and answers with what it stands for."""
    keyed: dict[str, _Seen] = {}
    for order, case_id in zip(orders, ids, strict=True):
        if order.key is not None:
            keyed.setdefault(order.key, _Seen(case_id, order.digest))
    if not keyed:
        return {}
    district = facts.registers.district.code
    with raw_cursor() as cursor:
        cursor.execute(
            "INSERT INTO loop_key (district_id, key, case_id, digest) "
            "SELECT %s, * FROM unnest(%s::text[], %s::uuid[], %s::bytea[]) "
            "ORDER BY 2 ON CONFLICT DO NOTHING RETURNING key",
            [district, list(keyed), [k.case for k in keyed.values()], [k.digest for k in keyed.values()]],
            prepare=True,
        )
        fresh = {row[0] for row in cursor.fetchall()}
        if len(fresh) == len(keyed):
            return {}
        old = [key for key in keyed if key not in fresh]
        cursor.execute(
            "SELECT key, case_id, digest FROM loop_key WHERE district_id = %s AND key = ANY(%s)", [district, old]
        )
        return {key: _Seen(case, digest and bytes(digest)) for key, case, digest in cursor.fetchall()}


def _release(orders: Sequence[Order], results: list[Result], known: frozenset[str], facts: LoopFacts) -> None:
    """A refused order must not burn its key; one that was known before keeps what it stands for."""
    refused = [
        o.key for o, r in zip(orders, results, strict=True) if o.key and o.key not in known and r.refusal
        and r.refusal is not KEY_REUSED
    ]  # fmt: skip
    if refused:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM loop_key WHERE district_id = %s AND key = ANY(%s)",
                [facts.registers.district.code, refused],
            )


def _load(ids: list[UUID], *, lock: bool = True) -> dict[UUID, LoadedCase]:
    if not ids:
        return {}
    with raw_cursor() as cursor:
        cursor.execute(
            "SELECT id, fold::text, head FROM loop_case WHERE id = ANY(%s) ORDER BY id"
            + (" FOR UPDATE" if lock else ""),
            [sorted(set(ids))],
            prepare=True,
        )
        return {row[0]: LoadedCase(read_fold(row[1]), bytes(row[2])) for row in cursor.fetchall()}


def _store(batch: _Batch, bulk: bool) -> None:
    district = batch.facts.registers.district.code
    heads = {case_id: loaded.head for case_id, loaded in batch.before.items()}
    titles: dict[UUID, str] = {}
    events: list[Row] = []
    private: list[Row] = []
    leaves: list[tuple[UUID, bytes]] = []
    for event in batch.events:
        row, secret, heads[event.case] = event_row(event, heads.get(event.case), district)
        events.append(row)
        leaves.append((row[0], row[-1]))
        if secret is not None:
            private.append(secret)
        if event.kind == "opened" and event.private:
            titles[event.case] = str(event.private.get("title") or event.private.get("text") or "")
    touched = {event.case for event in batch.events}
    cases = [case_row(batch.cases[i], heads[i] or b"", district, titles.get(i, "")) for i in touched]
    clocks = [row for i in touched for row in clock_rows(batch.cases[i], district)]
    writes = [(CASE, cases), (EVENT, events), (PRIVATE, private), (CLOCK, clocks)]
    if bulk and len(events) >= write.COPY_FROM:
        write.copy(writes)
        ledger.append_batch(leaves)
    elif events:
        write.insert(writes, QUEUE, [[i for i, _ in leaves], [h for _, h in leaves]])


def not_stored(why: str) -> Refusal:
    """What was decided would not read back from the database; nothing of it is stored.

    Source: docs/topics/kernel.md, "A decision, step by step" (5, what would not read back is not stored)
    """
    return Refusal(
        "unreadable",
        Text("内容存入后无法读回，未保存", f"what follows would not read back, so nothing was stored: {why}"),
        Text("请检查填写的内容；反复出现请报告维护人员", "Look at the values sent; report it when it happens again"),
    )


def _unknown(order: Order) -> Refusal:
    if order.case is not None or order.command.kind != "open":
        return Refusal("no_such_case", Text("没有这个案件", "there is no such case"))
    return Refusal(
        "unknown_programme", Text(f"没有事项{order.programme!r}", f"there is no programme {order.programme!r}")
    )
