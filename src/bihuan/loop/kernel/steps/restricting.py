"""Restricting who may see a case."""

from bihuan.loop.kernel.coded import Restriction
from bihuan.loop.kernel.context import Context, PlannedEvent, missing
from bihuan.loop.kernel.fields import RESTRICTIONS, choice
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Payload
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.kernel.step import ALL, Step


class Restricted(Payload, frozen=True, kw_only=True):
    """Why only some may see the case."""

    restricted: Restriction


def restrict(context: Context) -> list[PlannedEvent] | Refusal:
    """Limit who may see the case (secrets, minors, the unit's own staff).

    Source: docs/adr/0234 (who sees what is restricted); DESIGN §7 (visibility)
    """
    kind = context.data.get("kind")
    if not kind:
        return missing("kind", "限制类别", "the kind of restriction")
    return [context.record(Restricted(restricted=kind))]


def _hide(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["restricted"] = data["restricted"]


STEPS = (
    Step(
        order=120,
        command="restrict",
        who="dispatcher",
        sources=LIVE,
        event=EventKind(
            kind="restricted",
            name=Text("已限制知悉", "restricted"),
            payload=Restricted,
            fold=_hide,
            heard="not",
            story=Sentence(zh="限制知悉范围：{restricted}", en="Who may see it was restricted: {restricted}"),
        ),
        shapes=ALL,
        label=Text("限制知悉范围", "Restrict who may see the case"),
        button=Text("限制知悉", "Restrict"),
        handler=restrict,
        asks=(choice("kind", "类别", "Kind", RESTRICTIONS),),
        minor=True,
    ),
)
