"""After a year's schedule is published: which open cases have provisional deadlines that it moves, and moving them.

Nothing moves by itself: `bihuan load calendars FILE` shows the difference, `--apply` sends the events.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from django.db import connection

from bihuan.loop import stuck
from bihuan.loop.editions import programme_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.clocks import recounted, whole
from bihuan.loop.kernel.evolve import with_clocks
from bihuan.loop.kernel.model import CLOCK, Case, Command
from bihuan.loop.store.appending import Order, append
from bihuan.loop.store.rows import read_fold

CHUNK = 500
LOOP = "recalendar"
PROVISIONAL = """
SELECT id, number, fold::text FROM loop_case
WHERE ended_at IS NULL AND jsonb_path_exists(fold, '$.clocks.*.why.provisional') ORDER BY id
"""


class Moved(msgspec.Struct, frozen=True):
    """One provisional deadline under the calendar in force (instants in UTC).

    `certain`: the calendar now covers it; `edition` and `edition_before`: the calendar editions it was counted by.
    """

    number: str
    clock: str
    before: datetime
    after: datetime
    edition_before: str
    edition: str
    certain: bool


def difference(facts: LoopFacts) -> list[Moved]:
    """Return what `apply` would do now, clock by clock, in the order of the cases.

    Source: docs/topics/kernel.md, "Clocks" (a provisional deadline is counted again)
    """
    return [moved for case in _provisional() for moved in _moves(case, facts)]


def apply(facts: LoopFacts) -> int:
    """Count the provisional deadlines of open cases again, each case by an event; returns how many cases changed.

    Source: docs/topics/kernel.md, "Clocks" (a provisional deadline is counted again)
    """
    orders = [Order(Command("recalendar", CLOCK, facts.now), case.id) for case in _provisional() if _moves(case, facts)]
    done: list[str] = []

    def send(some: Sequence[Order]) -> int:
        results = append(some, facts=facts)
        took = [str(order.case) for order, result in zip(some, results, strict=True) if result.refusal is None]
        done.extend(took)
        return len(took)

    chunks = (orders[start : start + CHUNK] for start in range(0, len(orders), CHUNK))
    changed = sum(stuck.each(LOOP, chunk, send, lambda order: (str(order.case), "")) for chunk in chunks)
    stuck.mended(LOOP, done)
    return changed


def _provisional() -> Iterator[Case]:
    with connection.cursor() as cursor:
        cursor.execute(PROVISIONAL)
        rows = cursor.fetchall()
    for key, number, fold in rows:
        try:
            yield read_fold(fold)
        except msgspec.ValidationError as error:
            stuck.set_aside(LOOP, str(key), number, stuck.why(error))


def _moves(case: Case, facts: LoopFacts) -> list[Moved]:
    rules = {rule.name: rule for rule in programme_of(case).cases[case.kind].clocks}
    moves = []
    for name, clock in case.clocks.items():
        ops = recounted(rules.get(name), whole(case, clock), facts.now, facts)
        if ops:
            after = with_clocks(case, ops, facts.now).clocks[name]
            old, new = clock.why.get("calendar", ""), after.why["calendar"]
            moves.append(Moved(case.number, name, clock.due, after.due, old, new, "provisional" not in after.why))
    return moves
