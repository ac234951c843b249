"""New cases in bulk, in two halves: deciding needs no database, writing needs no thinking.

`prepare` runs the same kernel as `append` and turns the outcome into COPY text; `write_prepared` puts it into the
tables and the ledger in the caller's transaction. An importer does the first in one thread and the second in another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from msgspec.structs import replace

from bihuan.ledger import store as ledger
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide_and_fold
from bihuan.loop.kernel.model import Case, Event, Refusal
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.store import write
from bihuan.loop.store.appending import Order, not_stored
from bihuan.loop.store.copytext import copy_text
from bihuan.loop.store.rows import (
    CASE,
    CLOCK,
    EVENT,
    NOT_JSON,
    PRIVATE,
    Row,
    RowTable,
    case_row,
    clock_rows,
    event_row,
    fold_text,
)

# A prepared case is new, so its rows are inserted without a look for earlier ones.
NEW_CASE, NEW_CLOCK = CASE._replace(key=()), CLOCK._replace(key=())


@dataclass
class Prepared:
    """Decided cases as COPY text per table, and their ledger leaves in order."""

    tables: list[tuple[RowTable, bytes]] = field(default_factory=list)
    leaves: list[tuple[UUID, bytes]] = field(default_factory=list)


def prepare(
    groups: Sequence[Sequence[Order]], facts: LoopFacts, programmes: dict[str, Programme]
) -> tuple[list[Case | Refusal], Prepared]:
    """Decide new cases, each from its orders in sequence; a case with a refused order is not made.

    Args:
        groups: Per case its orders: first an `open` with `case` and a number, then what followed.
        facts: A frozen snapshot.
        programmes: The declared programmes by id.

    Source: docs/adr/0001 (6, one code path for one report and for a million)
    """
    outcomes: list[Case | Refusal] = []
    district = facts.registers.district.code
    events: list[Row] = []
    private: list[Row] = []
    cases: list[Row] = []
    clocks: list[Row] = []
    leaves: list[tuple[UUID, bytes]] = []
    for orders in groups:
        settled = _settle(orders, facts, programmes)
        if isinstance(settled, Refusal):
            outcomes.append(settled)
            continue
        case, happened = settled
        try:  # what is written is what is checked: each event and the fold are put into words once
            fold = fold_text(case)
            rows, head = _event_rows(happened, district)
        except NOT_JSON as error:
            outcomes.append(not_stored(str(error)))
            continue
        outcomes.append(case)
        for row, secret in rows:
            events.append(row)
            leaves.append((row[0], row[-1]))
            if secret is not None:
                private.append(secret)
        words = happened[0].private or {}
        cases.append(case_row(case, head, district, str(words.get("title") or words.get("text") or ""), fold))
        clocks += clock_rows(case, district)
    made = [(NEW_CASE, cases), (NEW_CLOCK, clocks), (EVENT, events), (PRIVATE, private)]
    return outcomes, Prepared([(table, copy_text(rows, table)) for table, rows in made if rows], leaves)


def _settle(
    orders: Sequence[Order], facts: LoopFacts, programmes: dict[str, Programme]
) -> tuple[Case, list[Event]] | Refusal:
    opening = orders[0]
    assert opening.case is not None, "a prepared case is given its id and number"
    case, events = Case(id=opening.case), []
    programme = programmes[opening.programme or ""]
    for order in orders:
        command = order.command
        if command.kind == "open":
            command = replace(command, data={"kind": order.kind, **command.data})
        settled = decide_and_fold(programme, case, command, facts)
        if isinstance(settled, Refusal):
            return settled
        happened, case = settled
        events += happened
    return case, events


def _event_rows(events: Sequence[Event], district: str) -> tuple[list[tuple[Row, Row | None]], bytes]:
    """The rows of a new case's events with their words, and the hash of the last one."""
    rows: list[tuple[Row, Row | None]] = []
    head: bytes | None = None
    case = str(events[0].case) if events else ""
    for event in events:
        row, secret, head = event_row(event, head, district, case)
        rows.append((row, secret))
    return rows, head or b""


def write_prepared(prepared: Prepared, more: Sequence[tuple[RowTable, bytes]] = ()) -> None:
    """Write decided cases and further COPY text in the caller's transaction and district; the ledger last.

    Source: docs/adr/0001 (6, one code path for one report and for a million)
    """
    write.copy_bytes([*prepared.tables, *more])
    if prepared.leaves:
        ledger.append_batch(prepared.leaves)
