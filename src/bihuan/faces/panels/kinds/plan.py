"""`plan`: what each person visits today in the order of a short way; the person takes or changes it, and sees the cost.

The way is proposed by `methods.parts.tours` with a bound below every way. What is decided stands in a register of the
programme: whose day, which day, the stops in order. While its stops are those that are due, the decided order is shown
with what it costs beside the proposal; when something fell due or was done since, the plan is open again.
Source: DESIGN §14 (plan as a decision); docs/adr/0406-plans-as-decisions.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Code, Slug, Strict
from bihuan.faces.panels.declared import Dot, PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.panels.places import place_of
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import account_of
from bihuan.faces.parts.subjects import told_titles, told_value
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.types import SubjectType, state_of
from bihuan.subjects.revising import may_edit

MOST, SEPARATOR = 2_000, ";"
MICRO = 1_000_000
"""Registers keep millionths of a degree."""
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
NONE = Text("没有到期应查的。", "Nothing is due.")
STOP, WHOSE, LEG = Text("第几站", "Stop"), Text("由谁", "Whose"), Text("距上一站（米）", "Metres from the stop before")
PROPOSED = Text(
    "{whose}：建议路线{metres}米，最短不少于{bound}米（最多长{gap}%），待确认。",
    "{whose}: {metres} m are proposed, no way is shorter than {bound} m (at most {gap} % longer); not decided.",
)
TAKEN = Text(
    "{whose}：已按建议确定，{metres}米。", "{whose}: decided as proposed, {metres} m."
)  # fmt: skip
CHANGED = Text(
    "{whose}：已改定，{decided}米，比建议路线多{cost}米。{why}",
    "{whose}: decided otherwise, {decided} m, which is {cost} m more than proposed. {why}",
)
REOPENED = Text(
    "{whose}：确定之后又有变化（新增{more}处、减少{less}处），须重新确定；建议路线{metres}米。",
    "{whose}: decide again, what is due has changed since ({more} more, {less} less); {metres} m are proposed.",
)
UNPLACED = Text("{count}处没有位置，未排入。", "{count} without a position are left out.")
DECIDE = Text("确定或更改我的路线", "Take or change my way")


class DecidedFields(Strict):
    """The register of decisions, and its fields: whose day, which day, the stops in order (joined by `;`), and why."""

    type: Slug
    whose: Code
    day: Code
    stops: Code
    why: Code


class PlanPanel(PanelFile):
    """Subjects of `type` in these `states`, by `whose` they are; each person sees the own day, `all` roles all of them.

    `columns`: further fields of each stop. `decided`: where a person's decision is kept. `limit`: so many rows.
    """

    type: Slug
    states: tuple[Code, ...] = ()
    whose: Code
    all: tuple[Code, ...] = ()
    columns: tuple[Code, ...] = ()
    decided: DecidedFields
    limit: int = Field(default=40, ge=1, le=200)


@dataclass(frozen=True)
class _Day:
    """One person's day: the stops as they are ordered now, metres from one to the next, and what is said about it."""

    whose: str
    stops: Sequence[HeldFacts]
    legs: Sequence[int]
    said: str


def show(here: World, programme: str, panel: PlanPanel) -> Shown:
    """Each day in the order of its way. Source: docs/topics/views.md, "Panels"."""
    kind, today = subject_type(panel.type), here.now.astimezone(here.zone).date()
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    try:
        held = asking.find(here.registers.district.code, kind, asking.Viewpoint(today, limit=MOST), looker)
        due = _due(here, panel, kind, held, today)
        decided = _decided(here, panel, today, looker)
    except FenceClosed:
        return Shown(message=say(CLOSED))
    placed = {whose: [(each, at) for each in mine if (at := place_of(kind, each))] for whose, mine in due.items()}
    days = [_ordered(panel, whose, mine, decided.get(whose)) for whose, mine in sorted(placed.items()) if mine]
    lost = sum(map(len, due.values())) - sum(map(len, placed.values()))
    said = [each.said for each in days] + ([say(UNPLACED).format(count=lost)] if lost else [])
    return Shown(
        [say(WHOSE), say(STOP), *(say(kind.fields[name].name) for name in panel.columns), say(LEG)],
        _rows(here, panel, kind, days, looker)[: panel.limit],
        _door(here, panel, today, days), _dots(kind, days), [each.whose for each in days],
        message=" ".join(said) or say(NONE), paths=_paths(days),
    )  # fmt: skip


def _due(
    here: World, panel: PlanPanel, kind: SubjectType, held: Sequence[HeldFacts], today: date
) -> dict[str, list[HeldFacts]]:
    """What is due, by whose it is; only the own for whom not everything is."""
    mine = None if here.actor.roles & set(panel.all) else _codes(here)
    found: defaultdict[str, list[HeldFacts]] = defaultdict(list)
    for each in held:
        state, whose = state_of(kind, each.values, today.isoformat()), str(each.values.get(panel.whose) or "")
        if (not panel.states or (state is not None and state.id in panel.states)) and (mine is None or whose in mine):
            found[whose].append(each)
    return dict(found)


def _codes(here: World) -> frozenset[str]:
    return frozenset({here.actor.id, here.actor.id.partition(":")[2], account_of(here.actor.id)} - {""})


def _decided(here: World, panel: PlanPanel, today: date, looker: Looker) -> dict[str, Mapping[str, Any]]:
    """The newest decision of each person about today."""
    rule = panel.decided
    held = asking.find(
        here.registers.district.code, subject_type(rule.type),
        asking.Viewpoint(today, None, {rule.day: today.isoformat()}, limit=MOST), looker,
    )  # fmt: skip
    return {str(each.values.get(rule.whose) or ""): each.values for each in held}


