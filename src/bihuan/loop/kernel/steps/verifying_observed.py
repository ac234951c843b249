"""Observation in a person's place: a sensor's own drop closes a case, and what comes back after closing reopens it."""

from bihuan.loop.kernel.context import Context, PlannedEvent, refusal, unit
from bihuan.loop.kernel.model import Refusal, Text
from bihuan.loop.kernel.observation import back_again, numbers_of
from bihuan.loop.kernel.payload import facts_of
from bihuan.loop.kernel.step import Step
from bihuan.loop.kernel.steps.observing import OBSERVED, Observed
from bihuan.loop.kernel.steps.reopening import REOPENED, Reopened
from bihuan.loop.kernel.steps.verifying import VERIFIED, Verified


def verify_observed(context: Context) -> list[PlannedEvent] | Refusal:
    """Close a case by what its series shows since it was said to be done; whatever does not suffice waits for a person.

    Source: DESIGN §14 (verification by observation); docs/adr/0284-verification-by-observation.md (2).
    """
    rules, case = context.rules, context.case
    assert rules.verify is not None
    assert rules.verify.observed is not None
    if case.submitted_at is None:
        return refusal("not_submitted", "尚未报告办结", "nobody has said that it is done")
    said = numbers_of(context, rules.verify.observed, case.submitted_at)
    if isinstance(said, Refusal):
        return said
    result = next((each for each in ("passed", "solved") if each in rules.verify.results), None)
    if result is None:
        return refusal("no_result", "没有可用的核实结果", "the declaration has neither `passed` nor `solved`")
    return [context.end("closed", Verified(result=result, observation=said))]


def reopen_observed(context: Context) -> list[PlannedEvent] | Refusal:
    """Reopen a closed case that is seen again while it stands under observation; where that is adverse, propose it.

    Source: DESIGN §14 (watch after closure); docs/adr/0284-verification-by-observation.md (4).
    """
    keep, case = context.rules.keep, context.case
    assert keep is not None
    assert case.ended_at is not None
    until, _ = context.facts.due(case.ended_at, f"{keep.months * 30} days")
    if context.at > until:
        return refusal("keep_over", "观察期已过", "the time of observation is over")
    if case.lead is None or case.history:
        return refusal("no_lead", "没有可重办的责任单位", "there is no duty-bearing unit to handle it again")
    said = back_again(context, keep)
    if said is None:
        return refusal("nothing_seen", "未再观测到", "it is not seen again")
    if keep.propose:
        told = Observed(watch=keep.watch or keep.series or "", what="returned", facts=said)
        return [PlannedEvent(OBSERVED, facts_of(told))]
    again = Reopened(state="dispatched", holder=unit(case.lead), outcome=None, observation=said)
    return [PlannedEvent(REOPENED, facts_of(again))]


STEPS = (
    Step(
        order=385,
        command="verify_observed",
        who="clock",
        sources=("verifying",),
        event=VERIFIED,
        target="closed",
        label=Text("观测核实", "Verified by observation"),
        button=Text("观测核实", "Verify by observation"),
        handler=verify_observed,
        used=lambda rules: rules.verify is not None and rules.verify.observed is not None,
        by_hand=False,
    ),
    Step(
        order=395,
        command="reopen_observed",
        who="clock",
        sources=("closed",),
        event=REOPENED,
        target="*",
        leads=lambda rules: ("dispatched",),
        label=Text("结案后再次观测到", "Seen again after closing"),
        button=Text("观测重办", "Reopen by observation"),
        handler=reopen_observed,
        used=lambda rules: rules.keep is not None,
        by_hand=False,
    ),
)
