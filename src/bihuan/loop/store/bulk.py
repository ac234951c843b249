"""New cases in bulk, in two halves: deciding needs no database, writing needs no thinking.

`prepare` runs the same kernel as `append` and turns the outcome into rows for COPY; `write_prepared` puts it into the
tables and the ledger in the caller's transaction. An importer does the first in one process and the second in another.

Deciding goes in passes over the whole batch: the first command of every case, then the second, then all folds, then all
events. A processor that does the same thing two thousand times does it a fifth faster than one that does everything for
one case and begins again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from struct import iter_unpack
from uuid import UUID

from msgspec.structs import replace

from bihuan.ledger import store as ledger
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide_and_fold
from bihuan.loop.kernel.model import Case, Command, Event, Refusal
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.store import write
from bihuan.loop.store.appending import Order, not_stored
from bihuan.loop.store.copyrows import copy_rows
from bihuan.loop.store.rows import (
    CASE,
    CLOCK,
    EVENT,
    NOT_JSON,
    PRIVATE,
    EventTexts,
    Row,
    RowTable,
    case_row,
    clock_rows,
    event_row,
    event_texts,
    fold_text,
)

# A prepared case is new, so its rows are inserted without a look for earlier ones.
NEW_CASE, NEW_CLOCK = CASE._replace(key=()), CLOCK._replace(key=())


@dataclass
class Prepared:
    """Decided cases as rows for COPY, by table, and their ledger leaves in order: each an event's id and its hash.

    The leaves are packed, since a batch goes from one process to another: ids take longer to send than to make anew.
    """

    tables: list[tuple[RowTable, bytes]] = field(default_factory=list)
    leaves: bytes = b""


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
    district = facts.registers.district.code
    outcomes, happened = _settle(groups, facts, programmes)
    folds: dict[int, bytes] = {}
    for at, case in _settled(outcomes):
        try:  # what is written is what is checked: each event and the fold are put into words once
            folds[at] = fold_text(case)
        except NOT_JSON as error:
            outcomes[at] = not_stored(str(error))
    texts: dict[int, list[EventTexts]] = {}
    for at, _ in _settled(outcomes):
        try:
            texts[at] = [event_texts(event) for event in happened[at]]
        except NOT_JSON as error:
            outcomes[at] = not_stored(str(error))
    written = {at: _event_rows(happened[at], district, texts[at]) for at, _ in _settled(outcomes)}
    cases = [
        case_row(case, written[at][1], district, _title(happened[at]), folds[at]) for at, case in _settled(outcomes)
    ]
    clocks = [row for _, case in _settled(outcomes) for row in clock_rows(case, district)]
    events = [row for rows, _ in written.values() for row, _ in rows]
    private = [secret for rows, _ in written.values() for _, secret in rows if secret is not None]
    made = [(NEW_CASE, cases), (NEW_CLOCK, clocks), (EVENT, events), (PRIVATE, private)]
    leaves = b"".join([row[0].bytes + row[-1] for row in events])
    return outcomes, Prepared([(table, copy_rows(rows, table)) for table, rows in made if rows], leaves)


def _settle(
    groups: Sequence[Sequence[Order]], facts: LoopFacts, programmes: dict[str, Programme]
) -> tuple[list[Case | Refusal], list[list[Event]]]:
    """What becomes of each new case, and what happened to it: in waves, each the next command of every case."""
    outcomes: list[Case | Refusal] = [_new(orders[0]) for orders in groups]
    happened: list[list[Event]] = [[] for _ in groups]
    ruled = [programmes[orders[0].programme or ""] for orders in groups]
    wave: Iterable[int] = range(len(groups))
    for step in range(max(map(len, groups), default=0)):
        alike: dict[str, list[int]] = defaultdict(list)
        for at in wave:
            if step < len(groups[at]):
                alike[groups[at][step].command.kind].append(at)
        wave = [at for kind in alike.values() for at in kind]
        for at in wave:
            case = outcomes[at]
            if isinstance(case, Refusal):
                continue
            decided = decide_and_fold(ruled[at], case, _command(groups[at][step]), facts)
            if isinstance(decided, Refusal):
                outcomes[at] = decided
                continue
            happened[at] += decided[0]
            outcomes[at] = decided[1]
    return outcomes, happened


def _new(opening: Order) -> Case:
    assert opening.case is not None, "a prepared case is given its id and number"
    return Case(id=opening.case)


def _command(order: Order) -> Command:
    command = order.command
    if command.kind == "open" and "kind" not in command.data:
        return replace(command, data={"kind": order.kind, **command.data})
    return command


def _settled(outcomes: Sequence[Case | Refusal]) -> list[tuple[int, Case]]:
    return [(at, case) for at, case in enumerate(outcomes) if isinstance(case, Case)]


def _title(events: Sequence[Event]) -> str:
    words = events[0].private or {}
    return str(words.get("title") or words.get("text") or "")


def _event_rows(
    events: Sequence[Event], district: str, texts: Sequence[EventTexts]
) -> tuple[list[tuple[Row, Row | None]], bytes]:
    """The rows of a new case's events with their words, and the hash of the last one."""
    rows: list[tuple[Row, Row | None]] = []
    head: bytes | None = None
    case = str(events[0].case) if events else ""
    for event, text in zip(events, texts, strict=True):
        row, secret, head = event_row(event, head, district, case, text)
        rows.append((row, secret))
    return rows, head or b""


def write_prepared(prepared: Prepared, more: Sequence[tuple[RowTable, bytes]] = ()) -> None:
    """Write decided cases and further rows for COPY in the caller's transaction and district; the ledger last.

    Source: docs/adr/0001 (6, one code path for one report and for a million)
    """
    write.copy_bytes([*prepared.tables, *more])
    if prepared.leaves:
        ledger.append_batch([(UUID(bytes=event), digest) for event, digest in iter_unpack("16s32s", prepared.leaves)])
