"""`decide`: may this command happen to this case, and what follows?

The step's row says from where, by whom and to which state; its handler fills in the resolved
facts; the clocks follow from the declaration. Nothing here knows a step, a programme or a city.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.checking import check
from bihuan.loop.kernel.context import Context, PlannedEvent, refusal
from bihuan.loop.kernel.demands import demanded
from bihuan.loop.kernel.evolve import evolve, with_clocks
from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.model import CLOCK, Case, ClockOp, Command, Decision, Event, Refusal
from bihuan.loop.kernel.permission import permitted
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.kernel.states import STATE_NAMES
from bihuan.loop.kernel.step import Step
from bihuan.loop.kernel.table import table
from bihuan.rules.errors import NoRuleError

AHEAD = timedelta(minutes=5)  # tolerated difference between two machines' clocks


def decide(programme: Programme, case: Case, command: Command, facts: Facts) -> Decision:
    """Events that follow from `command`, or the refusal with its reason and remedy.

    `case` is the present fold (an empty `Case(id=…)` for `open`); `facts` is a frozen snapshot.

    Source: docs/adr/0001 (1); docs/topics/kernel.md, "A decision, step by step".
    """
    decided = decide_and_fold(programme, case, command, facts)
    return decided if isinstance(decided, Refusal) else decided[0]


def decide_and_fold(
    programme: Programme, case: Case, command: Command, facts: Facts
) -> tuple[list[Event], Case] | Refusal:
    """As `decide`, together with the case that the events lead to (the same as folding them, but free).

    Source: docs/adr/0001 (1); docs/topics/kernel.md, "A decision, step by step".
    """
    step = table().by_command.get(command.kind)
    if step is None:
        return refusal(
            "unknown_command",
            f"没有“{command.kind}”这个操作",
            f"there is no command {command.kind!r}",
        )
    kind = case.kind or command.data.get("kind", "")
    rules = programme.cases.get(kind) if isinstance(kind, str) else None
    if rules is None:
        return refusal("unknown_case_type", f"事项{programme.id}没有案件类型{kind!r}",
                       f"programme {programme.id} has no case type {kind!r}", field="kind")  # fmt: skip
    command = _not_before(case, command, facts.now)
    no = possible(rules, case, step, facts.now, command) or permitted(
        step, rules, case, command.actor, facts, command.at
    )
    if no is not None:
        return no
    checked = check(programme, rules, case, command, facts)
    if isinstance(checked, Refusal):
        return checked
    context = Context(programme, rules, case, checked, facts, step.event, step.target)
    try:
        demands = demanded(context) if rules.demands else []
        if isinstance(demands, Refusal):
            return demands
        planned = step.handler(context)
        if isinstance(planned, Refusal):
            return planned
        if demands:
            planned[0].data["demands"] = demands
        return _numbered(context, planned)
    except NoRuleError as error:
        return refusal("no_rule", f"没有可适用的规则：{error}", f"no rule answers for this case: {error}",
                       remedy=("补充该规则表的行或版本", "Add the row or edition to the table"))  # fmt: skip


def _not_before(case: Case, command: Command, now: datetime) -> Command:
    """Return the command, at the opening of its case when this machine's own clock lies before that.

    A clock that was put back (an hour at most places: a wrong zone, a restored machine) would refuse every act on recent
    cases until it has caught up. Events are ordered by their version, never by their time; `doctor` names the clock.
    A time that somebody states against a clock that is right is still refused.
    """
    if case.opened_at is None or now >= case.opened_at or command.at >= case.opened_at:
        return command
    return replace(command, at=case.opened_at)


def possible(rules: CaseType, case: Case, step: Step, now: datetime, command: Command | None = None) -> Refusal | None:
    """Return whether the step leaves the case's present state, for its shape and declaration.

    Source: docs/adr/0001 (2, one table; programmes may only switch steps off)
    """
    if rules.shape not in step.shapes or step.command in rules.disabled:
        return refusal(
            "not_in_programme",
            "此类案件没有这个环节",
            "this kind of case does not have that step",
        )
    if case.state not in step.sources:
        state = STATE_NAMES.get(case.state)
        zh, en = (state.zh, state.en) if state else ("未登记", "not opened")
        return refusal("not_from_this_state", f"当前状态“{zh}”不能{step.label.zh}",
                       f"not possible while the case is: {en}")  # fmt: skip
    if command is not None and command.at > max(now, case.opened_at or now) + AHEAD:
        return refusal("in_the_future", "时间晚于现在", "the time lies in the future", field="at")
    if command is not None and case.opened_at is not None and command.at < case.opened_at:
        return refusal(
            "before_opening",
            "时间早于受理时间",
            "the time lies before the case was opened",
            field="at",
        )
    return None


def _numbered(context: Context, planned: list[PlannedEvent]) -> tuple[list[Event], Case]:
    """Give planned events their versions, clock operations and times."""
    case, events = context.case, []
    for each in planned:
        if each.event.acts:
            each.data["by_unit"] = context.command.actor.unit or ""
        event = Event(
            case=case.id,
            version=case.version + 1,
            kind=each.event.kind,
            occurred_at=context.at,
            recorded_at=context.facts.now,
            actor=context.command.actor.id,
            data=each.data,
            private=each.private,
        )
        after = evolve(case, event)
        ops = _clock_operations(context, case, after, each)
        if ops:
            each.data["clocks"] = [*each.data.get("clocks", []), *ops]
            after = with_clocks(after, ops, context.at)
        events.append(event)
        case = after
    return _late(context, case, events)


def _late(context: Context, case: Case, events: list[Event]) -> tuple[list[Event], Case]:
    """A deadline that was past when its clock started (an order handed down late) is missed in the same breath."""
    if case.history:
        return events, case
    started = {op["name"] for e in events for op in e.data.get("clocks", ()) if op["op"] == "start"}
    ops = [op for op in clocks.fallen(case, context.at) if op["op"] == "miss" and op["name"] in started]
    if not ops:
        return events, case
    last = events[-1]
    event = replace(last, version=last.version + 1, kind="ticked", actor=CLOCK.id, data={"clocks": ops}, private=None)
    return [*events, event], evolve(case, event)


def _clock_operations(context: Context, before: Case, after: Case, planned: PlannedEvent) -> list[ClockOp]:
    done = {op["name"] for op in planned.data.get("clocks", [])}
    ops = clocks.changes(context.rules, before, after, planned.event.kind, context.at, context.facts)
    if planned.event.cancels:
        names = {r.name for r in context.rules.clocks if set(r.starts) & set(planned.event.cancels)}
        ops += [op for op in clocks.cancel(before, names) if not any(o["name"] == op["name"] for o in ops)]
    return [op for op in ops if op["name"] not in done]


def command_of_time(case: Case, at: datetime) -> str:
    """Return what time itself does to a case at `at`: the first step whose moment has come (`Step.due`), else a tick.

    Source: docs/adr/0001 (4, time is a command)
    """
    steps = table().leaving(case.state, case.shape)
    return next((step.command for step in steps if step.due is not None and step.due(case, at)), "tick")
