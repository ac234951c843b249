"""Time as commands: finds cases whose clock has something to say and sends the command."""

from datetime import UTC, datetime

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.handlers.time import command_of_time
from bihuan.loop.kernel.model import CLOCK, Case, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store.appending import Order, append
from bihuan.loop.store.current import current_facts
from bihuan.loop.store.read import case_of


def tick(now: datetime | None = None, limit: int = 1000, facts: LoopFacts | None = None, *, bulk: bool = False) -> int:
    """Send what has fallen due by `now`, at the exact instant it fell due; returns how many commands took effect.

    Repeats until nothing is due or `limit` commands were sent, so that a missed night is caught up in order.
    """
    now = now or datetime.now(UTC)
    facts = facts or current_facts(now)
    done, before = 0, None
    while done < limit:
        due = list(CaseRow.objects.filter(tick_at__lte=now).order_by("tick_at")[: limit - done])
        orders = [_order(case_of(row.fold), row.tick_at or now) for row in due]
        if not orders:
            return done
        results = append(orders, facts=facts, bulk=bulk)
        effects = sum(result.refusal is None for result in results)
        asked = [(order.case, order.command.at) for order in orders]
        if not effects and asked == before:
            raise RuntimeError(f"the clock gets no further: case {orders[0].case}: {results[0].refusal}")
        done, before = done + effects, asked
    return done


def _order(case: Case, at: datetime) -> Order:
    return Order(Command(command_of_time(case, at), CLOCK, at), case.id)
