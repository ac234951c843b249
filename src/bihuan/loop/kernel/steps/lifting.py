"""Lifting: what asked for the case holds no longer, such as an order that was ended; it ends without being kept or broken."""

from typing import Annotated

from msgspec import Meta

from bihuan.loop.kernel.context import Context, PlannedEvent
from bihuan.loop.kernel.fields import fixed
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.kernel.step import Step

OUTCOME = "revoked"
By = Annotated[str, Meta(description="what was ended, by its number or key")]


class Lifted(Payload, frozen=True, kw_only=True):
    """By what the case had been asked for."""

    by: By


def lift(context: Context) -> list[PlannedEvent]:
    """End a case because what asked for it was ended.

    Source: docs/adr/0361-obligations-of-orders.md (2)
    """
    return [context.end(OUTCOME, Lifted(**context.given("by")))]


def may_be_lifted(rules: CaseType) -> bool:
    """Whether a case type has the step on its way: a finding that declares to end so.

    Source: docs/adr/0361-obligations-of-orders.md (2)
    """
    return OUTCOME in rules.outcomes


LIFTED = EventKind(
    kind="lifted",
    name=Text("已随令解除", "lifted"),
    payload=Lifted,
    story=Sentence(zh="随“{by}”解除", en="Lifted with “{by}”"),
)
STEPS = (
    Step(
        order=575,
        command="lift",
        who="clock",
        sources=LIVE,
        event=LIFTED,
        target=OUTCOME,
        shapes=frozenset({"patrol"}),
        label=Text("要求它的指令已结束", "What asked for it was ended"),
        button=Text("随令解除", "Lift"),
        handler=lift,
        carries=(fixed("by", "随何解除", "Lifted with", "code", required=True),),
        used=may_be_lifted,
        by_hand=False,
    ),
)
