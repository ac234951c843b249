"""Classifying: what a case is about, where it is, how urgent it is."""

from bihuan.loop.kernel.about import NOTHING, about_of
from bihuan.loop.kernel.coded import Urgency
from bihuan.loop.kernel.context import Context, PlannedEvent, missing
from bihuan.loop.kernel.fields import choice, fixed, urgencies
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import AreaCode, CategoryCode, Payload, Place, facts_of
from bihuan.loop.kernel.states import DESK
from bihuan.loop.kernel.step import ALL, Step


class Classified(Payload, frozen=True, kw_only=True):
    """What was set or corrected; an empty text takes away what was there. `by`: only of an earlier version."""

    category: CategoryCode | None = None
    area: AreaCode | None = None
    urgency: Urgency | None = None
    place: Place | None = None
    subject: str | None = None
    about: Data | None = None
    by: str | None = None


def classify(context: Context) -> list[PlannedEvent] | Refusal:
    """Set or correct category, area, urgency, place. Source: DESIGN §2 (triage); DOMAIN §2 (taxonomy)."""
    given = {k: context.data[k] for k in ("category", "area", "urgency", "place", "subject") if k in context.data}
    if not given:
        return missing("category", "分类、地点或紧急程度", "a category, place or urgency")
    told = about_of(context) if given.get("subject") else NOTHING
    if isinstance(told, Refusal):
        return told
    return [PlannedEvent(context.event, facts_of(Classified(**(told | given))))]


def _change(case: Case, event: Event, data: Data, changes: Changes) -> None:
    for name in ("category", "area", "urgency", "subject"):
        if name in data:
            changes[name] = data[name]
    if "about" in data:
        changes["about"] = data["about"]["type"]
    if "place" in data:
        changes["place"] = data["place"] and tuple(data["place"])


STEPS = (
    Step(
        order=20,
        command="classify",
        who="desk",
        sources=DESK,
        event=EventKind(
            kind="classified",
            name=Text("已分类", "classified"),
            payload=Classified,
            fold=_change,
            story=Sentence(zh="受理分类：{category} {area} {urgency}", en="Classified: {category} {area} {urgency}"),
        ),
        shapes=ALL,
        label=Text("确定分类、地点、紧急程度", "Set category, place and urgency"),
        button=Text("分类", "Classify"),
        handler=classify,
        asks=(
            fixed("category", "分类", "Category", "category"),
            fixed("area", "地点（街镇、社区）", "Area", "area"),
            choice("urgency", "紧急程度", "Urgency", urgencies, required=False),
        ),
        carries=(fixed("place", "位置", "Position", "place"), fixed("subject", "对象", "Subject", "code")),
        shortcut="c",
    ),
)
