"""`series`: the newest value of each subject of a series, and the last days of one of them as a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Slug
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.showing import newest, values_between

HEADS = (Text("对象", "Subject"), Text("数值", "Value"), Text("时间", "Time"), Text("标识", "Flag"))
WIDE = 1000


class SeriesPanel(PanelFile):
    """A series; `subject`: the line of that one, over so many `days`. `limit`: so many subjects in the table."""

    series: Slug
    subject: str | None = None
    days: int = Field(default=7, ge=1, le=366)
    limit: int = Field(default=20, ge=1, le=200)


def show(here: World, programme: str, panel: SeriesPanel) -> Shown:
    """Newest values as a table, one subject as a line. Source: docs/topics/views.md, "Panels"."""
    series, district = current_catalogue().get(panel.series), here.registers.district.code
    kind, unit = series.declared.subject, series.declared.unit
    with in_district(district):
        values = newest(district, series)["values"][: panel.limit]
        first = (here.now - timedelta(days=panel.days)).isoformat()
        told = values_between(district, series, panel.subject, first, here.now.isoformat()) if panel.subject else {}
    rows = [
        [
            Cell(each["subject"], reverse("subjects-one", args=[kind, each["subject"]])),
            Cell(f"{each['value'] or ''} {unit}", "", True), Cell(each["time"][:16].replace("T", " ")),
            Cell(each["flag"]),
        ]
        for each in values
    ]  # fmt: skip
    line, low, high = _line([each["value"] for each in told.get("values", [])])
    return Shown([say(each) for each in HEADS], rows, None, (), (), line, f"{low} {unit}", f"{high} {unit}")


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


KIND = PanelKind("series", "序列", "A series", SeriesPanel, show, faults)
