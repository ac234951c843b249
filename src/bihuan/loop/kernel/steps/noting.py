"""Noting what was done: a line in the timeline."""

from bihuan.loop.kernel.context import Context, PlannedEvent, missing
from bihuan.loop.kernel.fields import TEXT
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Refusal, Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.kernel.step import ALL, Step


class Noted(Payload, frozen=True, kw_only=True):
    """The note is among the words."""


def note(context: Context) -> list[PlannedEvent] | Refusal:
    """A line in the timeline."""
    if not context.command.private:
        return missing("text", "内容", "the text")
    return [context.record(Noted())]


STEPS = (
    Step(
        order=200,
        command="note",
        who="worker",
        sources=(*LIVE, "in_effect"),
        event=EventKind(
            kind="noted",
            name=Text("已记录", "noted"),
            payload=Noted,
            heard="not",
            story=Sentence(zh="记录办理过程", en="A note on the handling"),
        ),
        shapes=ALL,
        label=Text("记录过程", "Record what was done"),
        button=Text("记录", "Note"),
        handler=note,
        asks=(TEXT,),
        shortcut="n",
        minor=True,
    ),
)
