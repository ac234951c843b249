"""`cases`: open cases of the programme, the one that is due first on top; only those that whoever looks may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Code
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.lists import by_deadline
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.loop.kernel.states import OPEN_STATES, STATE_NAMES
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store.read import visible_to

NUMBER, ABOUT, STATE, DUE = (
    Text("编号", "Number"), Text("对象", "About"), Text("状态", "State"), Text("时限", "Due"),
)  # fmt: skip


class CasesPanel(PanelFile):
    """Cases of one type, or of all of the programme; `states` keeps some of the open states."""

    case: Code | None = None
    states: tuple[Code, ...] = ()
    limit: int = Field(default=20, ge=1, le=100)


def show(here: World, programme: str, panel: CasesPanel) -> Shown:
    """By deadline. Source: docs/topics/views.md, "Panels"."""
    kept = visible_to(here.actor).filter(programme=programme, ended_at__isnull=True)
    kept = kept.filter(**({"state__in": panel.states} if panel.states else {}))
    found = by_deadline(kept.filter(**({"kind": panel.case} if panel.case else {})))[: panel.limit]
    rows = [_row(here, each) for each in found]
    return Shown([say(each) for each in (NUMBER, ABOUT, STATE, DUE)], rows)


def _row(here: World, row: CaseRow) -> list[Cell]:
    due = row.deadline.astimezone(here.zone).strftime("%Y-%m-%d %H:%M") if row.deadline else ""
    subject = row.about.partition("/")[2] if row.about else ""
    url = reverse("subjects-one", args=row.about.split("/", 1)) if row.about and subject else ""
    state = STATE_NAMES.get(row.state)
    return [
        Cell(row.number, reverse("case", args=[row.number])), Cell(subject, url),
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
