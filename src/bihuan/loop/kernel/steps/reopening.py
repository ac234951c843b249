"""Reopening: what was not solved is handled again."""

from bihuan.loop.kernel.context import Context, PlannedEvent, missing, refusal, unit
from bihuan.loop.kernel.fields import REASON
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Reasoned
from bihuan.loop.kernel.step import Step


class Reopened(Reasoned, frozen=True, kw_only=True):
    """The unit that led handles it again; `observation`: the numbers that showed it was back."""

    observation: Data | None = None


def reopen(context: Context) -> list[PlannedEvent] | Refusal:
    """Second handling on the reporter's or the desk's word, within the window and the limit.

    Source: DOMAIN §2 (reopen_rule); docs/topics/kernel.md, "Clocks" (a second handling)
    """
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
    return [context.record(Reopened(holder=unit(case.lead), outcome=None))]


def handle_again(case: Case, event: Event, data: Data, changes: Changes) -> None:
    """Fold: another round begins, with evidence of its own.

    Source: DOMAIN §2 (reopen_rule); docs/topics/kernel.md, "Clocks" (a second handling)
    """
    changes.update(
        reopens=case.reopens + 1,
        chain=(),
        evidence=(),
        contacted_at=None,
        submitted_at=None,
    )


def _reopen(case: Case, event: Event, data: Data, changes: Changes) -> None:
    handle_again(case, event, data, changes)
    changes["verification"] = None


REOPENED = EventKind(
    kind="reopened",
    name=Text("已重办", "reopened"),
    payload=Reopened,
    fold=_reopen,
    counts_as={"dispatched": "dispatched"},
    story=Sentence(zh="二次办理[：{reason}]", en="Reopened[: {reason}]", tone="bad"),
)
STEPS = (
    Step(
        order=390,
        command="reopen",
        who="reopener",
        sources=("closed",),
        event=REOPENED,
        target="dispatched",
        label=Text("未解决，二次办理", "Not solved: handled again"),
        button=Text("重新办理", "Reopen"),
        handler=reopen,
        asks=(REASON,),
        used=lambda rules: rules.reopen.max > 0,
    ),
)
