"""Migration: open cases move to rules that apply to them, each by an event, after what that changes has been shown.

Nobody moves what nobody has looked at: `difference` says what would change and names that by a digest, and `migrate`
acts only on the digest of what it is about to do. A case that cannot be moved is left and told; the others move.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from bihuan.faults import Fault
from bihuan.ledger.core.canonical import canonical
from bihuan.loop import stuck
from bihuan.loop.editions import programme_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide_and_fold
from bihuan.loop.kernel.model import Actor, Case, Clock, Command, Refusal
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.kernel.steps.migrating import shown as token_of
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store.appending import Order, append
from bihuan.loop.store.read import case_of
from bihuan.server.log_lines import log_committed

CHUNK = 500
LOOP = "migrate"
UNMOVED = frozenset({"same_edition", "not_from_this_state"})
"""Refusals of a case that has nothing to move."""


class MovedClock(msgspec.Struct, frozen=True):
    """What migrating one open case would do to one clock (instants in UTC), and the rules before and after."""

    number: str
    clock: str
    before: datetime
    after: datetime
    rule_before: str = ""
    rule_after: str = ""


class Left(msgspec.Struct, frozen=True):
    """An open case that cannot be moved, and why."""

    case: str
    number: str
    reason: str


class EditionDifference(msgspec.Struct, frozen=True):
    """What a migration would do now: how many open cases it moves, which clocks change, which cases it must leave.

    `digest` names exactly this; `migrate` asks for it.
    """

    programme: str
    edition: str
    cases: int
    changes: tuple[MovedClock, ...]
    left: tuple[Left, ...]
    digest: str


class NotShownError(Fault, ValueError):
    """A migration was asked for without naming the difference, or by one that is no longer so."""

    remedy = "look at `bihuan programme diff ID`, then `bihuan programme migrate ID --shown DIGEST` · 先核对差异"


class _Moving(NamedTuple):
    """An open case that moves: before, after, and the name of what changes in it."""

    case: Case
    after: Case
    token: str


class _Plan(NamedTuple):
    """Cases that move, cases that cannot, and the ids of those that have nothing to move."""

    moving: list[_Moving]
    left: list[Left]
    staying: list[str]


def difference(programme_id: str, actor: Actor, facts: LoopFacts) -> EditionDifference:
    """Return what migrating the open cases of a programme now would change, clock by clock.

    Source: docs/topics/rules.md, "When a rule changes under open cases"; DESIGN §3 (shown as a diff first)
    """
    return _told(programme_id, _planned(programme_id, actor, facts))


def migrate(programme_id: str, actor: Actor, facts: LoopFacts, shown: str) -> int:
    """Migrate the open cases of a programme to the rules that reach them; returns how many moved.

    A case that cannot be moved, or was changed by somebody in the meantime, stays and is in the next difference.

    Args:
        shown: the digest of the `Difference` that somebody has looked at.

    Raises:
        ValueError: neither the programme nor one of its tables says `applies_to: open`.
        NotShownError: there is something to move, and `shown` does not name it.

    Source: docs/topics/rules.md, "When a rule changes under open cases"; DESIGN §3 (shown as a diff first)
    """
    programme = all_programmes()[programme_id]
    if programme.applies_to != "open" and not _reaching(programme, facts):
        raise ValueError(f"{programme_id}@{programme.edition} applies to new cases only; set `applies_to: open`")
    plan = _planned(programme_id, actor, facts)
    told = _told(programme_id, plan)
    if plan.moving and shown != told.digest:
        why = "what would change was not shown" if not shown else f"what would change is no longer what {shown} names"
        raise NotShownError(f"{why}; {told.cases} open cases would move · 尚未核对换版差异，或差异已有变化")
    for left in plan.left:
        stuck.set_aside(LOOP, left.case, left.number, left.reason)
    orders = [Order(_command(each.case, actor, facts, each.token), each.case.id) for each in plan.moving]
    numbers = {each.case.id: each.case.number for each in plan.moving}
    done: list[str] = []

    def send(some: Sequence[Order]) -> int:
        results = append(some, facts=facts, bulk=True)
        took = [str(order.case) for order, result in zip(some, results, strict=True) if result.refusal is None]
        done.extend(took)
        return len(took)

    def name(order: Order) -> tuple[str, str]:
        return str(order.case), numbers[order.case] if order.case else ""

    chunks = (orders[start : start + CHUNK] for start in range(0, len(orders), CHUNK))
    moved = sum(stuck.each(LOOP, chunk, send, name) for chunk in chunks)
    stuck.mended(
        LOOP, [*done, *(stuck.resting(LOOP)[1] - {left.case for left in plan.left} - {str(i) for i in numbers})]
    )
    log_committed("cases_migrated", programme=programme_id, edition=programme.edition, moved=moved, left=len(plan.left))
    return moved


def _told(programme_id: str, plan: _Plan) -> EditionDifference:
    edition = all_programmes()[programme_id].edition
    changes = tuple(change for each in plan.moving for change in _changes(each.case, each.after))
    named = [programme_id, edition, *([each.case.number, each.token] for each in plan.moving)]
    digest = hashlib.sha256(canonical(named)).hexdigest()[:16]
    return EditionDifference(programme_id, edition, len(plan.moving), changes, tuple(plan.left), digest)


def _reaching(programme: Programme, facts: LoopFacts) -> bool:
    tables = {table for case in programme.cases.values() for _, table in case.deadline_tables}
    return any(facts.reaches_open(programme.id, table, facts.now) for table in tables)


def _planned(programme_id: str, actor: Actor, facts: LoopFacts) -> _Plan:
    """Open cases that a migration now would change, each with what it would become, and those it must leave."""
    plan = _Plan([], [], [])
    rows = CaseRow.objects.filter(programme=programme_id, ended_at__isnull=True).order_by("id")
    for key, number, stored in rows.values_list("id", "number", "fold").iterator(CHUNK):
        try:
            each = _one(programme_id, stored, actor, facts)
        except stuck.AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one case raises, it must not stop the others; it is told
            plan.left.append(Left(str(key), number, stuck.why(error)))
            continue
        if isinstance(each, Left):
            plan.left.append(each)
        elif each is None:
            plan.staying.append(str(key))
        else:
            plan.moving.append(each)
    return plan


def _one(programme_id: str, stored: dict[str, object], actor: Actor, facts: LoopFacts) -> _Moving | Left | None:
    present, case = all_programmes()[programme_id], case_of(stored)
    followed = present if present.applies_to == "open" else programme_of(case)
    settled = decide_and_fold(followed, case, _command(case, actor, facts), facts)
    if isinstance(settled, Refusal):
        return (
            None
            if settled.code in UNMOVED
            else Left(str(case.id), case.number, f"{settled.text.zh} · {settled.text.en}")
        )
    events, after = settled
    return _Moving(case, after, token_of(events[0].data))


def _command(case: Case, actor: Actor, facts: LoopFacts, token: str = "") -> Command:
    data = {"edition": all_programmes()[case.programme].edition}
    return Command("migrate", actor, facts.now, data | ({"shown": token} if token else {}))


def _changes(case: Case, after: Case) -> Iterator[MovedClock]:
    for name, clock in case.clocks.items():
        moved = after.clocks[name]
        if (moved.due, moved.why) != (clock.due, clock.why):
            yield MovedClock(case.number, name, clock.due, moved.due, _rule(clock), _rule(moved))


def _rule(clock: Clock) -> str:
    """Return the rule a clock follows, on one line."""
    why = clock.why
    source = f" ({why['table']} {why['edition']}, row {why['row']})" if "table" in why else ""
    return f"{why.get('within', why.get('given', ''))}{source}"
