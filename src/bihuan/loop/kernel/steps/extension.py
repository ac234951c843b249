"""Extension: more time on one clock, asked for before it is missed, granted or not by an approver outside the unit."""

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, missing, nothing_pending, refusal
from bihuan.loop.kernel.fields import REASON, choice
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Case, Refusal, Text
from bihuan.loop.kernel.payload import ClockName, Part, Payload, Words
from bihuan.loop.kernel.programme import CaseType, ClockRule
from bihuan.loop.kernel.requests import Declined, RequestAnswer, answered, asked, decline, waiting
from bihuan.loop.kernel.states import HELD
from bihuan.loop.kernel.step import Step

PREFIX = "extension:"


class ExtensionRequest(Part, frozen=True, kw_only=True):
    """For which clock."""

    clock: ClockName
    reason: Words | None = None


class ExtensionRequested(Payload, frozen=True, kw_only=True):
    """A request that waits; `pending` is its key."""

    pending: str
    request: ExtensionRequest


def request_extension(context: Context) -> list[PlannedEvent] | Refusal:
    """Ask for more time on one clock, before it is missed, at most as often as declared.

    Source: DOMAIN §2 (extension: max, approver)
    """
    name = context.data.get("clock")
    rule = _clock_rule(context, name)
    clock = context.case.clocks.get(str(name))
    if rule is None or rule.extend is None or clock is None or not clock.running:
        return refusal(
            "not_extendable",
            "该时限不可延期",
            "that clock cannot be extended",
            field="clock",
        )
    if clock.extended >= rule.extend.times:
        return refusal("extended_enough", f"最多延期{rule.extend.times}次",
                       f"at most {rule.extend.times} extensions", field="clock")  # fmt: skip
    if context.at >= clock.due:
        return refusal(
            "too_late",
            "已超期，不能再申请延期",
            "the deadline has passed",
            field="clock",
        )
    if "given" in clock.why and rule.extend.within is None:
        return refusal("given_from_outside", "该时限由上级平台确定", "the system above has set this deadline", field="clock",
                       remedy=("请向上级平台申请延期", "Ask the system above for more time"))  # fmt: skip
    if not context.said("reason"):
        return missing("reason", "延期理由", "the reason")
    return [context.record(ExtensionRequested(pending=f"{PREFIX}{name}", request=ExtensionRequest(clock=clock.name)))]


def approve_extension(context: Context) -> list[PlannedEvent] | Refusal:
    """Grant it: the further time counts from the present due time.

    Source: docs/topics/kernel.md, "Clocks" (an extension counts from the due time)
    """
    key, rule = f"{PREFIX}{context.data.get('clock')}", _clock_rule(context, context.data.get("clock"))
    if key not in context.case.pending or rule is None or rule.extend is None:
        return nothing_pending("clock")
    clock = context.case.clocks[rule.name]
    within = rule.extend.within or _own_length(rule, clock.why)
    return [context.record(RequestAnswer(pending=key, clocks=[clocks.extend(rule, clock, within, context.facts)]))]


def _own_length(rule: ClockRule, why: dict[str, str]) -> str:
    return rule.within if isinstance(rule.within, str) else why.get("within", "")


def refuse_extension(context: Context) -> list[PlannedEvent] | Refusal:
    """Do not grant it. Source: DOMAIN §2 (extension: approver)."""
    return decline(context, f"{PREFIX}{context.data.get('clock')}", "clock")


def _clock_rule(context: Context, name: object) -> ClockRule | None:
    return next((c for c in context.rules.clocks if c.name == name), None)


def _extendable(rules: CaseType, case: Case) -> dict[str, Text]:
    return {
        c.name: Text(c.label.zh, c.label.en) if c.label else Text(c.name, c.name)
        for c in rules.clocks
        if c.extend and (running := case.clocks.get(c.name)) and running.running
    }


STEPS = (
    Step(
        order=230,
        command="request_extension",
        who="holder",
        sources=HELD,
        event=EventKind(
            kind="extension_requested",
            name=Text("已申请延期", "extension asked for"),
            payload=ExtensionRequested,
            fold=asked,
            heard="words",
            story=Sentence(
                zh="申请延期“{request.clock}”[：{reason}]",
                en="Asked for more time on “{request.clock}”[: {reason}]",
            ),
        ),
        label=Text("申请延期", "Ask for more time"),
        button=Text("申请延期", "Ask for more time"),
        handler=request_extension,
        asks=(choice("clock", "时限", "Clock", _extendable), REASON),
    ),
    Step(
        order=240,
        command="approve_extension",
        who="approver",
        sources=HELD,
        event=EventKind(
            kind="extended",
            name=Text("已延期", "extended"),
            payload=RequestAnswer,
            fold=answered,
            story=Sentence(zh="批准延期", en="More time granted"),
        ),
        label=Text("批准延期", "Grant more time"),
        button=Text("批准延期", "Grant more time"),
        handler=approve_extension,
        asks=(choice("clock", "时限", "Clock", waiting(PREFIX)),),
        answers=(PREFIX, "clock"),
    ),
    Step(
        order=250,
        command="refuse_extension",
        who="approver",
        sources=HELD,
        event=EventKind(
            kind="extension_refused",
            name=Text("延期未准", "extension refused"),
            payload=Declined,
            fold=answered,
            story=Sentence(zh="不予延期[：{reason}]", en="More time refused[: {reason}]", tone="bad"),
        ),
        label=Text("不予延期", "Refuse more time"),
        button=Text("不予延期", "Refuse more time"),
        handler=refuse_extension,
        asks=(choice("clock", "时限", "Clock", waiting(PREFIX)), REASON),
        answers=(PREFIX, "clock"),
    ),
)
