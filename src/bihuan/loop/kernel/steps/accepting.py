"""Accepting or returning: the first receiver signs for the case, or says that it is not its duty."""

from msgspec import UNSET, UnsetType, field

from bihuan.loop.kernel.context import Context, PlannedEvent, desk, refusal, unit
from bihuan.loop.kernel.fields import OPTIONAL_TEXT, choice, named
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Payload, ReasonCode, UnitId
from bihuan.loop.kernel.step import Step


class Accepted(Payload, frozen=True, kw_only=True):
    """The first receiver has signed for it."""


def accept(context: Context) -> list[PlannedEvent]:
    """首接负责: the first receiver signs for the case and leads it. Source: DOMAIN E07 (首接负责制); 北京市接诉即办工作条例."""
    holder = context.case.holder
    assert holder is not None  # the permission rule has seen a holding unit
    return [context.record(Accepted(holder=unit(holder.id, holder.person)))]


class Returned(Payload, frozen=True, kw_only=True):
    """Why it is not this unit's duty, and whose return it is."""

    reason: ReasonCode
    from_: UnitId | UnsetType | None = field(default=UNSET, name="from")


def return_(context: Context) -> list[PlannedEvent] | Refusal:
    """Not our duty: with a reason code, at most n times, then arbitration; never after a ruling.

    Source: DOMAIN §2 (return_rule: max_times, arbiter); DOMAIN E07 (退单)
    """
    case, rules = context.case, context.rules.returns
    reason = context.data.get("reason")
    if reason not in rules.reasons:
        known = "、".join(f"{k}（{n.zh}）" for k, n in rules.reasons.items())
        return refusal("unknown_reason", f"退单理由须为：{known}", f"the reason must be one of {', '.join(rules.reasons)}",
                       field="reason")  # fmt: skip
    if case.binding:
        return refusal("binding", "已裁定，不得再退单", "an arbiter has ruled: no further return",
                       remedy=("请办理，或申请延期", "Handle it, or ask for more time"))  # fmt: skip
    to_arbiter = case.returns + 1 > rules.max
    target = "arbitration" if to_arbiter else "received"
    holder = desk(rules.arbiter if to_arbiter else context.rules.desk)
    return [context.record(Returned(state=target, reason=reason, holder=holder, from_=case.lead))]


def _come_back(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(returns=case.returns + 1, chain=(), lead=None)


STEPS = (
    Step(
        order=140,
        command="accept",
        who="holder",
        sources=("dispatched",),
        event=EventKind(
            kind="accepted",
            name=Text("已签收", "accepted"),
            payload=Accepted,
            acts=True,
            story=Sentence(zh="承办单位签收，开始办理", en="The unit accepted it and began"),
        ),
        target="in_progress",
        label=Text("首接负责，签收办理", "First receiver takes the lead"),
        button=Text("签收", "Accept"),
        handler=accept,
        shortcut="y",
    ),
    Step(
        order=150,
        command="return",
        who="holder",
        sources=("dispatched",),
        event=EventKind(
            kind="returned",
            name=Text("已退单", "returned"),
            payload=Returned,
            fold=_come_back,
            cancels=("dispatched", "accepted"),
            story=Sentence(zh="{from}退单：{reason}", en="Returned by {from}: {reason}", tone="bad"),
        ),
        target="*",
        leads=lambda rules: ("received", "arbitration"),
        label=Text("不属本单位职责，附理由退单", "Not this unit's duty: returned with a reason code"),
        button=Text("退单", "Return"),
        handler=return_,
        asks=(
            choice("reason", "退单理由", "Reason", lambda rules, case: named(rules.returns.reasons)),
            OPTIONAL_TEXT,
        ),
        shortcut="r",
        risky=True,
    ),
)
