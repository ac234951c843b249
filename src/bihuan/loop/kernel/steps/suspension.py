"""Suspension (挂账): clocks stand still until an approved end, for a declared reason."""

from datetime import datetime

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, missing, nothing_pending, refusal
from bihuan.loop.kernel.evolve import parse
from bihuan.loop.kernel.fields import REASON, choice, fixed, named
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Instant, Part, Payload, ReasonCode
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.requests import Declined, RequestAnswer, answered, asked, decline
from bihuan.loop.kernel.step import Step

KEY = "suspension"
ANSWERS = (KEY, KEY)


class SuspensionRequest(Part, frozen=True, kw_only=True):
    """Until when and for which declared reason."""

    until: Instant
    reason: ReasonCode


class SuspensionRequested(Payload, frozen=True, kw_only=True):
    """A request that waits; `pending` is its key."""

    pending: str
    request: SuspensionRequest


class Suspended(RequestAnswer, frozen=True, kw_only=True):
    """Granted: until when and why."""

    until: Instant
    reason: ReasonCode


class Resumed(Payload, frozen=True, kw_only=True):
    """Handling goes on; clocks resume with what was left to them."""


def request_suspension(context: Context) -> list[PlannedEvent] | Refusal:
    """Ask to suspend until a date, for a declared reason.

    Source: DOMAIN §2 (suspended 挂账 with approval); DESIGN §9 (1, with an end)
    """
    rule, data = context.rules.suspend, context.data
    if rule is None:
        return refusal(
            "no_suspension",
            "此类案件不可挂账",
            "cases of this kind cannot be suspended",
        )
    if data.get("reason") not in rule.reasons:
        return refusal("unknown_reason", f"挂账理由须为：{'、'.join(rule.reasons)}",
                       f"the reason must be one of {', '.join(rule.reasons)}", field="reason")  # fmt: skip
    if not data.get("until"):
        return missing("until", "挂账截止日", "the end date")
    latest, _ = context.facts.due(context.at, rule.max)
    if not context.at < parse(data["until"]) <= latest:
        return refusal("bad_end", f"截止日须晚于现在且不超过{rule.max}", f"the end must lie within {rule.max}",
                       field="until")  # fmt: skip
    request = SuspensionRequest(until=data["until"], reason=data["reason"])
    return [context.record(SuspensionRequested(pending=KEY, request=request))]


def approve_suspension(context: Context) -> list[PlannedEvent] | Refusal:
    """Suspend: clocks stand still until the approved end.

    Source: DOMAIN §2 (suspended 挂账 with approval); DESIGN §9 (1, with an end)
    """
    pending = context.case.pending.get(KEY)
    if pending is None:
        return nothing_pending(KEY)
    until, reason = pending.data["until"], pending.data["reason"]
    if parse(until) <= context.at:
        return refusal("bad_end", "申请的截止日已过", "the requested end has passed", field="until")
    ops = clocks.pause(context.rules, context.case)
    return [context.record(Suspended(pending=KEY, until=until, reason=reason, clocks=ops))]


def refuse_suspension(context: Context) -> list[PlannedEvent] | Refusal:
    """Do not suspend. Source: DOMAIN §2 (suspended 挂账 with approval); DESIGN §9 (1, with an end)."""
    return decline(context, KEY, KEY)


def resume(context: Context) -> list[PlannedEvent] | Refusal:
    """End a suspension: by the clock at its end, or earlier by the holder.

    Source: docs/topics/kernel.md, "Clocks" (a suspension pauses clocks); docs/adr/0001 (4)
    """
    until = context.case.suspended_until
    if context.command.actor.may("tick") and until is not None and context.at < until:
        return refusal("not_yet", "挂账未到期", "the suspension has not ended")
    return [context.record(Resumed(clocks=clocks.resume(context.case, context.at, context.facts)))]


def _stand_still(case: Case, event: Event, data: Data, changes: Changes) -> None:
    answered(case, event, data, changes)
    changes["suspended_until"] = parse(data["until"])


def _go_on(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["suspended_until"] = None


def _over(case: Case, at: datetime) -> bool:
    return case.state == "suspended" and case.suspended_until is not None and case.suspended_until <= at


def _declared(rules: CaseType) -> bool:
    return rules.suspend is not None


STEPS = (
    Step(
        order=260,
        command="request_suspension",
        who="holder",
        sources=("in_progress",),
        event=EventKind(
            kind="suspension_requested",
            name=Text("已申请挂账", "suspension asked for"),
            payload=SuspensionRequested,
            fold=asked,
            story=Sentence(
                zh="申请挂账至{request.until}：{request.reason}",
                en="Asked to suspend until {request.until}: {request.reason}",
            ),
        ),
        label=Text("申请挂账", "Ask for suspension"),
        button=Text("申请挂账", "Ask to suspend"),
        handler=request_suspension,
        asks=(
            fixed("until", "截止日", "Until", "instant", required=True),
            choice(
                "reason", "理由", "Reason", lambda rules, case: named(rules.suspend.reasons) if rules.suspend else {}
            ),
        ),
        used=_declared,
        minor=True,
    ),
    Step(
        order=270,
        command="approve_suspension",
        who="approver",
        sources=("in_progress",),
        event=EventKind(
            kind="suspended",
            name=Text("已挂账", "suspended"),
            payload=Suspended,
            fold=_stand_still,
            story=Sentence(zh="批准挂账至{until}：{reason}", en="Suspended until {until}: {reason}"),
        ),
        target="suspended",
        label=Text("批准挂账，载明截止日", "Suspend, with an end date"),
        button=Text("批准挂账", "Approve suspension"),
        handler=approve_suspension,
        used=_declared,
        answers=ANSWERS,
    ),
    Step(
        order=280,
        command="refuse_suspension",
        who="approver",
        sources=("in_progress",),
        event=EventKind(
            kind="suspension_refused",
            name=Text("挂账未准", "suspension refused"),
            payload=Declined,
            fold=answered,
            story=Sentence(zh="不予挂账[：{reason}]", en="Suspension refused[: {reason}]", tone="bad"),
        ),
        label=Text("不予挂账", "Refuse suspension"),
        button=Text("不予挂账", "Refuse suspension"),
        handler=refuse_suspension,
        asks=(REASON,),
        used=_declared,
        answers=ANSWERS,
    ),
    Step(
        order=290,
        command="resume",
        who="holder_or_clock",
        sources=("suspended",),
        event=EventKind(
            kind="resumed",
            name=Text("已恢复", "resumed"),
            payload=Resumed,
            fold=_go_on,
            story=Sentence(zh="恢复办理", en="Handling resumed"),
        ),
        target="in_progress",
        label=Text("挂账到期或提前恢复办理", "Suspension ended"),
        button=Text("恢复办理", "Resume"),
        handler=resume,
        used=_declared,
        due=_over,
    ),
)
