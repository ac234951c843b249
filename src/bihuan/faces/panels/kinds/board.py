"""`board`: a register as a plan: a row for each of what its subjects belong to, a column for each month.

A cell tells the days, and how many parts were merged into one. Rows with most on them stand on top. Months begin with
the one before the day that the page is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Code, Slug
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.subjects import told_titles, told_value
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.types import state_of

WHOLE, ALL = Text("全部", "All of them"), Text("合计", "In all")
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
MERGED = Text("{days}（合并 {parts}）", "{days} (merged: {parts})")
MOST = 5_000


class BoardPanel(PanelFile):
    """A register by what it belongs to and by month: `row` and `date` are fields; `parts` joins several by `;`.

    `states`: only subjects in these. `months`: so many columns. `limit`: so many rows.
    """

    type: Slug
    row: Code
    date: Code
    parts: Code | None = None
    states: tuple[Code, ...] = ()
    months: int = Field(default=6, ge=1, le=12)
    limit: int = Field(default=30, ge=1, le=100)


def show(here: World, programme: str, panel: BoardPanel) -> Shown:
    """Rows by how much is planned for them. Source: docs/topics/views.md, "Panels"."""
    kind, day = subject_type(panel.type), here.now.astimezone(here.zone).date()
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    try:
        held = asking.find(here.registers.district.code, kind, asking.Viewpoint(day, limit=MOST), looker)
    except FenceClosed:
        return Shown(message=say(CLOSED))
    months = _months(day, panel.months)
    placed: dict[str, dict[str, list[asking.HeldFacts]]] = defaultdict(lambda: defaultdict(list))
    for each in held:
        state = state_of(kind, each.values, day.isoformat())
        month = str(each.values.get(panel.date, ""))[:7]
        if month in months and each.values.get(panel.row) and (not panel.states or _in(state, panel.states)):
            placed[str(each.values[panel.row])][month].append(each)
    order = sorted(placed, key=lambda key: (-sum(map(len, placed[key].values())), key))[: panel.limit]
    titles = told_titles(here, kind, [panel.row], [{panel.row: key} for key in order], looker)
    rows = [
        [
            Cell(
                titles.get((panel.row, key)) or told_value(here, kind, panel.row, key),
                _page(kind.fields[panel.row].to, key),
            ),
            *(_cell(panel, kind.id, key, placed[key][month]) for month in months),
            Cell(str(sum(map(len, placed[key].values()))), "", True),
        ]
        for key in order
    ]  # fmt: skip
    heads = [say(kind.fields[panel.row].name), *months, say(ALL)]
    return Shown(heads, rows, (reverse("subjects-list", args=[kind.id]), say(WHOLE)))


def _months(day: date, count: int) -> list[str]:
    first = day.year * 12 + day.month - 2
    return [f"{number // 12}-{number % 12 + 1:02}" for number in range(first, first + count)]


def _in(state: object, states: tuple[str, ...]) -> bool:
    return getattr(state, "id", "") in states


def _page(to: str | None, key: str) -> str:
    return reverse("subjects-one", args=[to, key]) if to else ""


def _cell(panel: BoardPanel, kind: str, row: str, held: list[asking.HeldFacts]) -> Cell:
    if not held:
        return Cell("")
    told = sorted(held, key=lambda each: (str(each.values[panel.date]), each.key))
    days = ", ".join(str(each.values[panel.date])[8:10] for each in told)
    parts = (
        max((str(each.values.get(panel.parts, "")).count(";") + 1 for each in told), default=1) if panel.parts else 1
    )
    text = say(MERGED).format(days=days, parts=parts) if parts > 1 else days
    if len(told) == 1:
        return Cell(text, reverse("subjects-one", args=[kind, told[0].key]))
    found_by = panel.row in subject_type(kind).found_by
    return Cell(text, f"{reverse('subjects-list', args=[kind])}?{urlencode({panel.row: row})}" if found_by else "")


def faults(programme: str, panel: BoardPanel) -> Iterator[PanelFault]:
    """Type, fields and states exist; the date is one."""
    kind = subject_types().get(panel.type)
    if kind is None:
        yield ("type",), f"there is no type {panel.type!r}", "a register of subjects", "correct the spelling"
        return
    for place, name in (("row", panel.row), ("date", panel.date), ("parts", panel.parts)):
        if name is not None and name not in kind.open_fields:
            yield (place,), f"{kind.id} has no open field {name!r}", "an open field", "correct the spelling"
    if panel.date in kind.open_fields and kind.fields[panel.date].type not in ("date", "instant"):
        yield ("date",), f"{panel.date} is no date", "a field of the type date", "name a date"
    for name in panel.states:
        if name not in {state.id for state in kind.states}:
            yield ("states",), f"{kind.id} has no state {name!r}", "a declared state", "correct the spelling"


KIND = PanelKind("board", "计划板", "A register by what it belongs to and by month", BoardPanel, show, faults)