def _ordered(
    panel: PlanPanel, whose: str, placed: list[tuple[HeldFacts, tuple[float, float]]], decided: Mapping[str, Any] | None
) -> _Day:
    """A day by its decision while that speaks of what is due, else as it is proposed."""
    from bihuan.methods.parts.tours import distances, length, short_tour

    placed = sorted(placed, key=lambda each: each[0].key)
    metres = distances([(lon / MICRO, lat / MICRO) for _, (lon, lat) in placed])
    tour = short_tour(metres)
    numbers = {each.key: n for n, (each, _) in enumerate(placed)}
    wanted = [
        name.strip() for name in str((decided or {}).get(panel.decided.stops) or "").split(SEPARATOR) if name.strip()
    ]
    told: dict[str, Any] = {
        "whose": whose, "metres": tour.metres, "bound": tour.bound,
        "gap": f"{100 * (tour.metres - tour.bound) / tour.bound if tour.bound else 0:.1f}",
    }  # fmt: skip
    order, text = tour.order, PROPOSED
    if decided is not None and set(wanted) == set(numbers) and len(wanted) == len(numbers):
        order = tuple(numbers[name] for name in wanted)
        total = length(metres, order)
        why = str(decided.get(panel.decided.why) or "")
        told |= {"decided": total, "cost": total - tour.metres, "why": why}
        text = TAKEN if total <= tour.metres else CHANGED
    elif decided is not None:
        told |= {"more": len(set(numbers) - set(wanted)), "less": len(set(wanted) - set(numbers))}
        text = REOPENED
    legs = [0, *(int(metres[one, other]) for one, other in pairwise(order))]
    return _Day(whose, [placed[n][0] for n in order], legs, say(text).format(**told))


def _rows(here: World, panel: PlanPanel, kind: SubjectType, days: list[_Day], looker: Looker) -> list[list[Cell]]:
    titles = told_titles(here, kind, panel.columns, [each.values for day in days for each in day.stops], looker)
    rows = []
    for day in days:
        for number, (each, leg) in enumerate(zip(day.stops, day.legs, strict=True), 1):
            cells = [_cell(here, kind, each, name, titles) for name in panel.columns]
            rows.append([Cell(day.whose), Cell(str(number), "", True), *cells, Cell(str(leg), "", True)])
    return rows


def _cell(here: World, kind: SubjectType, held: HeldFacts, name: str, titles: Mapping[tuple[str, str], str]) -> Cell:
    value = held.values.get(name)
    title, url = titles.get((name, str(value))), ""
    if name == kind.key:
        url = reverse("subjects-one", args=[kind.id, held.key])
    elif title:
        url = reverse("subjects-one", args=[kind.fields[name].to, value])
    return Cell(title or told_value(here, kind, name, value), url, type(value) is int)


def _dots(kind: SubjectType, days: list[_Day]) -> list[Dot]:
    return [
        Dot(*at, f"{day.whose} {number}", group, reverse("subjects-one", args=[kind.id, each.key]))
        for group, day in enumerate(days)
        for number, each in enumerate(day.stops, 1)
        if (at := place_of(kind, each)) is not None
    ]


def _paths(days: list[_Day]) -> list[tuple[int, int]]:
    """Which dots each way goes through: the first and the number behind the last."""
    found, at = [], 0
    for day in days:
        found.append((at, at + len(day.stops)))
        at += len(day.stops)
    return found


def _door(here: World, panel: PlanPanel, today: date, days: list[_Day]) -> tuple[str, str] | None:
    """The form of one's own decision, filled with the order that is shown."""
    rule, kind, mine = panel.decided, subject_type(panel.decided.type), _codes(here)
    own = next((day for day in days if day.whose in mine), None)
    if own is None or not may_edit(kind, here.actor.roles):
        return None
    values = {
        kind.key: f"{own.whose}-{today.isoformat()}", rule.whose: own.whose, rule.day: today.isoformat(),
        rule.stops: SEPARATOR.join(each.key for each in own.stops),
    }  # fmt: skip
    asked = {"key": values[kind.key], **{f"f-{name}": value for name, value in values.items()}}
    return f"{reverse('revision-edit', args=[kind.id])}?{urlencode(asked)}", say(DECIDE)


def faults(programme: str, panel: PlanPanel) -> Iterator[PanelFault]:
    """Types, fields and states exist, and the stops lie somewhere."""
    from bihuan.faces.panels.places import fields_of_place

    kind, kept = subject_types().get(panel.type), subject_types().get(panel.decided.type)
    for at, found, name in ((("type",), kind, panel.type), (("decided", "type"), kept, panel.decided.type)):
        if found is None:
            yield at, f"there is no type {name!r}", "a register of subjects", "correct the spelling"
    if kind is None or kept is None:
        return
    for name in (panel.whose, *panel.columns):
        if name not in kind.open_fields:
            yield ("columns",), f"{kind.id} has no open field {name!r}", "an open field", "correct it"
    if not fields_of_place(kind):
        yield ("type",), f"{kind.id} lies nowhere", "stops have a position", "give the type a field of type place"
    states = {state.id for state in kind.states}
    for name in panel.states:
        if name not in states:
            yield ("states",), f"{kind.id} has no state {name!r}", f"one of {', '.join(states)}", "name one"
    rule = panel.decided
    for name in (rule.whose, rule.day, rule.stops, rule.why):
        if name not in kept.open_fields:
            yield ("decided", name), f"{kept.id} has no open field {name!r}", "an open field", "correct it"
    if rule.day not in kept.found_by:
        yield ("decided", "day"), f"{kept.id} is not found by {rule.day!r}", "`find: true`", "say so in the type"


KIND = PanelKind(
    "plan", "计划", "Each one's day in the order of a short way, decided by a person", PlanPanel, show, faults
)
