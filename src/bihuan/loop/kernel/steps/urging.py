"""The reporter while the case is open: urges and adds information."""

from bihuan.loop.kernel.context import Context, PlannedEvent, missing
from bihuan.loop.kernel.fields import TEXT
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.kernel.step import COMPLAINT, Step


class Urged(Payload, frozen=True, kw_only=True):
    """催办."""


class Supplemented(Payload, frozen=True, kw_only=True):
    """What was added is among the words."""


def urge(context: Context) -> list[PlannedEvent]:
    """催办: counted, shown to the holder. Source: DOMAIN E07 (催办)."""
    return [context.record(Urged())]


def _count(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["urges"] = case.urges + 1


def supplement(context: Context) -> list[PlannedEvent] | Refusal:
    """Further words or material from the reporter."""
    if not context.command.private:
        return missing("text", "补充内容", "the text")
    return [context.record(Supplemented())]


STEPS = (
    Step(
        order=410,
        command="urge",
        who="own_report",
        sources=LIVE,
        event=EventKind(
            kind="urged",
            name=Text("已催办", "urged"),
            payload=Urged,
            fold=_count,
            story=Sentence(zh="诉求人催办", en="The reporter urged"),
        ),
        shapes=COMPLAINT,
        label=Text("催办", "Urge"),
        button=Text("催办", "Urge"),
        handler=urge,
        minor=True,
    ),
    Step(
        order=420,
        command="supplement",
        who="own_report",
        sources=LIVE,
        event=EventKind(
            kind="supplemented",
            name=Text("已补充", "supplemented"),
            payload=Supplemented,
            story=Sentence(zh="诉求人补充材料", en="The reporter added information"),
        ),
        shapes=COMPLAINT,
        label=Text("补充材料", "Add information"),
        button=Text("补充", "Add information"),
        handler=supplement,
        asks=(TEXT,),
        minor=True,
    ),
)
