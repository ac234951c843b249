"""`subjects`: the first of a register, narrowed by what it is found by and by the state that follows from dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Code, Slug
from bihuan.faces.panels.declared import Dot, PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.subjects import told_titles, told_value
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.deriving import Deriving
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.availability import available_at
from bihuan.subjects.pure.ground import positions_of
from bihuan.subjects.pure.types import SubjectType, state_of

WHOLE, STATE, KEY = Text("全部", "All of them"), Text("状态", "State"), "key"
OPEN_NOW, YES, NO = Text("此刻开放", "Open then"), Text("开放", "open"), Text("不开放", "closed")
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
MOST_ON_MAP, MOST_DERIVED = 2_000, 40


class SubjectsPanel(PanelFile):
    """A register: `where` narrows by fields it is found by, `states` keeps some states, `columns` are its fields.

    A column may be a derived value; what leads to other subjects is shown by their names. `map`: they stand on a map
    too, coloured by state. `limit`: so many rows.
    """

    type: Slug
    where: dict[Code, str] = {}
    states: tuple[Code, ...] = ()
    columns: tuple[Code, ...] = ()
    map: bool = False
    limit: int = Field(default=20, ge=1, le=100)


def show(here: World, programme: str, panel: SubjectsPanel) -> Shown:
    """Rows of today in the order of their keys. Source: docs/topics/views.md, "Panels"."""
    kind, day = subject_type(panel.type), here.now.astimezone(here.zone).date()
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    most = MOST_ON_MAP if panel.map or panel.states else panel.limit
    try:
        held = asking.find(
            here.registers.district.code, kind, asking.Viewpoint(day, None, panel.where, limit=most), looker
        )
    except FenceClosed:
        return Shown(message=say(CLOSED))
    kept = [(each, state_of(kind, each.values, day.isoformat())) for each in held]
    if panel.states:
        kept = [(each, state) for each, state in kept if state is not None and state.id in panel.states]
    names = panel.columns or kind.shown
    seen = kept[: panel.limit]
    titles = told_titles(here, kind, names, [each.values for each, _ in seen], looker)
    rows = [
        [*_cells(_Telling(here, kind, looker, titles), each, names), Cell(say(state.name) if state else "")]
        for each, state in seen
    ]
    heads = [
        *(say((kind.derived.get(name) or kind.fields[name]).name) for name in names),
        *([say(STATE)] if kind.states else []),
    ]
    found = rows if kind.states else [row[:-1] for row in rows]
    if kind.availability is not None:
        heads.append(say(OPEN_NOW))
        now = here.now.astimezone(here.zone)
        found = [[*row, _open(kind, each, now)] for row, (each, _) in zip(found, kept, strict=False)]
    address = f"{reverse('subjects-list', args=[kind.id])}?{urlencode(panel.where)}"
    return Shown(heads, found, (address, say(WHOLE)), *(_dots(kind, kept) if panel.map else ((), ())))


def _open(kind: SubjectType, held: asking.HeldFacts, now: datetime) -> Cell:
    """Whether it is open at the instant that the page is about."""
    told = available_at(kind, held.values, now)
    return Cell("" if told is None else say(YES if told.open else NO))


@dataclass(frozen=True)
class _Telling:
    """What rows are told with: who looks, and what linked subjects are called."""

    here: World
    kind: SubjectType
    looker: Looker
    titles: Mapping[tuple[str, str], str]


def _cells(telling: _Telling, held: asking.HeldFacts, names: tuple[str, ...]) -> list[Cell]:
    kind, here, cells = telling.kind, telling.here, []
    day = here.now.astimezone(here.zone).date()
    deriving = Deriving(here.registers.district.code, kind, held.key, held.values, day, telling.looker)
    for name in names:
        if name in kind.derived:
            cells.append(_derived(deriving, name))
            continue
        value = held.values.get(name)
        title, url = telling.titles.get((name, str(value))), ""
        if name == kind.key:
            url = reverse("subjects-one", args=[kind.id, held.key])
        elif title:
            url = reverse("subjects-one", args=[kind.fields[name].to, value])
        cells.append(Cell(title or told_value(here, kind, name, value), url, type(value) is int))
    return cells


def _derived(deriving: Deriving, name: str) -> Cell:
    """A derived value; empty where it is not known, or the looker may not see what it follows from."""
    try:
        value = deriving.value(name)
    except FenceClosed:
        value = None
    return Cell("" if value is None else str(value), "", isinstance(value, int))


def _dots(kind: SubjectType, kept: list[tuple[asking.HeldFacts, Any]]) -> tuple[list[Dot], list[str]]:
    groups = [say(state.name) for state in kind.states] or [say(kind.name)]
    order = {state.id: index for index, state in enumerate(kind.states)}
    status = kind.fields[kind.availability.status] if kind.availability is not None and not kind.states else None
    if status is not None and status.choices:
        groups = [say(each) for each in status.choices]
        order = {each.code: index for index, each in enumerate(status.choices)}
    dots = []
    for held, state in kept:
        value = next((held.values[name] for name in _places(kind) if name in held.values), None)
        for lon, lat in list(positions_of(value))[:1] if value else ():
            title = str(held.values.get(kind.title_field, held.key))
            group = order[state.id] if state is not None else 0
            if status is not None and kind.availability is not None:
                group = order.get(str(held.values.get(kind.availability.status)), 0)
            dots.append(Dot(lon, lat, title, group, reverse("subjects-one", args=[kind.id, held.key])))
    return dots, groups


def _places(kind: SubjectType) -> list[str]:
    """The fields that say where a subject is: its geometry first, then positions."""
    points = [name for name in kind.open_fields if kind.fields[name].type == "place"]
    return [*([kind.geometry] if kind.geometry else []), *points]


def faults(programme: str, panel: SubjectsPanel) -> Iterator[PanelFault]:
    """Type, fields and states exist."""
    kind = subject_types().get(panel.type)
    if kind is None:
        yield ("type",), f"there is no type {panel.type!r}", "a register of subjects", "correct the spelling"
        return
    for name in panel.where:
        if name not in kind.found_by:
            yield ("where",), f"{kind.id} is not found by {name!r}", f"one of {', '.join(kind.found_by)}", "name one"
    for name in panel.columns:
        if name not in kind.open_fields and name not in kind.derived:
            yield ("columns",), f"{kind.id} has no open field {name!r}", "an open field", "correct the spelling"
    if panel.limit > MOST_DERIVED and set(panel.columns) & set(kind.derived):
        rule = f"derived values of at most {MOST_DERIVED} rows"
        yield ("limit",), f"{panel.limit} rows with derived values", rule, "lower `limit`"
    for name in panel.states:
        if name not in {state.id for state in kind.states}:
            yield ("states",), f"{kind.id} has no state {name!r}", "a declared state", "correct the spelling"
    if panel.map and not _places(kind):
        yield ("map",), f"{kind.id} has no geometry", "only what lies somewhere is on a map", "leave out `map`"


KIND = PanelKind("subjects", "名册", "A register of subjects", SubjectsPanel, show, faults)
