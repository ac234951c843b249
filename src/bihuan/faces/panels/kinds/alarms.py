"""`alarms`: which alarms of some series hold at the instant of the page: whose, since when, how far; on a map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.urls import reverse
from pydantic import Field

from bihuan.declare.measured import measured
from bihuan.declare.model import Code, Slug
from bihuan.faces.panels.declared import Dot, PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.panels.places import place_of, titles_of
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Series, UnknownSeries, current_catalogue
from bihuan.series.rounding import shown
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker

WHO, WHAT, SINCE, PEAK = (
    Text("对象", "About"), Text("告警", "Alarm"), Text("自", "Since"), Text("最远值", "Farthest"),
)  # fmt: skip
MOST_ON_MAP = 2_000
_HOLDING = """
SELECT series, subject, rule, opened_at, peak FROM (
    SELECT DISTINCT ON (i.line, i.rule, i.opened_at)
        l.series, l.subject, i.rule, i.opened_at, i.closed_at, i.kind, i.peak
    FROM series_incident i JOIN series_line l ON l.id = i.line
    WHERE i.district_id = %(district)s AND l.series = ANY(%(series)s) AND i.rule = ANY(%(rules)s)
      AND i.opened_at <= %(at)s AND i.made_at <= %(at)s
    ORDER BY i.line, i.rule, i.opened_at, i.id DESC) held
WHERE kind <> 'retracted' AND (closed_at IS NULL OR closed_at > %(at)s)
ORDER BY opened_at DESC, subject LIMIT %(most)s
"""


class AlarmsPanel(PanelFile):
    """Alarms of `series` by the names of their `rules`; `map`: who they are about stands on a map, coloured by rule."""

    series: list[Slug] = Field(min_length=1)
    rules: list[Code] = Field(min_length=1)
    map: bool = False
    limit: int = Field(default=20, ge=1, le=100)


class HeldAlarm(NamedTuple):
    """An incident that holds: series, key of the subject, rule, since when, the farthest value."""

    series: str
    subject: str
    rule: str
    opened: datetime
    peak: int | None


def show(here: World, programme: str, panel: AlarmsPanel) -> Shown:
    """The newest first, as was known at the instant. Source: docs/topics/views.md, "Panels"."""
    asked: dict[str, Any] = {
        "district": here.registers.district.code, "series": panel.series, "rules": panel.rules, "at": here.now,
        "most": MOST_ON_MAP if panel.map else panel.limit,
    }  # fmt: skip
    with in_district(here.registers.district.code), connection.cursor() as cursor:
        cursor.execute(_HOLDING, asked)
        held = [HeldAlarm(*row) for row in cursor.fetchall()]
    catalogue = current_catalogue()
    kinds = {name: catalogue.get(name).declared.subject for name in panel.series}
    titles: dict[str, str] = {}
    for kind in sorted(set(kinds.values())):
        keys = [each.subject for each in held[: panel.limit] if kinds[each.series] == kind]
        titles |= titles_of(here, kind, keys, programme)
    rows = [_row(here, catalogue.get(each.series), each, titles) for each in held[: panel.limit]]
    dots = _dots(here, programme, panel, kinds, held) if panel.map else []
    words = [_title(catalogue.get(panel.series[0]), rule) for rule in panel.rules]
    for series in panel.series:
        words = [_title(catalogue.get(series), rule) or before for rule, before in zip(panel.rules, words, strict=True)]
    return Shown([say(each) for each in (WHO, WHAT, SINCE, PEAK)], rows, None, dots, words if dots else [])


def _row(here: World, series: Series, each: HeldAlarm, titles: dict[str, str]) -> list[Cell]:
    kind = series.declared.subject
    since = each.opened.astimezone(here.zone).strftime("%Y-%m-%d %H:%M")
    peak = measured(shown(each.peak, series.declared.precision), series.declared.unit)
    return [
        Cell(titles.get(each.subject, each.subject), reverse("subjects-one", args=[kind, each.subject])),
        Cell(_title(series, each.rule)), Cell(since), Cell(peak),
    ]  # fmt: skip


def _title(series: Series, rule: str) -> str:
    found = next((each for each in series.declared.alarms if each.name == rule), None)
    return "" if found is None else say(found.title) if found.title is not None else rule


def _dots(
    here: World, programme: str, panel: AlarmsPanel, kinds: dict[str, str], held: Sequence[HeldAlarm]
) -> list[Dot]:
    """Each subject with an alarm once, in the colour of its newest."""
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    newest: dict[tuple[str, str], HeldAlarm] = {}
    for each in reversed(held):
        newest[kinds[each.series], each.subject] = each
    dots, day = [], here.now.astimezone(here.zone).date()
    for name in sorted(set(kinds.values())):
        kind = subject_type(name)
        try:
            found = asking.find(here.registers.district.code, kind, asking.Viewpoint(day, limit=MOST_ON_MAP), looker)
        except FenceClosed:
            continue
        for one in found:
            alarm, place = newest.get((name, one.key)), place_of(kind, one)
            if alarm is not None and place is not None:
                title = str(one.values.get(kind.title_field, one.key))
                url = reverse("subjects-one", args=[name, one.key])
                dots.append(Dot(*place, title, panel.rules.index(alarm.rule), url))
    return dots


def faults(programme: str, panel: AlarmsPanel) -> Iterator[PanelFault]:
    """The series are declared, and each rule is an alarm of one of them."""
    known: set[str] = set()
    for name in panel.series:
        try:
            known |= {each.name for each in current_catalogue().get(name).declared.alarms}
        except UnknownSeries as error:
            yield ("series",), error.message, "a declared series", error.remedy
    for rule in panel.rules:
        if rule not in known:
            yield ("rules",), f"no series here has an alarm {rule!r}", f"one of {', '.join(sorted(known))}", "name one"


KIND = PanelKind("alarms", "告警", "Alarms of series", AlarmsPanel, show, faults)
