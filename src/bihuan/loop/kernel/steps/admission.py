"""Gate: an act may not take effect until reviewed; it is revoked, or expires and is reviewed again."""

from datetime import datetime

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, desk, missing, refusal
from bihuan.loop.kernel.evolve import parse
from bihuan.loop.kernel.fields import REASON, choice, fixed, named
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Case, ClockOp, Refusal, Text
from bihuan.loop.kernel.payload import Instant, Payload, Reasoned, Words
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.states import DESK
from bihuan.loop.kernel.step import GATE, Step
from bihuan.loop.kernel.steps.turning_away import REFUSED, Refused
from bihuan.loop.kernel.steps.withdrawing import WITHDRAWN, Withdrawn

VALIDITY = "validity"
IN_EFFECT = ("in_effect",)


class Approved(Payload, frozen=True, kw_only=True):
    """Until when it is valid. `conditions`: only of an earlier version; they are among the words."""

    until: Instant
    conditions: Words | None = None


class Revoked(Reasoned, frozen=True, kw_only=True):
    """Ended early."""


class Expired(Payload, frozen=True, kw_only=True):
    """The validity has run out."""


def approve(context: Context) -> list[PlannedEvent] | Refusal:
    """Admit until a date within the declared maximum; the validity clock runs to it.

    Source: DESIGN §2 (gate: an act may not take effect until reviewed)
    """
    gate, until = context.rules.gate, context.data.get("until")
    assert gate is not None
    if not until:
        return missing("until", "有效期至", "the end of validity")
    latest, why = context.facts.due(context.at, gate.valid_max)
    if not context.at < parse(until) <= latest:
        return refusal("bad_end", f"有效期须在{gate.valid_max}以内", f"validity must end within {gate.valid_max}",
                       field="until")  # fmt: skip
    fractions = context.rules.clocks[0].warn if context.rules.clocks else []
    op: ClockOp = {
        "op": "start",
        "name": VALIDITY,
        "due": until,
        "warn": clocks.warnings(context.at, parse(until), fractions),
        "why": {
            "at_most": gate.valid_max,
            "latest": clocks.iso(latest),
            **{k: v for k, v in why.items() if k != "within"},
        },
    }
    return [context.record(Approved(until=until, holder=desk(gate.reviewer), clocks=[op]))]


def reject(context: Context) -> list[PlannedEvent] | Refusal:
    """Not admitted; refusing is never held against the community. A gate with grounds records which, and its article.

    Source: DESIGN §2 (gate: an act may not take effect until reviewed); docs/adr/0410-grounds.md
    """
    if not context.said("reason"):
        return missing("reason", "理由", "the reason")
    grounds, ground = context.rules.gate and context.rules.gate.grounds, context.data.get("ground")
    if not grounds:
        return [context.end("refused", Refused())]
    if not ground:
        return missing("ground", "不予准入的依据", "the ground of the refusal")
    if ground not in grounds.names:
        known = "、".join(f"{code}（{name.zh}）" for code, name in grounds.names.items())
        return refusal("unknown_ground", f"依据须为：{known}", f"the ground must be one of {', '.join(grounds.names)}",
                       field="ground")  # fmt: skip
    article, cited = context.facts.table(context.programme.id, grounds.table, context.at, {"ground": ground})
    return [context.end("refused", Refused(ground=ground, article=article, cited=cited))]


def _grounds(rules: CaseType, case: Case) -> dict[str, Text]:
    return named(rules.gate.grounds.names) if rules.gate and rules.gate.grounds else {}


def withdraw_application(context: Context) -> list[PlannedEvent]:
    """The applicant takes it back. Source: DESIGN §2 (gate: an act may not take effect until reviewed)."""
    return [context.end("withdrawn", Withdrawn())]


def revoke(context: Context) -> list[PlannedEvent] | Refusal:
    """End an admission early. Source: DESIGN §2 (gate: an act may not take effect until reviewed)."""
    if not context.said("reason"):
        return missing("reason", "理由", "the reason")
    return [context.end("revoked", Revoked())]


def expire(context: Context) -> list[PlannedEvent] | Refusal:
    """The validity has run out: back to review. Source: DESIGN §2 (gate: expiry re-opens)."""
    gate, clock = context.rules.gate, context.case.clocks.get(VALIDITY)
    assert gate is not None
    if clock is None or context.at < clock.due:
        return refusal("not_expired", "尚未到期", "not expired yet")
    return [context.record(Expired(holder=desk(gate.reviewer), clocks=clocks.cancel(context.case, {VALIDITY})))]


def _over(case: Case, at: datetime) -> bool:
    validity = case.clocks.get(VALIDITY)
    return case.state == "in_effect" and validity is not None and validity.running and validity.due <= at


STEPS = (
    Step(
        order=470,
        command="approve",
        who="reviewer",
        sources=DESK,
        event=EventKind(
            kind="approved",
            name=Text("已准入", "admitted"),
            payload=Approved,
            story=Sentence(
                zh="审查通过，有效期至{until}[；条件：{conditions}]",
                en="Admitted until {until}[. Conditions: {conditions}]",
                tone="good",
            ),
        ),
        target="in_effect",
        shapes=GATE,
        label=Text("审查通过，载明有效期", "Admitted, with an expiry"),
        button=Text("审查通过", "Admit"),
        handler=approve,
        asks=(
            fixed("until", "有效期至", "Valid until", "instant", required=True),
            fixed("conditions", "条件", "Conditions"),
        ),
    ),
    Step(
        order=480,
        command="reject",
        who="reviewer",
        sources=DESK,
        event=REFUSED,
        target="refused",
        shapes=GATE,
        label=Text("审查不通过", "Not admitted"),
        button=Text("不通过", "Reject"),
        handler=reject,
        asks=(choice("ground", "依据", "Ground", _grounds, required=False), REASON),
        risky=True,
    ),
    Step(
        order=490,
        command="withdraw_application",
        who="applicant",
        sources=DESK,
        event=WITHDRAWN,
        target="withdrawn",
        shapes=GATE,
        label=Text("申请单位撤回", "The applicant withdraws"),
        button=Text("撤回申请", "Withdraw application"),
        handler=withdraw_application,
    ),
    Step(
        order=500,
        command="revoke",
        who="reviewer",
        sources=IN_EFFECT,
        event=EventKind(
            kind="revoked",
            name=Text("已撤销", "revoked"),
            payload=Revoked,
            heard="words",
            story=Sentence(zh="撤销准入[：{reason}]", en="Revoked[: {reason}]", tone="bad"),
        ),
        target="revoked",
        shapes=GATE,
        label=Text("撤销准入", "Revoked"),
        button=Text("撤销", "Revoke"),
        handler=revoke,
        asks=(REASON,),
        risky=True,
    ),
    Step(
        order=510,
        command="expire",
        who="clock",
        sources=IN_EFFECT,
        event=EventKind(
            kind="expired",
            name=Text("已到期", "expired"),
            payload=Expired,
            story=Sentence(zh="到期，重新审查", en="Expired; reviewed again"),
        ),
        target="received",
        shapes=GATE,
        label=Text("到期重新审查", "Expired: reviewed again"),
        button=Text("到期", "Expire"),
        handler=expire,
        due=_over,
        by_hand=False,
    ),
)
