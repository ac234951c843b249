"""Time as commands: finds cases whose clock has something to say and sends the command.

A case whose clock cannot be moved (its fold cannot be read, its command is refused or fails) is set aside; the others
go on (`bihuan.loop.stuck`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import command_of_time
from bihuan.loop.kernel.model import CLOCK, Case, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store.appending import Order, append
from bihuan.loop.store.current import current_facts
from bihuan.loop.store.read import case_of

LOOP = "ticks"


def tick(now: datetime | None = None, limit: int = 1000, facts: LoopFacts | None = None, *, bulk: bool = False) -> int:
    """Send what has fallen due by `now`, at the exact instant it fell due; returns how many commands took effect.

    Repeats until nothing is due or `limit` commands were sent, so that a missed night is caught up in order.

    Source: docs/adr/0001 (4); docs/adr/0200 (a missed night is caught up in order)
    """
    now = now or datetime.now(UTC)
    facts = facts or current_facts(now)
    rest, known = stuck.resting(LOOP)
    round_ = _Round(facts, bulk, known)
    done = 0
    while done < limit:
        due = CaseRow.objects.filter(tick_at__lte=now).exclude(pk__in=[UUID(s) for s in {*rest, *round_.aside}])
        rows = list(due.order_by("tick_at")[: limit - done])
        if not rows:
            break
        before = done, len(round_.aside)
        done += stuck.each(LOOP, rows, round_.send, lambda row: (str(row.pk), row.number))
        failed = stuck.resting(LOOP)[0] - rest
        round_.aside |= failed
        if (done, len(round_.aside)) == before:
            round_.give_up(rows)
    stuck.mended(LOOP, round_.moved & known)
    return done


class _Round:
    """One call of `tick`: what was asked, what moved, what was set aside."""

    def __init__(self, facts: LoopFacts, bulk: bool, known: set[str]) -> None:
        self.facts, self.bulk, self.known = facts, bulk, known
        self.aside: set[str] = set()
        self.moved: set[str] = set()
        self.refused: dict[str, str] = {}

    def send(self, rows: Sequence[CaseRow]) -> int:
        """Send the commands of some cases in one transaction; returns how many took effect."""
        orders = [_order(case_of(row.fold), row.tick_at) for row in rows]
        results = append(orders, facts=self.facts, bulk=self.bulk)
        effects = 0
        for order, result in zip(orders, results, strict=True):
            if result.refusal is None:
                effects += 1
                self.moved.add(str(order.case))
            else:
                self.refused[str(order.case)] = f"{result.refusal.code}: {result.refusal.text.en}"
        return effects

    def give_up(self, rows: Sequence[CaseRow]) -> None:
        """Nothing moved: the clock of each of these cases was refused, and would be for ever."""
        for row in rows:
            stuck.set_aside(LOOP, str(row.pk), row.number, self.refused.get(str(row.pk), "the clock gets no further"))
            self.aside.add(str(row.pk))


def _order(case: Case, at: datetime | None) -> Order:
    assert at is not None, "a case that waits for the clock has an instant"
    opened = case.opened_at or at
    moment = max(at, opened)  # a deadline from above may lie before the opening; it is missed when the case opens
    return Order(Command(command_of_time(case, moment), CLOCK, moment), case.id)
