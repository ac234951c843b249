"""`strip`: values of a series as coloured cells by time, a row for each subject, with the share of values that came.

Hours make a strip, days a calendar, months two years at a glance. The last column is that of the newest value; how far
back that lies is said. A line that began within the strip is asked for its values from then on only. Colours may follow
the share of what a field of the subject says: a limit, in the version that held at each time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
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
from bihuan.series.instants import instant_of, micros
from bihuan.series.providing import DeclaredLimits
from bihuan.series.rounding import shown
from bihuan.series.rules import SeriesLimit
from bihuan.series.store.reading import holding_rows, latest_values, lines_by_subject
from bihuan.series.store.rows import NONE
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker

COLOURS = ("good", "fair", "light", "middling", "heavy", "severe")
"""Names of the colours of bands, from good to bad."""
MOST_CELLS, MOST_SUBJECTS, HOUR, DAY, MONTH = 800, 500, 3_600, 86_400, 31 * 86_400
BEFORE = timedelta(days=400)
"""How far back of a strip it is looked whether a line has values already."""
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
    """A series; `where`: fields its subjects are found by; `days` back from the newest value; worst on top.

    `share_of`: a field of the subject, or LINK.FIELD; bands are then of the value divided by it.
    """

    series: Slug
    where: dict[Code, str] = {}
    days: int = Field(default=30, ge=1, le=1100)
    share_of: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")
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
        older = _older(district, series, sorted(values), axis)
    rows = sorted(values, key=lambda key: (-_mean(values[key]), key))[: panel.limit]
    limits = DeclaredLimits(district, here.registers.calendar)
    strips = [
        _strip(panel, axis, names[key], reverse("subjects-one", args=[kind.id, key]), values[key], key in older,
               _limit_at(limits, kind.id, key, panel.share_of))
        for key in rows
    ]  # fmt: skip
    bands = [Band(f"band-{band.colour}", say(band.name)) for band in panel.bands]
    return Shown(strips=strips, bands=bands, message=say(UNTIL).format(axis.said(axis.size - 1)))


class _Axis:
    """The cells of a strip: whole days of the series' zone, or pieces of its averaging, up to one that has a value."""

    def __init__(self, series: Series, last: datetime, days: int) -> None:
        declared = series.declared
        self.decimals, self.zone = declared.precision, ZoneInfo(declared.zone)
        window = declared.derive.window if declared.derive is not None else ""
        self.seconds = {"hour": HOUR, "month": MONTH}.get(window or "", declared.seconds)
        if self.seconds != MONTH and not 0 < self.seconds < DAY:
            self.seconds = DAY
        self.size = max(1, min(days * DAY // self.seconds + (self.seconds == MONTH), MOST_CELLS))
        local = last.astimezone(self.zone)
        self.end: date | datetime = local.date() if self.seconds >= DAY else last
        self.late = declared.seconds if declared.ends and self.seconds < DAY else 0
        first = self.begin(0)
        self.first, self.last = first.astimezone(UTC), last + timedelta(seconds=1)

    def begin(self, cell: int) -> datetime:
        back = self.size - 1 - cell
        if isinstance(self.end, datetime):
            return self.end - timedelta(seconds=back * self.seconds)
        if self.seconds == MONTH:
            year, month = divmod(self.end.year * 12 + self.end.month - 1 - back, 12)
            return datetime(year, month + 1, 1, tzinfo=self.zone)
        return datetime.combine(self.end - timedelta(days=back), datetime.min.time(), self.zone)

    def cell(self, at: datetime) -> int:
        if isinstance(self.end, datetime):
            return self.size - 1 - round((self.end - at).total_seconds() / self.seconds)
        day = at.astimezone(self.zone).date()
        if self.seconds == MONTH:
            return self.size - 1 - (self.end.year * 12 + self.end.month - day.year * 12 - day.month)
        return self.size - 1 - (self.end - day).days

    def said(self, cell: int) -> str:
        at = (self.begin(cell) + timedelta(seconds=self.late)).astimezone(self.zone)
        return f"{at:{'%Y-%m' if self.seconds == MONTH else '%Y-%m-%d' if self.seconds == DAY else '%m-%d %H:%M'}}"


def _values(district: str, series: Series, subjects: Sequence[str], axis: _Axis) -> dict[str, list[str]]:
    """Of each subject that has a line, its value in every cell as text; empty for none."""
    lines = lines_by_subject(district, series.name, subjects)
    told = {number: [""] * axis.size for number in lines.values()}
    for line, at, _, value, *_ in holding_rows(list(told), axis.first, axis.last).rows.tolist():
        cell = axis.cell(instant_of(at))
        if 0 <= cell < axis.size:
            told[line][cell] = shown(None if value == NONE else value, axis.decimals)
    return {subject: told[number] for subject, number in lines.items() if any(told[number])}


def _older(district: str, series: Series, subjects: Sequence[str], axis: _Axis) -> set[str]:
    """The subjects that had values before the strip begins."""
    lines = lines_by_subject(district, series.name, subjects)
    seen = set(holding_rows(list(lines.values()), axis.first - BEFORE, axis.first).rows["line"].tolist())
    return {subject for subject, line in lines.items() if line in seen}


def _limit_at(
    limits: DeclaredLimits, kind: str, key: str, field: str | None
) -> Callable[[datetime], float | None] | None:
    """Says what a field of a subject said at an instant; None where no field is asked for."""
    if field is None:
        return None
    held = limits.in_force(kind, key, SeriesLimit(field=field))
    begins = [each.first for each in held]

    def at(when: datetime) -> float | None:
        instant = micros(when.astimezone(UTC))
        place = bisect_right(begins, instant) - 1
        good = place >= 0 and instant < held[place].end and held[place].value > 0
        return float(held[place].value) if good else None

    return at


def _mean(values: Sequence[str]) -> float:
    known = [float(value) for value in values if value]
    return sum(known) / len(known) if known else 0.0


def _strip(
    panel: StripPanel, axis: _Axis, name: str, url: str, values: Sequence[str], older: bool,
    limit: Callable[[datetime], float | None] | None,
) -> Strip:  # fmt: skip
    cells, counts, newest = [], [0] * len(panel.bands), ""
    for number, value in enumerate(values):
        if not value:
            cells.append((number, "band-none", f"{axis.said(number)}: {say(GAP)}"))
            continue
        bound = limit(axis.begin(number)) if limit is not None else None
        newest = value if bound is None else f"{value} / {bound:g}"
        if limit is not None and bound is None:
            cells.append((number, "band-none", f"{axis.said(number)}: {value}"))
            continue
        place = _band(panel, float(value) / (bound or 1.0))
        counts[place] += 1
        cells.append((number, f"band-{panel.bands[place].colour}", f"{axis.said(number)}: {newest}"))
    told = " · ".join(f"{say(band.name)} {count}" for band, count in zip(panel.bands, counts, strict=True) if count)
    begun = 0 if older else next((n for n, value in enumerate(values) if value), 0)
    share = 100 * sum(bool(value) for value in values) // (len(values) - begun)
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
    if panel.share_of is not None and panel.share_of.partition(".")[0] not in kind.fields:
        yield ("share_of",), f"{kind.id} has no field {panel.share_of!r}", "a field of the subject", "correct it"
    for band in panel.bands:
        if band.colour not in COLOURS:
            yield ("bands",), f"there is no colour {band.colour!r}", f"one of {', '.join(COLOURS)}", "correct it"


KIND = PanelKind("strip", "时段色带", "Values by time in colours", StripPanel, show, faults)
