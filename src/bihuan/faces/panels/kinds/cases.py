"""`cases`: open cases of the programme, the one that is due first on top; only those that whoever looks may see.

On a page that is asked for a past instant: those that were open then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from pydantic import Field

from bihuan.declare.model import Code
from bihuan.faces.panels.declared import Dot, PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.lists import by_deadline
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.fields import URGENCIES
from bihuan.loop.kernel.model import Text
from bihuan.loop.kernel.states import OPEN_STATES, STATE_NAMES
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store.read import visible_to
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import FenceClosed, Looker

NUMBER, ABOUT, STATE, DUE = (
    Text("编号", "Number"), Text("对象", "About"), Text("状态", "State"), Text("时限", "Due"),
)  # fmt: skip
A_MINUTE, MOST_ON_MAP, E6 = timedelta(minutes=1), 500, 1_000_000


class CasesPanel(PanelFile):
    """Cases of one type, or of all of the programme; `states` keeps some of the open states.

    `map`: those that have a place stand on a map too, coloured by how urgent they are.
    """

    case: Code | None = None
    states: tuple[Code, ...] = ()
    map: bool = False
    limit: int = Field(default=20, ge=1, le=100)


def show(here: World, programme: str, panel: CasesPanel) -> Shown:
    """By deadline. Source: docs/topics/views.md, "Panels"."""
    open_then = Q(ended_at__isnull=True)
    if here.now < timezone.now() - A_MINUTE:
        open_then |= Q(ended_at__gt=here.now)
    kept = visible_to(here.actor).filter(open_then, programme=programme, opened_at__lte=here.now + A_MINUTE)
    kept = kept.filter(**({"state__in": panel.states} if panel.states else {}))
    kept = kept.filter(**({"kind": panel.case} if panel.case else {}))
    seen = list(by_deadline(kept)[: panel.limit])
    titles = _titles(here, programme, [each.about for each in seen if each.about])
    rows = [_row(here, each, titles) for each in seen]
    heads = [say(each) for each in (NUMBER, ABOUT, STATE, DUE)]
    if not panel.map:
        return Shown(heads, rows)
    placed = by_deadline(kept.filter(lon_e6__isnull=False))[:MOST_ON_MAP]
    return Shown(heads, rows, None, [_dot(each) for each in placed], [say(words) for words in URGENCIES.values()])


def _dot(row: CaseRow) -> Dot:
    place = (row.lon_e6 or 0) / E6, (row.lat_e6 or 0) / E6
    return Dot(*place, row.number, list(URGENCIES).index(row.urgency), reverse("case", args=[row.number]))


def _titles(here: World, programme: str, about: Sequence[str]) -> dict[str, str]:
    """What the things that cases are about are called; a type that is closed to whoever looks tells no names."""
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    day, found = here.now.astimezone(here.zone).date(), dict[str, str]()
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for type_, _, key in (each.partition("/") for each in about):
        keys[type_].add(key)
    for type_, wanted in keys.items():
        if (kind := subject_types().get(type_)) is None:
            continue
        try:
            told = asking.titles(here.registers.district.code, kind, wanted, day, looker)
        except FenceClosed:
            continue
        found |= {f"{type_}/{key}": title for key, title in told.items()}
    return found


def _row(here: World, row: CaseRow, titles: Mapping[str, str]) -> list[Cell]:
    due = row.deadline.astimezone(here.zone).strftime("%Y-%m-%d %H:%M") if row.deadline else ""
    subject = row.about.partition("/")[2] if row.about else ""
    url = reverse("subjects-one", args=row.about.split("/", 1)) if row.about and subject else ""
    state = STATE_NAMES.get(row.state)
    return [
        Cell(row.number, reverse("case", args=[row.number])), Cell(titles.get(row.about or "", subject), url),
        Cell(say(state) if state else row.state), Cell(due),
    ]  # fmt: skip


def faults(programme: str, panel: CasesPanel) -> Iterator[PanelFault]:
    """The case type and the states exist."""
    declared: Any = all_programmes().get(programme)
    if panel.case and declared is not None and panel.case not in declared.cases:
        known = ", ".join(declared.cases)
        yield ("case",), f"{programme} has no case {panel.case!r}", f"one of {known}", "correct the spelling"
    for state in panel.states:
        if state not in OPEN_STATES:
            yield ("states",), f"{state!r} is no open state", f"one of {', '.join(sorted(OPEN_STATES))}", "name one"


KIND = PanelKind("cases", "在办事项", "Open cases", CasesPanel, show, faults)
