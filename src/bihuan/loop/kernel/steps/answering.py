"""Answering on the call: nothing to dispatch."""

from bihuan.loop.kernel.context import Context, PlannedEvent, missing
from bihuan.loop.kernel.fields import TEXT, fixed
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Refusal, Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.states import DESK
from bihuan.loop.kernel.step import COMPLAINT, Step


class Answered(Payload, frozen=True, kw_only=True):
    """The article of the knowledge base that the answer rests on."""

    article: str | None = None


def answer(context: Context) -> list[PlannedEvent] | Refusal:
    """Answered on the call: ends the case; the knowledge article is named.

    Source: DESIGN §9 (3, answered at once is a declared outcome)
    """
    if not (context.command.private or context.data.get("article")):
        return missing("text", "答复内容", "the answer")
    return [context.end("answered", Answered(article=context.data.get("article")))]


STEPS = (
    Step(
        order=30,
        command="answer",
        who="desk",
        sources=DESK,
        event=EventKind(
            kind="answered",
            name=Text("已当场答复", "answered at once"),
            payload=Answered,
            heard="words",
            story=Sentence(zh="已当场答复", en="Answered at once", tone="good"),
        ),
        target="answered",
        shapes=COMPLAINT,
        label=Text("当场答复，无需派单", "Answer at once; nothing to dispatch"),
        button=Text("当场答复", "Answer at once"),
        handler=answer,
        asks=(fixed("article", "知识条目", "Article", "article"), TEXT),
        shortcut="a",
    ),
)
