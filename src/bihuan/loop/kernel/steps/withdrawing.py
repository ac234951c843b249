"""Withdrawing: the reporter takes it back."""

from bihuan.loop.kernel.context import Context, PlannedEvent, refusal
from bihuan.loop.kernel.fields import OPTIONAL_REASON
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Refusal, Text
from bihuan.loop.kernel.payload import Reasoned, facts_of
from bihuan.loop.kernel.step import COMPLAINT, Step
from bihuan.loop.kernel.steps.merging import REPORTER_LEFT, ReporterLeft


class Withdrawn(Reasoned, frozen=True, kw_only=True):
    """Taken back by whoever brought it."""


def withdraw(context: Context) -> list[PlannedEvent] | Refusal:
    """The reporter takes it back: that ends the case, unless others have the same matter; then only this one leaves.

    Source: docs/topics/kernel.md, "Merged reports" (the last one who leaves ends the case)
    """
    case, actor = context.case, context.command.actor
    if actor.id in case.left:
        return refusal("withdrawn_already", "您已撤回，其他诉求人的事项继续办理",
                       "already withdrawn; the matter goes on for the others")  # fmt: skip
    if case.reporters > 1:
        left = facts_of(ReporterLeft(report=actor.id, reporters=1))
        return [PlannedEvent(REPORTER_LEFT, left, context.command.private)]
    return [context.end("withdrawn", Withdrawn())]


WITHDRAWN = EventKind(
    kind="withdrawn",
    name=Text("已撤回", "withdrawn"),
    payload=Withdrawn,
    story=Sentence(zh="撤回[：{reason}]", en="Withdrawn[: {reason}]"),
)
STEPS = (
    Step(
        order=430,
        command="withdraw",
        who="own_report",
        sources=("received", "dispatched", "in_progress", "arbitration", "suspended"),
        event=WITHDRAWN,
        target="withdrawn",
        shapes=COMPLAINT,
        label=Text("诉求人撤回", "The reporter withdraws"),
        button=Text("撤回", "Withdraw"),
        handler=withdraw,
        asks=(OPTIONAL_REASON,),
        minor=True,
        risky=True,
    ),
)
