"""Time as commands: finds cases whose clock has something to say and sends the command."""

from datetime import UTC, datetime

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.handlers.gate import VALIDITY
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
    done = 0
    while done < limit:
        due = CaseRow.objects.filter(tick_at__lte=now).order_by("tick_at")[: limit - done]
        orders = [_order(case_of(row.fold), row.tick_at or now) for row in due]
        if not orders:
            return done
        done += sum(result.refusal is None for result in append(orders, facts=facts, bulk=bulk))
    return done


def _order(case: Case, at: datetime) -> Order:
    if case.state == "suspended":
        kind = "resume"
    else:
        validity = case.clocks.get(VALIDITY)
        expired = validity is not None and validity.running and validity.due <= at
        kind = "expire" if expired and case.state == "in_effect" else "tick"
    return Order(Command(kind, CLOCK, at), case.id)
