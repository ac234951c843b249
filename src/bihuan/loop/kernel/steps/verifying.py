"""Independent verification: attempts to reach the reporter, and the result."""

from msgspec.structs import replace

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.coded import Channel, RestsOn, Result, Satisfied
from bihuan.loop.kernel.context import Context, PlannedEvent, desk, ended, missing, refusal, unit
from bihuan.loop.kernel.evolve import parse
from bihuan.loop.kernel.fields import CHANNEL, OPTIONAL_TEXT, RESULTS, SATISFIED, choice, fixed
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text, Verification
from bihuan.loop.kernel.payload import Instant, Payload
from bihuan.loop.kernel.step import Step
from bihuan.loop.kernel.steps.reopening import handle_again

UNSPOKEN = frozenset({"unreachable", "refused"})
BAD = frozenset({"partly", "unsolved", "failed"})


class VerificationAttempted(Payload, frozen=True, kw_only=True):
    """Nobody was reached; when it is tried again."""

    channel: Channel | None = None
    next_attempt_at: Instant | None = None


class Verified(Payload, frozen=True, kw_only=True):
    """The independent result, what the reporter answered, and what that rests on. `reopens`: it is handled again.

    `observation`: the numbers of a verification by a series, with window, vintage and background.
    """

    result: Result
    satisfied: Satisfied | None = None
    contacted: bool | None = None
    channel: Channel | None = None
    script: str | None = None
    rests_on: RestsOn | None = None
    reopens: bool | None = None
    observation: Data | None = None


def attempt(context: Context) -> list[PlannedEvent] | Refusal:
    """Nobody answered: the next attempt is scheduled; after the last one the result is `unreachable`.

    Source: DOMAIN E08 (区级回访中心: attempts of a call-back)
    """
    rule, round_ = context.rules.verify, context.case.verification
    assert rule is not None
    assert round_ is not None
    if round_.next_attempt_at is not None and context.at < round_.next_attempt_at:
        return refusal("too_soon", f"下次回访不早于{clocks.iso(round_.next_attempt_at)}",
                       f"not before {clocks.iso(round_.next_attempt_at)}",
                       remedy=("换一个时段再联系", "Try again at another time of day"))  # fmt: skip
    channel = context.data.get("channel")
    if round_.attempts + 1 >= rule.attempts.max:
        unreachable = PlannedEvent(VERIFIED, ended("closed", Verified(result="unreachable")))
        return [context.record(VerificationAttempted(channel=channel)), unreachable]
    due, _ = context.facts.due(context.at, rule.attempts.spacing)
    return [context.record(VerificationAttempted(channel=channel, next_attempt_at=clocks.iso(due)))]


def _try_again(case: Case, event: Event, data: Data, changes: Changes) -> None:
    round_ = case.verification or Verification()
    upcoming = data.get("next_attempt_at")
    changes["verification"] = replace(
        round_,
        attempts=round_.attempts + 1,
        next_attempt_at=upcoming and parse(upcoming),
    )


def verify(context: Context) -> list[PlannedEvent] | Refusal:
    """Record the independent result: closed when good, handled again when not (within the limit).

    Source: DESIGN §9 (2, no self-verification); DOMAIN E08.
    """
    rule, data = context.rules.verify, context.data
    assert rule is not None
    result = data.get("result")
    if result not in rule.results:
        return refusal("unknown_result", f"结果须为：{'、'.join(rule.results)}",
                       f"the result must be one of {', '.join(rule.results)}", field="result")  # fmt: skip
    told = next((name for name in ("satisfied", "contacted") if data.get(name) is not None), None)
    if result in UNSPOKEN and told is not None:
        return refusal("contradiction", "未能回访到诉求人，不能同时记录其回答", f"nobody was heard ({result}), so there is no answer to {told}",
                       field=told, remedy=("去掉该回答，或改正结果", "Leave that answer out, or correct the result"))  # fmt: skip
    facts = context.given("result", "satisfied", "contacted", "channel", "script")
    if context.rules.shape == "complaint":  # a re-inspection asks nobody
        case, actor = context.case, context.command.actor
        facts["rests_on"] = context.facts.trace(case, actor, case.submitted_at, answers=True)
    if result in BAD and context.case.reopens < context.rules.reopen.max and context.case.lead:
        again = Verified(state="dispatched", holder=unit(context.case.lead), reopens=True, **facts)
        return [context.record(again)]
    return [context.end("closed", Verified(**facts))]


