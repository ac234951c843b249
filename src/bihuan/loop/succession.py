"""After a reorganisation: finds the open cases in which a unit that has ended has a part, and has them inherited.

No case is orphaned by a reorganisation: whoever holds, leads or was called in to an open case exists today, or its heir
has taken over by an event. The worker looks every minute, `bihuan load organisations` and `reform` look at once.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec
from django.db import connection
from django.db.models import Q

from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import CLOCK, Case, Command
from bihuan.loop.kernel.steps.inheriting import ended_units, person_left
from bihuan.loop.models import CaseRow
from bihuan.loop.store.appending import Order, append
from bihuan.loop.store.current import current_facts
from bihuan.loop.store.read import UnreadableCase, case_of
from bihuan.loop.store.rows import read_fold
from bihuan.registers.pure.snapshot import Registers

CHUNK = 500
LOOP = "succession"


def sweep(now: datetime | None = None, limit: int | None = None, facts: LoopFacts | None = None) -> int:
    """Send `inherit` for open cases in which an ended unit has a part; returns how many took effect.

    Args:
        now: the moment (aware; default: this one).
        limit: at most how many cases in one call; None for all.
        facts: the facts in force; default: read from the database.
    """
    now = now or datetime.now(UTC)
    facts = facts or current_facts(now)
    orders = [Order(Command("inherit", CLOCK, now), case.id) for case in _both(facts, now, limit)]
    done = 0
    moved: list[str] = []

    def send(some: Sequence[Order]) -> int:
        results = append(some, facts=facts)
        moved.extend(str(order.case) for order, result in zip(some, results, strict=True) if result.refusal is None)
        return sum(result.refusal is None for result in results)

    for start in range(0, len(orders), CHUNK):
        done += stuck.each(LOOP, orders[start : start + CHUNK], send, lambda order: (str(order.case), ""))
    stuck.mended(LOOP, moved)
    return done


def _both(facts: LoopFacts, now: datetime, limit: int | None) -> Iterator[Case]:
    seen = set()
    for case in (*_orphaned(facts, now, limit), *_left_by_people(facts, limit)):
        if case.id not in seen:
            seen.add(case.id)
            yield case


def ended_by(registers: Registers, now: datetime) -> list[str]:
    """Ids of the units whose last span has ended at `now`, on the district's date."""
    day = now.astimezone(registers.calendar.zone).date()
    alive = {unit.id for unit in registers.organisations.at(day).units()}
    begun = {unit.id for unit in registers.organisations if unit.valid_from is None or unit.valid_from <= day}
    return sorted(begun - alive)


LEFT = """
SELECT c.id, c.number, c.fold::text FROM loop_case c JOIN registers_user u ON 'user:' || u.id::text = c.holder_person
WHERE c.holder_kind = 'unit' AND c.ended_at IS NULL
  AND (NOT u.is_active OR u.unit_id IS NULL OR u.unit_id::text <> c.holder_id)
ORDER BY c.id LIMIT %s
"""


def _left_by_people(facts: LoopFacts, limit: int | None) -> Iterator[Case]:
    """Open cases held by a person who has moved to another unit or is no longer active."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [limit])
        rows = cursor.fetchall()
    for key, number, fold in rows:
        try:
            case = read_fold(fold)
        except msgspec.ValidationError as error:
            stuck.set_aside(LOOP, str(key), number, stuck.why(error))
            continue
        if person_left(case, facts):
            yield case


def _orphaned(facts: LoopFacts, now: datetime, limit: int | None) -> Iterator[Case]:
    ended = ended_by(facts.registers, now)
    if not ended:
        return
    part = Q(holder_kind="unit", holder_id__in=ended) | Q(lead__in=ended) | Q(involved__overlap=ended)
    rows = CaseRow.objects.filter(part, ended_at__isnull=True).order_by("id").values_list("id", "number", "fold")
    found = 0
    for key, number, fold in rows.iterator(CHUNK):
        try:
            case = case_of(fold)
        except UnreadableCase as error:
            stuck.set_aside(LOOP, str(key), number, stuck.why(error))
            continue
        if ended_units(case, facts, now) and not _waits(case, facts, now):
            yield case
            found += 1
            if found == limit:
                return


def _waits(case: Case, facts: LoopFacts, now: datetime) -> bool:
    """A gate's applicant that ended without a successor: the case stays with its reviewer until one is named."""
    if case.shape != "gate" or case.lead is None:
        return False
    return facts.heir(case.lead, case.area, now) is None
