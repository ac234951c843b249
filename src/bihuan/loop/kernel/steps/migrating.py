"""Rules that change under an open case: a newer edition of the programme or a table, a calendar that is published."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal

from msgspec import UNSET, field

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, refusal
from bihuan.loop.kernel.fields import fixed
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.programme import ByDay, ByTable
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.kernel.step import ALL, Step, never

OPEN = (*LIVE, "in_effect")


class Migrated(Payload, frozen=True, kw_only=True):
    """The edition of the programme that takes over, and the one before."""

    edition: str
    from_: str | None = field(default=None, name="from")


class Recalendared(Payload, frozen=True, kw_only=True):
    """The new deadlines are among the clocks."""


def migrate(context: Context) -> list[PlannedEvent] | Refusal:
    """Rules that apply to open cases take over this one: a newer edition of the programme, or of a table it asks.

    What changes was shown as a diff first: `shown` names it, and what differs from it by now is refused. Nothing to
    change is refused, so that asking twice has one effect.

    Source: docs/topics/rules.md, "When a rule changes under open cases"; DESIGN §3 (shown as a diff first)
    """
    case, edition = context.case, context.programme.edition
    ops = [
        op
        for name, within, fractions in _spans(context)
        if (clock := case.clocks.get(name)) is not None and clock.stopped is None
        for op in clocks.replaced(within, fractions, case, clock, context.at, context.facts)
    ]
    if edition == case.edition and not ops:
        return refusal("same_edition", "已是该版本", "already on that edition")
    migrated = context.record(Migrated(edition=edition, from_=case.edition, clocks=ops or UNSET))
    if context.data.get("shown") not in (None, shown(migrated.data)):
        return refusal("changed_since", "换版差异已有变化，请重新核对", "what would change is no longer what was shown",
                       remedy=("重新查看差异", "Look at the difference again"))  # fmt: skip
    return [migrated]


def shown(data: Data) -> str:
    """The name of what a migration does to a case, whenever it is done: its edition, each deadline and its reason.

    Source: docs/topics/rules.md, "When a rule changes under open cases"; DESIGN §3 (shown as a diff first)
    """
    ops = [[op["name"], op["due"], op["why"]] for op in data.get("clocks", ()) if op["op"] == "replace"]
    return hashlib.sha256(json.dumps([data["edition"], ops], sort_keys=True).encode()).hexdigest()


def _spans(context: Context) -> Iterator[tuple[str, str | ByTable | ByDay, list[Decimal]]]:
    """The clocks that the rules declare, those of called-in units too: name, span, fractions at which they warn."""
    rules = context.rules
    yield from ((rule.name, rule.within, rule.warn) for rule in rules.clocks)
    if rules.parties is not None:
        yield from ((name, within, []) for name, within in clocks.of_parties(rules.parties, context.case))


def _move(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["edition"] = data["edition"]


def recalendar(context: Context) -> list[PlannedEvent] | Refusal:
    """Provisional deadlines are counted again by the calendar in force; nothing to move is refused, so twice is once.

    Source: docs/topics/kernel.md, "Clocks" (the published year counts it again by an event)
    """
    rules = {rule.name: rule for rule in context.rules.clocks}
    ops = [
        op
        for name, clock in context.case.clocks.items()
        for op in clocks.recounted(rules.get(name), clocks.whole(context.case, clock), context.at, context.facts)
    ]
    if not ops:
        return refusal("nothing_provisional", "没有需要重算的暂定时限", "no provisional deadline moves")
    return [context.record(Recalendared(clocks=ops))]


STEPS = (
    Step(
        order=540,
        command="migrate",
        who="dispatcher",
        sources=OPEN,
        event=EventKind(
            kind="migrated",
            name=Text("已换版", "migrated"),
            payload=Migrated,
            fold=_move,
            heard="not",
            story=Sentence(zh="改用规则新版{edition}", en="Moved to edition {edition} of the rules"),
        ),
        shapes=ALL,
        label=Text("规则换版，显示差异后生效", "A new edition of the rules, shown as a diff first"),
        button=Text("换版", "Migrate"),
        handler=migrate,
        carries=(
            fixed("edition", "版本", "Edition", "code"),
            fixed("shown", "已核对的差异", "Difference shown", "code"),
        ),
        used=never,
        by_hand=False,
    ),
    Step(
        order=550,
        command="recalendar",
        who="clock",
        sources=OPEN,
        event=EventKind(
            kind="recalendared",
            name=Text("暂定时限已重算", "provisional deadlines counted again"),
            payload=Recalendared,
            heard="not",
            story=Sentence(
                zh="年度放假安排已公布，暂定时限已重算",
                en="The year's schedule is published; provisional deadlines were counted again",
            ),
        ),
        shapes=ALL,
        label=Text(
            "年度放假安排公布，暂定时限重算", "A year's schedule is published: provisional deadlines are counted again"
        ),
        button=Text("按新日历重算", "Count again by the new calendar"),
        handler=recalendar,
        used=never,
        optional=False,
        by_hand=False,
    ),
)
