"""`series`: the newest value of each subject of a series, and the last days of one of them as a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import reverse
from pydantic import Field

from bihuan.declare.measured import measured
from bihuan.declare.model import Slug
from bihuan.faces.panels.declared import Dot, PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.panels.places import fields_of_place, place_of, titles_of
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.showing import newest, values_between
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker

FLAGS = {
    "N": Text("有效", "valid"), "L": Text("低于检出限", "below detection"), "G": Text("超量程", "beyond range"),
    "X": Text("缺测", "missing"), "P": Text("不合理", "implausible"), "C": Text("校准", "calibration"),
    "M": Text("维护", "maintenance"), "D": Text("故障", "fault"),
}  # fmt: skip
"""Letters of HJ 212-2017 §6.6.4 and of this house; any other is shown as it is."""
HEADS = (Text("对象", "Subject"), Text("数值", "Value"), Text("时间", "Time"), Text("标识", "Flag"))
WIDE = 1000
MOST_ON_MAP = 2_000


class SeriesPanel(PanelFile):
    """A series; `subject`: the line of that one, over so many `days`. `limit`: so many subjects in the table.

    `map`: its subjects on a map, coloured by the newest value; for grades and classes, which have few.
    """

    series: Slug
    subject: str | None = None
    days: int = Field(default=7, ge=1, le=732)
    limit: int = Field(default=20, ge=1, le=200)
    map: bool = False


def show(here: World, programme: str, panel: SeriesPanel) -> Shown:
    """Newest values as a table, one subject as a line. Source: docs/topics/views.md, "Panels"."""
    series, district = current_catalogue().get(panel.series), here.registers.district.code
    kind, unit = series.declared.subject, series.declared.unit
    with in_district(district):
        newest_values = newest(district, series)["values"]
        values = newest_values[: panel.limit]
        first = (here.now - timedelta(days=panel.days)).isoformat()
        told = values_between(district, series, panel.subject, first, here.now.isoformat()) if panel.subject else {}
        titles = titles_of(here, kind, [each["subject"] for each in values], programme)
    rows = [
        [
            Cell(titles.get(each["subject"], each["subject"]), reverse("subjects-one", args=[kind, each["subject"]])),
            Cell(measured(each["value"], unit) or "—", "", True),
            Cell(each["time"][:16].replace("T", " ")),
            Cell(say(FLAGS[each["flag"]]) if each["flag"] in FLAGS else each["flag"]),
        ]
        for each in values
    ]  # fmt: skip
    line, low, high = _line([each["value"] for each in told.get("values", [])])
    dots, groups = _dots(here, programme, kind, newest_values) if panel.map else ((), ())
    return Shown(
        [say(each) for each in HEADS], rows, None, dots, groups, line, measured(low, unit), measured(high, unit)
    )


def _dots(here: World, programme: str, type_: str, values: list[Any]) -> tuple[list[Dot], list[str]]:
    """Each subject where it lies, its colour by the newest value."""
    kind, day = subject_type(type_), here.now.astimezone(here.zone).date()
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    try:
        held = asking.find(
            here.registers.district.code, kind, asking.Viewpoint(day, None, {}, limit=MOST_ON_MAP), looker
        )
    except FenceClosed:
        return [], []
    newest_of = {each["subject"]: str(each["value"] or "") for each in values}
    groups = sorted({value for value in newest_of.values() if value}, key=float)
    dots = []
    for each in held:
        value, place = newest_of.get(each.key, ""), place_of(kind, each)
        if value and place is not None:
            title = f"{each.values.get(kind.title_field, each.key)} {value}"
            dots.append(Dot(*place, title, groups.index(value), reverse("subjects-one", args=[kind.id, each.key])))
    return dots, groups


def _line(values: list[Any]) -> tuple[list[tuple[float, float]], str, str]:
    numbers = [(place, float(value)) for place, value in enumerate(values) if value not in (None, "")]
    if len(numbers) < 2:
        return [], "", ""
    low, high = min(value for _, value in numbers), max(value for _, value in numbers)
    span, last = (high - low) or 1.0, max(place for place, _ in numbers) or 1
    points = [(round(WIDE * place / last, 1), round(200 - 200 * (value - low) / span, 1)) for place, value in numbers]
    return points, f"{low:g}", f"{high:g}"


def faults(programme: str, panel: SeriesPanel) -> Iterator[PanelFault]:
    """The series is declared."""
    known = current_catalogue().series
    if panel.series not in known:
        yield ("series",), f"there is no series {panel.series!r}", f"one of {', '.join(known) or '-'}", "correct it"
    elif panel.map and not fields_of_place(subject_type(known[panel.series].declared.subject)):
        yield ("map",), "its subjects have no geometry", "only what lies somewhere is on a map", "leave out `map`"


KIND = PanelKind("series", "序列", "A series", SeriesPanel, show, faults)
