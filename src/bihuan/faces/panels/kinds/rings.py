"""`rings`: subjects of a register with the ring of the case about each: how far round the loop a promise has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Code, Slug
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.ring import Ring, example, ring_of
from bihuan.faces.parts.subjects import told_value
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store.read import case_of, visible_to
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.types import state_of

STATE, CASE = Text("状态", "State"), Text("事项", "Case")
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
NONE = Text("没有符合条件的条目。", "Nothing matches.")


class RingsPanel(PanelFile):
    """A register with rings. `cases`: types of cases about its subjects, the newest counts; else as `subjects`."""

    type: Slug
    cases: tuple[Code, ...] = Field(min_length=1)
    where: dict[Code, str] = {}
    states: tuple[Code, ...] = ()
    columns: tuple[Code, ...] = ()
    limit: int = Field(default=20, ge=1, le=60)


def show(here: World, programme: str, panel: RingsPanel) -> Shown:
    """Subjects of today in the order of their keys, each with its ring. Source: docs/topics/views.md, "Panels"."""
    kind, day = subject_type(panel.type), here.now.astimezone(here.zone).date()
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    most = asking.MOST if panel.states else panel.limit
    try:
        held = asking.find(
            here.registers.district.code, kind, asking.Viewpoint(day, None, panel.where, limit=most), looker
        )
    except FenceClosed:
        return Shown(message=say(CLOSED))
    kept = [(each, state_of(kind, each.values, day.isoformat())) for each in held]
    if panel.states:
        kept = [(each, state) for each, state in kept if state is not None and state.id in panel.states]
    kept = kept[: panel.limit]
    newest = _newest(here, programme, panel, [each.key for each, _ in kept])
    names = panel.columns or kind.shown
    rows, rings = [], []
    for each, state in kept:
        row, url = newest.get(each.key), reverse("subjects-one", args=[kind.id, each.key])
        rings.append(_ring(row))
        cells = [
            Cell(told_value(here, kind, name, each.values.get(name)), url if n == 0 else "")
            for n, name in enumerate(names)
        ]
        number = Cell(row.number, reverse("case", args=[row.number])) if row else Cell("")
        rows.append([*cells, Cell(say(state.name) if state else ""), number])
    heads = [*(say(kind.fields[name].name) for name in names), say(STATE), say(CASE)]
    return Shown(heads, rows, rings=rings, message="" if rows else say(NONE))


def _newest(here: World, programme: str, panel: RingsPanel, keys: Sequence[str]) -> dict[str, CaseRow]:
    """The newest case about each subject that whoever looks may see."""
    about = [f"{panel.type}/{key}" for key in keys]
    seen = visible_to(here.actor).filter(programme=programme, kind__in=panel.cases, about__in=about)
    return {str(row.about).partition("/")[2]: row for row in seen.order_by("opened_at", "number")}


def _ring(row: CaseRow | None) -> Ring:
    """Of a promise that is no case yet the whole ring is open."""
    return example() if row is None else ring_of(case_of(row.fold))


def faults(programme: str, panel: RingsPanel) -> Iterator[PanelFault]:
    """Type, fields and case types exist."""
    kind: Any = subject_types().get(panel.type)
    if kind is None:
        yield ("type",), f"there is no type {panel.type!r}", "a register of subjects", "correct the spelling"
        return
    for name in (*panel.columns, *panel.where):
        if name not in kind.open_fields:
            yield ("columns",), f"{panel.type} has no open field {name!r}", "an open field", "correct the spelling"
    declared: Any = all_programmes().get(programme)
    for case in panel.cases:
        if declared is not None and case not in declared.cases:
            known = ", ".join(declared.cases)
            yield ("cases",), f"{programme} has no case {case!r}", f"one of {known}", "correct the spelling"


KIND = PanelKind("rings", "环", "Subjects with the ring of the case about each", RingsPanel, show, faults)
