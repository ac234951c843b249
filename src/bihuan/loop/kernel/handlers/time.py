"""Time as a command, and what only the importer or a new edition may record."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, Draft, missing, refusal
from bihuan.loop.kernel.handlers.gate import VALIDITY
from bihuan.loop.kernel.model import Case, Data, Refusal
from bihuan.loop.kernel.programme import ByTable
from bihuan.loop.kernel.states import OUTCOMES


def command_of_time(case: Case, at: datetime) -> str:
    """What time itself does to a case at `at`: ends a suspension or an admission whose end has come, else ticks."""
    if case.state == "suspended" and case.suspended_until is not None and case.suspended_until <= at:
        return "resume"
    validity = case.clocks.get(VALIDITY)
    if case.state == "in_effect" and validity is not None and validity.running and validity.due <= at:
        return "expire"
    return "tick"


def tick(context: Context) -> list[Draft] | Refusal:
    """Record the warnings and misses that have fallen due."""
    ops = clocks.fallen(context.case, context.at)
    if not ops:
        return refusal("nothing_due", "没有到期的时限", "nothing has fallen due")
    return [context.draft(clocks=ops)]


def resume(context: Context) -> list[Draft] | Refusal:
    """End a suspension: by the clock at its end, or earlier by the holder."""
    until = context.case.suspended_until
    if context.command.actor.may("tick") and until is not None and context.at < until:
        return refusal("not_yet", "挂账未到期", "the suspension has not ended")
    return [context.draft(clocks=clocks.resume(context.case, context.at, context.facts))]


def migrate(context: Context) -> list[Draft] | Refusal:
    """Rules that apply to open cases take over this one: a newer edition of the programme, or of a table it asks.

    What changes was shown as a diff first: `shown` names it, and what differs from it by now is refused. Nothing to
    change is refused, so that asking twice has one effect.
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
    draft = context.draft(edition=edition)
    draft.data["from"] = case.edition
    if ops:
        draft.data["clocks"] = ops
    if context.data.get("shown") not in (None, shown(draft.data)):
        return refusal("changed_since", "换版差异已有变化，请重新核对", "what would change is no longer what was shown",
                       remedy=("重新查看差异", "Look at the difference again"))  # fmt: skip
    return [draft]


def shown(data: Data) -> str:
    """The name of what a migration does to a case, whenever it is done: its edition, each deadline and its reason."""
    ops = [[op["name"], op["due"], op["why"]] for op in data.get("clocks", ()) if op["op"] == "replace"]
    return hashlib.sha256(json.dumps([data["edition"], ops], sort_keys=True).encode()).hexdigest()


def _spans(context: Context) -> Iterator[tuple[str, str | ByTable, list[Decimal]]]:
    """The clocks that the rules declare, those of called-in units too: name, span, fractions at which they warn."""
    rules = context.rules
    yield from ((rule.name, rule.within, rule.warn) for rule in rules.clocks)
    if rules.parties is not None:
        yield from ((name, within, []) for name, within in clocks.of_parties(rules.parties, context.case))


def recalendar(context: Context) -> list[Draft] | Refusal:
    """Provisional deadlines are counted again by the calendar in force; nothing to move is refused, so twice is once."""
    rules = {rule.name: rule for rule in context.rules.clocks}
    ops = [
        op
        for name, clock in context.case.clocks.items()
        for op in clocks.recounted(rules.get(name), clocks.whole(context.case, clock), context.at, context.facts)
    ]
    if not ops:
        return refusal("nothing_provisional", "没有需要重算的暂定时限", "no provisional deadline moves")
    return [context.draft(clocks=ops)]


def record_history(context: Context) -> list[Draft] | Refusal:
    """The ending an imported file records: believed as the file's word, marked as unverified."""
    outcome = context.data.get("outcome")
    if outcome not in OUTCOMES or outcome == "merged":
        return missing("outcome", "结果", "a declared outcome")
    return [context.ending(outcome, unit=context.data.get("unit"))]


HANDLERS = {f.__name__: f for f in (tick, resume, migrate, recalendar, record_history)}
