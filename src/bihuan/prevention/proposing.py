"""Candidates of a weekly plan: the hottest cells of next week and some of areas that rarely report. No Django."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.faults import Fault
from bihuan.insight.forecast.cells import hexagon_cells
from bihuan.insight.forecast.choose import Candidate
from bihuan.insight.forecast.ranking import hotspots

STREET = 9  # digits of an official area code down to the sub-district
RARE = 0.25  # the quarter of the areas with the fewest reports
NAMED = "prevention-"  # how the campaigns of plans begin
WIDER = 3  # candidates per visit: a choice needs more places than visits


class PlanError(Fault, ValueError):
    """A plan that cannot be made or judged; says the remedy."""

    remedy = "`bihuan prevent list` shows what there is"


@dataclass(frozen=True, slots=True)
class ProposedVisit:
    """A candidate with its place.

    Args:
        candidate: As the choice sees it.
        lon_e6, lat_e6: Centre, degrees × 10⁶.
        area: The area most of its reports name.
        why: zh · en.
    """

    candidate: Candidate
    lon_e6: int
    lat_e6: int
    area: str
    why: str

    def line(self) -> str:
        """One line of the published list; whole numbers, so that it has one form.

        Source: docs/topics/prevention.md (1).
        """
        c = self.candidate
        numbers = f"{int(c.rare)} {c.waited} {self.lon_e6} {self.lat_e6}"
        return f"{c.id} {round(c.gain * 1000)} {c.stratum} {numbers} {self.area}"


def parse_spot(line: str) -> ProposedVisit:
    """Return the spot of a published line. Source: docs/topics/prevention.md (1): the line is what was published."""
    cell, gain, stratum, rare, waited, lon, lat, area = line.split(" ")
    candidate = Candidate(cell, int(gain) / 1000, stratum, rare == "1", waited=int(waited))
    return ProposedVisit(candidate, int(lon), int(lat), area, "")


def propose_candidates(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    days: NDArray[np.datetime64],
    areas: Sequence[str],
    types: Sequence[str],
    capacity: int,
    seed: int = 0,
    waited: Mapping[str, int] | None = None,
    resting: Collection[str] = (),
) -> tuple[date, list[ProposedVisit]]:
    """Return the candidates for the week after the last report.

    Args:
        lon, lat: Degrees WGS-84 of past reports, NaN where unknown, shape (n,).
        days: Local days, datetime64[D], shape (n,).
        areas: Official area code of each report, '' where unknown.
        types: Kind of problem of each.
        capacity: Visits of the week; three times as many candidates are proposed, hottest first.
        seed: Of the forecast.
        waited: How many plans in a row each cell was drawn to wait; such a cell stays a candidate.
        resting: Cells drawn in the last `RESTS` weeks; they are no candidates.

    Raises:
        bihuan.insight.forecast.model.TooLittle: fewer than four weeks of reports with a place.

    Source: docs/topics/prevention.md (1); docs/topics/forecast.md (hot spots).
    """
    cells = hexagon_cells(lon, lat)
    found = hotspots(cells, days, [t.split(".")[0] for t in types], seed=seed)
    named = _areas(cells.of_report, areas)
    rare = _rare(areas)
    order = np.argsort(found.rank, kind="stable")
    known = [i for i in order.tolist() if i in named and cells.ids[i] not in resting]
    hottest = known[: capacity * WIDER]
    quiet = [i for i in known[capacity * WIDER :] if named[i][:STREET] in rare][:capacity]
    proposed = {*hottest, *quiet}
    due = [i for i in known if (waited or {}).get(cells.ids[i]) and i not in proposed]
    return found.week, [_spot(found, cells, i, named[i], rare, waited or {}) for i in (*hottest, *quiet, *due)]


def _spot(found: Any, cells: Any, i: int, area: str, rare: frozenset[str], waited: Mapping[str, int]) -> ProposedVisit:
    street, cell = area[:STREET], cells.ids[i]
    gain = round(float(found.expected[i]), 3)
    candidate = Candidate(cell, gain, street, street in rare, waited=waited.get(cell, 0))
    return ProposedVisit(candidate, round(cells.lon[i] * 1e6), round(cells.lat[i] * 1e6), area, found.why[i])


def _areas(of_report: NDArray[np.intp], areas: Sequence[str]) -> dict[int, str]:
    """Cell → the area most of its reports name."""
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for cell, area in zip(of_report.tolist(), areas, strict=True):
        if cell >= 0 and area:
            counted[cell][area] += 1
    return {cell: min(names, key=lambda a: (-names[a], a)) for cell, names in counted.items()}


def _rare(areas: Sequence[str]) -> frozenset[str]:
    """Return the sub-districts that report least. By number: populations are not in the reports."""
    counted = Counter(area[:STREET] for area in areas if area)
    ranked = sorted(counted, key=lambda a: (counted[a], a))
    return frozenset(ranked[: int(len(ranked) * RARE)])
