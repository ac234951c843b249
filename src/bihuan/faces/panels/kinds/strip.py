"""`strip`: values of a series as coloured cells by time, a row for each subject, with the share of values that came.

Hours make a strip, days a calendar. The last column is that of the newest value; how far back that lies is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.urls import reverse
from pydantic import Field, model_validator

from bihuan.declare.model import Code, Name, Slug, Strict
from bihuan.faces.panels.declared import Band, PanelFault, PanelFile, PanelKind, Shown, Strip
from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Series, current_catalogue
from bihuan.series.instants import instant_of
from bihuan.series.rounding import shown
from bihuan.series.store.reading import holding_rows, latest_values, lines_by_subject
from bihuan.series.store.rows import NONE
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker

COLOURS = ("good", "fair", "light", "middling", "heavy", "severe")
"""Names of the colours of bands, from good to bad."""
MOST_CELLS, MOST_SUBJECTS, DAY = 800, 500, 86_400
UNTIL = Text("截至 {0}", "Up to {0}")
NONE_YET = Text("还没有数据。", "No values so far.")
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
GAP = Text("无有效数据", "no valid value")


class StripBand(Strict):
    """Values below `below` (the last one: all others) have this name and colour."""

    name: Name
    colour: Code
    below: float | None = None


class StripPanel(PanelFile):
    """A series; `where`: fields its subjects are found by; `days` back from the newest value; worst on top."""

    series: Slug
    where: dict[Code, str] = {}
    days: int = Field(default=30, ge=1, le=366)
    bands: list[StripBand] = Field(min_length=1, max_length=len(COLOURS))
    limit: int = Field(default=30, ge=1, le=100)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        bounds = [band.below for band in self.bands[:-1]]
        if (
            None in bounds
            or bounds != sorted(bounds, key=lambda bound: bound or 0.0)
            or self.bands[-1].below is not None
        ):
            raise ValueError("bands rise by `below`; the last one has none")
        return self


def show(here: World, programme: str, panel: StripPanel) -> Shown:
    """A row of coloured cells for each subject. Source: docs/topics/views.md, "Panels"."""
    series, district = current_catalogue().get(panel.series), here.registers.district.code
    kind = subject_type(series.declared.subject)
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    day = here.now.astimezone(here.zone).date()
    asked = asking.Viewpoint(day, equal=dict(panel.where), limit=MOST_SUBJECTS)
    try:
        names = {h.key: f"{h.values.get(kind.title_field, h.key)}" for h in asking.find(district, kind, asked, looker)}
    except FenceClosed:
        return Shown(message=say(CLOSED))
    with in_district(district):
        newest = max((each.at for each in latest_values(district, series.name) if each.subject in names), default=None)
        if newest is None:
            return Shown(message=say(NONE_YET))
        axis = _Axis(series, min(newest, here.now), panel.days)
        values = _values(district, series, sorted(names), axis)
    rows = sorted(values, key=lambda key: (-_mean(values[key]), key))[: panel.limit]
    strips = [
        _strip(panel, axis, names[key], reverse("subjects-one", args=[kind.id, key]), values[key]) for key in rows
    ]
    bands = [Band(f"band-{band.colour}", say(band.name)) for band in panel.bands]
    return Shown(strips=strips, bands=bands, message=say(UNTIL).format(axis.said(axis.size - 1)))


class _Axis:
    """The cells of a strip: whole days of the series' zone, or pieces of its averaging, up to one that has a value."""

    def __init__(self, series: Series, last: datetime, days: int) -> None:
        declared = series.declared
        self.decimals, self.zone = declared.precision, ZoneInfo(declared.zone)
        self.seconds = declared.seconds if 0 < declared.seconds < DAY else DAY
        self.size = min(days * DAY // self.seconds, MOST_CELLS)
        local = last.astimezone(self.zone)
        self.end = local.date() if self.seconds == DAY else last
        self.late = declared.seconds if declared.ends and self.seconds < DAY else 0
        first = self.begin(0)
        self.first, self.last = first.astimezone(UTC), last + timedelta(seconds=1)

    def begin(self, cell: int) -> datetime:
        back = self.size - 1 - cell
        if isinstance(self.end, datetime):
            return self.end - timedelta(seconds=back * self.seconds)
        return datetime.combine(self.end - timedelta(days=back), datetime.min.time(), self.zone)

    def cell(self, at: datetime) -> int:
        if isinstance(self.end, datetime):
            return self.size - 1 - round((self.end - at).total_seconds() / self.seconds)
        return self.size - 1 - (self.end - at.astimezone(self.zone).date()).days

    def said(self, cell: int) -> str:
        at = (self.begin(cell) + timedelta(seconds=self.late)).astimezone(self.zone)
        return f"{at:%Y-%m-%d}" if self.seconds == DAY else f"{at:%m-%d %H:%M}"


def _values(district: str, series: Series, subjects: Sequence[str], axis: _Axis) -> dict[str, list[str]]:
    """Of each subject that has a line, its value in every cell as text; empty for none."""
    lines = lines_by_subject(district, series.name, subjects)
    told = {number: [""] * axis.size for number in lines.values()}
    for line, at, _, value, *_ in holding_rows(list(told), axis.first, axis.last).rows.tolist():
        cell = axis.cell(instant_of(at))
        if 0 <= cell < axis.size:
            told[line][cell] = shown(None if value == NONE else value, axis.decimals)
    return {subject: told[number] for subject, number in lines.items() if any(told[number])}


def _mean(values: Sequence[str]) -> float:
    known = [float(value) for value in values if value]
    return sum(known) / len(known) if known else 0.0


def _strip(panel: StripPanel, axis: _Axis, name: str, url: str, values: Sequence[str]) -> Strip:
    cells, counts = [], [0] * len(panel.bands)
    for number, value in enumerate(values):
        if not value:
            cells.append((number, "band-none", f"{axis.said(number)}: {say(GAP)}"))
            continue
        place = _band(panel, float(value))
        counts[place] += 1
        cells.append((number, f"band-{panel.bands[place].colour}", f"{axis.said(number)}: {value}"))
    told = " · ".join(f"{say(band.name)} {count}" for band, count in zip(panel.bands, counts, strict=True) if count)
    share = 100 * sum(bool(value) for value in values) // len(values)
    newest = next((value for value in reversed(values) if value), "")
    return Strip(name, url, cells, len(values), told, newest, f"{share} %")


def _band(panel: StripPanel, value: float) -> int:
    bounds = [band.below for band in panel.bands]
    return next(n for n, bound in enumerate(bounds) if bound is None or value < bound)


def faults(programme: str, panel: StripPanel) -> Iterator[PanelFault]:
    """The series, the fields its subjects are found by, and the colours exist."""
    known = current_catalogue().series
    if panel.series not in known:
        yield ("series",), f"there is no series {panel.series!r}", f"one of {', '.join(known) or '-'}", "correct it"
        return
    kind = subject_type(known[panel.series].declared.subject)
    for name in panel.where:
        if name not in kind.found_by:
            yield ("where",), f"{kind.id} is not found by {name!r}", f"one of {', '.join(kind.found_by)}", "correct it"
    for band in panel.bands:
        if band.colour not in COLOURS:
            yield ("bands",), f"there is no colour {band.colour!r}", f"one of {', '.join(COLOURS)}", "correct it"


KIND = PanelKind("strip", "时段色带", "Values by time in colours", StripPanel, show, faults)
