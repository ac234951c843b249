"""Independent verification: attempts, results, sampling, reopening."""

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, Draft, desk, missing, refusal, unit
from bihuan.loop.kernel.model import Refusal

GOOD = frozenset({"solved", "passed"})
UNSPOKEN = frozenset({"unreachable", "refused"})
BAD = frozenset({"partly", "unsolved", "failed"})


def attempt(context: Context) -> list[Draft] | Refusal:
    """Nobody answered: the next attempt is scheduled; after the last one the result is `unreachable`."""
    rule, round_ = context.rules.verify, context.case.verification
    assert rule is not None
    assert round_ is not None
    if round_.next_attempt_at is not None and context.at < round_.next_attempt_at:
        return refusal("too_soon", f"下次回访不早于{clocks.iso(round_.next_attempt_at)}",
                       f"not before {clocks.iso(round_.next_attempt_at)}",
                       remedy=("换一个时段再联系", "Try again at another time of day"))  # fmt: skip
    if round_.attempts + 1 >= rule.attempts.max:
        return [
            context.draft(channel=context.data.get("channel")),
            _unreachable(context),
        ]
    due, _ = context.facts.due(context.at, rule.attempts.spacing)
    return [context.draft(channel=context.data.get("channel"), next_attempt_at=clocks.iso(due))]


def _unreachable(context: Context) -> Draft:
    return Draft(
        "verified",
        {
            "result": "unreachable",
            "state": "closed",
            "outcome": "closed",
            "holder": None,
        },
    )


def verify(context: Context) -> list[Draft] | Refusal:
    """Record the independent result: closed when good, handled again when not (within the limit)."""
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
    facts = {k: data.get(k) for k in ("result", "satisfied", "contacted", "channel", "script")}
    if context.rules.shape == "complaint":  # a re-inspection asks nobody
        case, actor = context.case, context.command.actor
        facts["rests_on"] = context.facts.trace(case, actor, case.submitted_at, answers=True)
    if result in BAD and context.case.reopens < context.rules.reopen.max and context.case.lead:
        again = context.draft(state="dispatched", holder=unit(context.case.lead), reopens=True, **facts)
        return [again]
    return [context.ending("closed", **facts)]


def sample(context: Context) -> list[Draft] | Refusal:
    """Draw a closed case for re-verification; the draw that chose it is named."""
    rule = context.rules.verify
    assert rule is not None
    if not context.data.get("draw"):
        return missing("draw", "抽样批次", "the draw it was chosen by")
    if context.case.history:
        return refusal("history", "历史导入案件不再回访", "imported history is not called back")
    draft = context.draft(draw=context.data["draw"], holder=desk(rule.by))
    draft.data["outcome"] = None
    return [draft]


def reopen(context: Context) -> list[Draft] | Refusal:
    """Second handling on the reporter's or the desk's word, within the window and the limit."""
    rule, case = context.rules.reopen, context.case
    if not context.said("reason"):
        return missing("reason", "重办理由", "the reason")
    if case.lead is None or case.history:
        return refusal(
            "no_lead",
            "没有可重办的责任单位",
            "there is no duty-bearing unit to handle it again",
        )
    if case.reopens >= rule.max:
        return refusal("reopened_enough", f"最多重办{rule.max}次", f"at most {rule.max} times",
                       remedy=("请重新提交诉求", "Please report it anew"))  # fmt: skip
    until, _ = context.facts.due(case.ended_at or context.at, rule.window)
    if context.at > until:
        return refusal("window_closed", f"超过{rule.window}", f"later than {rule.window} after closing",
                       remedy=("请重新提交诉求", "Please report it anew"))  # fmt: skip
    draft = context.draft(holder=unit(case.lead))
    draft.data["outcome"] = None
    return [draft]


HANDLERS = {"attempt": attempt, "verify": verify, "sample": sample, "reopen": reopen}
