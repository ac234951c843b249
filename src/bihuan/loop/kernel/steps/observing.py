"""Observing: a watch tells a case what became of the incident that opened it: gone, changed, back, or never there."""

from typing import Annotated

from msgspec import Meta

from bihuan.loop.kernel.context import Context, PlannedEvent
from bihuan.loop.kernel.fields import choice, fixed
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Data, Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.states import LIVE, OUTCOMES
from bihuan.loop.kernel.step import ALL, Step, never

SEEN: dict[str, Text] = {
    "cleared": Text("情况已消除", "it is gone"),
    "retracted": Text("依据已被更正撤回", "a correction took its ground away"),
    "changed": Text("情况有变化", "it has changed"),
    "returned": Text("情况再次出现", "it is back"),
    "not_verified": Text("观测不足以核实，须由人核实", "observation does not suffice; a person looks"),
}
"""What a watch may tell of an incident."""
What = Annotated[str, Meta(description="what became of the incident", extra={"codes": SEEN, "code": True})]


class Observed(Payload, frozen=True, kw_only=True):
    """Which watch, what it saw, and the values it rests on, each with its source."""

    watch: str
    what: What
    facts: Data | None = None


def observe(context: Context) -> list[PlannedEvent]:
    """Record what a watch saw; nothing of the case's standing changes by it.

    Source: docs/adr/0282-watches.md (5, a correction says so on the case)
    """
    return [context.record(Observed(**context.given("watch", "what", "facts")))]


OBSERVED = EventKind(
    kind="observed",
    name=Text("监看有新情况", "observed"),
    payload=Observed,
    heard="not",
    story=Sentence(zh="监看“{watch}”：{what}", en="Watch “{watch}”: {what}"),
)
STEPS = (
    Step(
        order=570,
        command="observe",
        who="clock",
        sources=(*LIVE, "in_effect", *OUTCOMES),
        event=OBSERVED,
        shapes=ALL,
        label=Text("监看所见变化", "What a watch saw of its incident"),
        button=Text("监看记录", "Observe"),
        handler=observe,
        carries=(
            fixed("watch", "监看", "Watch", "code", required=True),
            choice("what", "情况", "What", SEEN),
            fixed("facts", "依据", "Facts", "form"),
        ),
        used=never,
        by_hand=False,
    ),
)
