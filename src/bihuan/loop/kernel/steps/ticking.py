"""Ticking: time is a command; warnings and missed deadlines are recorded when they fall due."""

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, refusal
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Data, Refusal, Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.kernel.step import ALL, Step


class Ticked(Payload, frozen=True, kw_only=True):
    """What has fallen due is among the clocks."""


def tick(context: Context) -> list[PlannedEvent] | Refusal:
    """Record the warnings and misses that have fallen due. Source: docs/adr/0001 (4, time is a command)."""
    ops = clocks.fallen(context.case, context.at)
    if not ops:
        return refusal("nothing_due", "没有到期的时限", "nothing has fallen due")
    return [context.record(Ticked(clocks=ops))]


def _missed(data: Data) -> bool:
    return any(op["op"] == "miss" for op in data.get("clocks", ()))


STEPS = (
    Step(
        order=520,
        command="tick",
        who="clock",
        sources=(*LIVE, "in_effect"),
        event=EventKind(
            kind="ticked",
            name=Text("时限提醒", "ticked"),
            payload=Ticked,
            heard="not",
            story=Sentence(zh="时限提醒：{clocks}", en="Deadline: {clocks}", bad_when=_missed),
        ),
        shapes=ALL,
        label=Text("时限提醒与超期", "Warnings and missed deadlines"),
        button=Text("时限提醒", "Tick"),
        handler=tick,
        by_hand=False,
    ),
)