def _settle(case: Case, event: Event, data: Data, changes: Changes) -> None:
    round_ = case.verification or Verification()
    changes["verification"] = replace(
        round_,
        attempts=round_.attempts + 1,
        next_attempt_at=None,
        result=data["result"],
        satisfied=data.get("satisfied"),
        verifier=event.actor,
    )
    if data.get("reopens"):
        handle_again(case, event, data, changes)


class Sampled(Payload, frozen=True, kw_only=True):
    """The draw that chose it."""

    draw: str


def sample(context: Context) -> list[PlannedEvent] | Refusal:
    """Draw a closed case for re-verification; the draw that chose it is named.

    Source: DOMAIN §2 (verifier_rule: a stratified sample); docs/topics/ledger.md, "Draws that nobody can steer".
    """
    rule = context.rules.verify
    assert rule is not None
    if not context.data.get("draw"):
        return missing("draw", "抽样批次", "the draw it was chosen by")
    if context.case.history:
        return refusal("history", "历史导入案件不再回访", "imported history is not called back")
    return [context.record(Sampled(draw=context.data["draw"], holder=desk(rule.by), outcome=None))]


def _draw(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["verification"] = Verification(sampled=True)


VERIFIED = EventKind(
    kind="verified",
    name=Text("已核实", "verified"),
    payload=Verified,
    fold=_settle,
    counts_as={"dispatched": "dispatched"},
    story=Sentence(
        zh="独立核实：{result} {satisfied}{rests_on}",
        en="Independent result: {result} {satisfied}{rests_on}",
        tone="good",
        bad_when=lambda data: data.get("result") in BAD,
    ),
)
STEPS = (
    Step(
        order=360,
        command="attempt",
        who="verifier",
        sources=("verifying",),
        event=EventKind(
            kind="verification_attempted",
            name=Text("已尝试回访", "attempted"),
            payload=VerificationAttempted,
            fold=_try_again,
            story=Sentence(zh="回访未接通，改时再访", en="Nobody reached; another attempt follows"),
        ),
        label=Text("联系未果，预约下次", "No answer; next attempt scheduled"),
        button=Text("未接通", "Nobody reached"),
        handler=attempt,
        asks=(CHANNEL,),
        shortcut="x",
    ),
    Step(
        order=370,
        command="verify",
        who="verifier",
        sources=("verifying",),
        event=VERIFIED,
        target="*",
        leads=lambda rules: ("closed", "dispatched"),
        label=Text("独立核实结果", "The independent result"),
        button=Text("记录核实结果", "Record the result"),
        handler=verify,
        asks=(
            choice(
                "result",
                "结果",
                "Result",
                lambda rules, case: {r: RESULTS[r] for r in rules.verify.results} if rules.verify else {},
            ),
            choice("satisfied", "满意度", "Satisfied", SATISFIED, required=False),
            fixed("contacted", "承办单位是否联系过您", "Did the unit contact you", "yes_no"),
            OPTIONAL_TEXT,
        ),
        carries=(fixed("channel", "方式", "By", "code"), fixed("script", "脚本", "Script", "code")),
        shortcut="v",
    ),
    Step(
        order=380,
        command="sample",
        who="verifier_desk",
        sources=("closed",),
        event=EventKind(
            kind="sampled",
            name=Text("已抽中", "sampled"),
            payload=Sampled,
            fold=_draw,
            counts_as={"verifying": "submitted"},
            heard="not",
            story=Sentence(zh="抽中复核（{draw}）", en="Drawn for re-verification ({draw})"),
        ),
        target="verifying",
        label=Text("抽中复核", "Drawn for re-verification"),
        button=Text("抽取复核", "Draw for review"),
        handler=sample,
        asks=(fixed("draw", "抽样批次", "Draw", "code", required=True),),
    ),
)
