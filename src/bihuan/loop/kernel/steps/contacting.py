"""Contacting the reporter: the unit says that it has, and the log says what that rests on."""

from bihuan.loop.kernel.coded import Channel, RestsOn
from bihuan.loop.kernel.context import Context, PlannedEvent
from bihuan.loop.kernel.fields import CHANNEL
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.states import HELD
from bihuan.loop.kernel.step import Step


class Contacted(Payload, frozen=True, kw_only=True):
    """On which way, and what it rests on."""

    channel: Channel | None = None
    rests_on: RestsOn | None = None


def contact(context: Context) -> list[PlannedEvent]:
    """The unit says it has spoken with the reporter: stops the contact clock; the event says what that rests on.

    Source: docs/topics/faces.md, "Rules of the house" (a contact says what it rests on); docs/topics/indicators.md
    (响应率)
    """
    trace = context.facts.trace(context.case, context.command.actor, context.case.opened_at, answers=False)
    return [context.record(Contacted(channel=context.data.get("channel", "phone"), rests_on=trace))]


def _first_time(case: Case, event: Event, data: Data, changes: Changes) -> None:
    if case.contacted_at is None:
        changes["contacted_at"] = event.occurred_at


STEPS = (
    Step(
        order=170,
        command="contact",
        who="holder",
        sources=HELD,
        event=EventKind(
            kind="contacted",
            name=Text("已联系", "contacted"),
            payload=Contacted,
            fold=_first_time,
            acts=True,
            story=Sentence(
                zh="承办单位称已联系诉求人（{channel}）{rests_on}",
                en="The unit says it contacted the reporter ({channel}){rests_on}",
            ),
        ),
        label=Text("已联系诉求人", "The reporter has been contacted"),
        button=Text("已联系诉求人", "Reporter contacted"),
        handler=contact,
        asks=(CHANNEL,),
        shortcut="t",
    ),
)
