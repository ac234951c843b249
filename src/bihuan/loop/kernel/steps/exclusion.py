"""Exclusion (申请剔除): a case need not count in an indicator; reason, cut-off and approver are declared."""

import msgspec

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, missing, nothing_pending, refusal
from bihuan.loop.kernel.fields import REASON, choice, fixed, named
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import IndicatorId, Part, Payload, ReasonCode
from bihuan.loop.kernel.requests import Declined, RequestAnswer, answered, asked, decline, waiting
from bihuan.loop.kernel.step import Step

PREFIX = "exclusion:"
SOURCES = ("closed", "verifying")


class ExclusionRequest(Part, frozen=True, kw_only=True):
    """From which indicator, for which declared reason, by which evidence."""

    indicator: IndicatorId
    reason: ReasonCode
    evidence: str | None = None


class ExclusionRequested(Payload, frozen=True, kw_only=True):
    """A request that waits; `pending` is its key."""

    pending: str
    request: ExclusionRequest


class Excluded(RequestAnswer, frozen=True, kw_only=True):
    """Granted: the indicator and the reason."""

    indicator: IndicatorId
    reason: ReasonCode


def request_exclusion(context: Context) -> list[PlannedEvent] | Refusal:
    """Ask that the case not count in an indicator; reason and cut-off are declared.

    Source: DESIGN §9 (8, each exclusion is an event with reason and approver)
    """
    rule, data = context.rules.exclusions, context.data
    if rule is None:
        return refusal(
            "no_exclusions",
            "此类案件没有剔除申请",
            "this kind of case has no exclusions",
        )
    if data.get("reason") not in rule.reasons:
        return refusal("unknown_reason", f"剔除理由须为：{'、'.join(rule.reasons)}",
                       f"the reason must be one of {', '.join(rule.reasons)}", field="reason")  # fmt: skip
    if not data.get("indicator"):
        return missing("indicator", "指标", "the indicator")
    key = f"{PREFIX}{data['indicator']}"
    if key in context.case.pending or data["indicator"] in context.case.exclusions:
        return refusal(
            "asked_already",
            "该指标已申请剔除",
            "already asked for this indicator",
            field="indicator",
        )
    late = _after_cutoff(context, rule.cutoff)
    if late is not None:
        return late
    request = ExclusionRequest(indicator=data["indicator"], reason=data["reason"], evidence=data.get("evidence"))
    return [context.record(ExclusionRequested(pending=key, request=request))]


def _after_cutoff(context: Context, cutoff: str) -> Refusal | None:
    counted = context.case.submitted_at or context.case.ended_at or context.at
    until = context.facts.month_end(counted, cutoff)
    if context.at > until:
        return refusal("after_cutoff", f"申请截止{clocks.iso(until)}", f"the cut-off was {clocks.iso(until)}",
                       remedy=("封账后只能通过公布的更正处理", "After closing, only a published restatement"))  # fmt: skip
    return None


def approve_exclusion(context: Context) -> list[PlannedEvent] | Refusal:
    """Exclude: an event with reason and approver; its rate is published.

    Source: DESIGN §9 (8, each exclusion is an event with reason and approver)
    """
    key = f"{PREFIX}{context.data.get('indicator')}"
    pending = context.case.pending.get(key)
    if pending is None:
        return nothing_pending("indicator")
    excluded = Excluded(pending=key, indicator=pending.data["indicator"], reason=pending.data["reason"])
    return [context.record(excluded)]


def refuse_exclusion(context: Context) -> list[PlannedEvent] | Refusal:
    """Do not exclude. Source: DESIGN §9 (8, each exclusion is an event with reason and approver)."""
    return decline(context, f"{PREFIX}{context.data.get('indicator')}", "indicator")


def _leave_out(case: Case, event: Event, data: Data, changes: Changes) -> None:
    answered(case, event, data, changes)
    entry = {
        "reason": data["reason"],
        "approver": event.actor,
        "at": msgspec.to_builtins(event.occurred_at),
    }
    changes["exclusions"] = {**case.exclusions, data["indicator"]: entry}


STEPS = (
    Step(
        order=440,
        command="request_exclusion",
        who="holder_of_record",
        sources=SOURCES,
        event=EventKind(
            kind="exclusion_requested",
            name=Text("已申请剔除", "exclusion asked for"),
            payload=ExclusionRequested,
            fold=asked,
            heard="not",
            story=Sentence(
                zh="申请剔除“{request.indicator}”：{request.reason}",
                en="Asked to be left out of “{request.indicator}”: {request.reason}",
            ),
        ),
        label=Text("申请剔除考核", "Ask for exclusion from an indicator"),
        button=Text("申请剔除", "Ask for exclusion"),
        handler=request_exclusion,
        asks=(
            fixed("indicator", "指标", "Indicator", "indicator", required=True),
            choice(
                "reason",
                "理由",
                "Reason",
                lambda rules, case: named(rules.exclusions.reasons) if rules.exclusions else {},
            ),
        ),
        carries=(fixed("evidence", "依据", "Evidence", "code"),),
        minor=True,
    ),
    Step(
        order=450,
        command="approve_exclusion",
        who="reviewer_of_exclusions",
        sources=SOURCES,
        event=EventKind(
            kind="excluded",
            name=Text("已剔除", "excluded"),
            payload=Excluded,
            fold=_leave_out,
            heard="not",
            story=Sentence(zh="同意剔除“{indicator}”：{reason}", en="Left out of “{indicator}”: {reason}"),
        ),
        label=Text("同意剔除", "Exclude, with reason and approver"),
        button=Text("同意剔除", "Approve exclusion"),
        handler=approve_exclusion,
        asks=(choice("indicator", "指标", "Indicator", waiting(PREFIX)),),
        answers=(PREFIX, "indicator"),
    ),
    Step(
        order=460,
        command="refuse_exclusion",
        who="reviewer_of_exclusions",
        sources=SOURCES,
        event=EventKind(
            kind="exclusion_refused",
            name=Text("剔除未准", "exclusion refused"),
            payload=Declined,
            fold=answered,
            heard="not",
            story=Sentence(zh="不予剔除[：{reason}]", en="Exclusion refused[: {reason}]"),
        ),
        label=Text("不予剔除", "Exclusion refused"),
        button=Text("不予剔除", "Refuse exclusion"),
        handler=refuse_exclusion,
        asks=(choice("indicator", "指标", "Indicator", waiting(PREFIX)), REASON),
        answers=(PREFIX, "indicator"),
    ),
)
