"""A track beside its reach: how much of the line it covered, how fast, how long, and the first thing that is wrong.

A track is fixes in WGS-84 with seconds; a reach is one or more lines. What a patrol owes (time, share, metres, speed) comes as
`PatrolTerms`, from options or from a dated table, because counties differ. Registers keep a track as a line and the seconds
between its fixes (`steps`: `30x18 600` is eighteen times thirty seconds and once six hundred).
Source: docs/adr/0341-patrols.md; docs/adr/0345-duties-of-patrols.md; OGC 19-045 Moving Features (a line with its instants).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.places.coordinates import to_wgs84
from bihuan.methods.declared.tables import Table
from bihuan.methods.parts.along import Floats, covered_length, distances_to, length_of, metres_of
from bihuan.rules.resolved import Resolved

SAME_M, KMH, HALF = 3.0, 3.6, 0.5
REPLAYED, TOO_FAST, OUTSIDE, TOO_BRIEF, SHORT, VALID = "replayed", "too_fast", "outside", "too_brief", "short", "valid"
SUSPECT = frozenset({REPLAYED, TOO_FAST, OUTSIDE})
"""Verdicts that ask whether somebody walked at all; the others only say that it was not enough."""
LINE_FAULT = "应为带 reach 的线 · must be a line with `reach`"
TWICE = "河段重复 · this reach was given before"


class ReachLine(NamedTuple):
    """A reach in metres about its middle, and how long it is."""

    middle: tuple[float, float]
    lines: tuple[Floats, ...]
    length: float


class WalkedTrack(NamedTuple):
    """A track: name, reach, seconds since 1970, degrees in WGS-84."""

    name: str
    reach: str
    seconds: NDArray[np.int64]
    degrees: Floats


class PatrolTerms(NamedTuple):
    """What makes a track a patrol.

    Args:
        buffer_m: Metres that count as along the reach. min_share: Of the reach. max_kmh: Median speed.
        min_minutes: Time. min_metres: Of the reach, or the whole of a shorter one.
    """

    buffer_m: float
    min_share: float
    max_kmh: float
    min_minutes: float
    min_metres: float = 0.0


class PatrolMeasures(NamedTuple):
    """What a track shows: covered share of the reach and metres, share of fixes nearby, median km/h, minutes, fixes."""

    covered: float
    metres: float
    inside: float
    kmh: float
    minutes: float
    fixes: int


class PatrolVerdict(NamedTuple):
    """A verdict, what it rests on, and the earlier track that was sent again."""

    verdict: str
    measures: PatrolMeasures
    replay_of: str = ""


class PatrolJudge:
    """Judges tracks in the order of their beginnings; what it called valid cannot be sent again for the same reach."""

    def __init__(self) -> None:
        self._kept: defaultdict[tuple[str, int], list[tuple[str, Floats]]] = defaultdict(list)

    def judge(self, track: WalkedTrack, reach: ReachLine, terms: PatrolTerms) -> PatrolVerdict:
        """The first thing that is wrong with a track. Source: docs/adr/0341-patrols.md (3)."""
        points = metres_of(track.degrees, reach.middle)
        measures = measure_track(reach, track.seconds, points, terms.buffer_m)
        earlier = self._kept[track.reach, len(points)]
        origin = next((name for name, other in earlier if _same(track.degrees, other, reach)), "")
        verdict = REPLAYED if origin else _wrong(measures, reach, terms)
        if verdict == VALID:
            earlier.append((track.name, track.degrees))
        return PatrolVerdict(verdict, measures, origin)


def _same(degrees: Floats, other: Floats, reach: ReachLine) -> bool:
    apart = metres_of(degrees, reach.middle) - metres_of(other, reach.middle)
    return bool((np.hypot(*apart.T) <= SAME_M).all())


def measure_track(reach: ReachLine, seconds: NDArray[np.int64], points: Floats, buffer: float) -> PatrolMeasures:
    """What a track shows of its reach; `points` in metres about its middle. Source: docs/adr/0341-patrols.md (1, 2)."""
    metres = sum(covered_length(line, points, buffer) for line in reach.lines)
    apart, steps = np.diff(seconds), np.hypot(*np.diff(points, axis=0).T)
    speeds = steps[apart > 0] / apart[apart > 0] * KMH
    return PatrolMeasures(
        float(metres / reach.length), float(metres), share_near(reach, points, buffer),
        float(np.median(speeds)) if len(speeds) else 0.0, float((seconds[-1] - seconds[0]) / 60), len(points),
    )  # fmt: skip


def share_near(reach: ReachLine, points: Floats, buffer: float) -> float:
    """The share of fixes within a distance of the reach. Source: docs/adr/0341-patrols.md (3)."""
    return float((np.min([distances_to(points, line) for line in reach.lines], axis=0) <= buffer).mean())


def _wrong(measures: PatrolMeasures, reach: ReachLine, terms: PatrolTerms) -> str:
    if measures.kmh > terms.max_kmh:
        return TOO_FAST
    if measures.inside < HALF:
        return OUTSIDE
    if measures.minutes < terms.min_minutes:
        return TOO_BRIEF
    owed = min(terms.min_metres, reach.length)
    return SHORT if measures.covered < terms.min_share or measures.metres < owed - 0.5 else VALID


def fits_shifted(reach: ReachLine, degrees: Floats, buffer: float) -> bool:
    """Whether a track would lie along the reach, had its positions been GCJ-02. Source: docs/adr/0341-patrols.md (2)."""
    shifted = np.array([to_wgs84(lon, lat, "GCJ-02") for lon, lat in degrees.tolist()])
    return share_near(reach, metres_of(shifted, reach.middle), buffer) >= HALF


def line_of(shape: Any) -> ReachLine | None:
    """A line, or several, as a reach; None for another shape. Source: RFC 7946 §3.1.4."""
    parts = list(getattr(shape, "geoms", [shape]))
    if shape is None or shape.is_empty or any(part.geom_type != "LineString" for part in parts):
        return None
    middle = (float(shape.centroid.x), float(shape.centroid.y))
    lines = tuple(metres_of(np.array(part.coords, dtype=np.float64)[:, :2], middle) for part in parts)
    return ReachLine(middle, lines, sum(length_of(line) for line in lines) or 1.0)


def lines_of(table: Table) -> dict[str, ReachLine]:
    """The lines of a file by their reach; what is no line, or comes twice, is rejected. Source: RFC 7946."""
    found: dict[str, ReachLine] = {}
    for place, feature in enumerate(table.features):
        name, line = str(feature.properties.get("reach") or ""), line_of(feature.geometry)
        if not name or line is None:
            table.refuse(place, "reach", LINE_FAULT, "改正 · correct it")
        elif name in found:
            table.refuse(place, "reach", TWICE, "删去一条 · remove one")
        else:
            found[name] = line
    return found


def steps_text(seconds: Iterable[int]) -> str:
    """Seconds between fixes in a row, written short. Source: docs/adr/0345-duties-of-patrols.md (2)."""
    times = [int(each) for each in seconds]
    apart = [b - a for a, b in pairwise(times)]
    runs = ((step, len(list(same))) for step, same in groupby(apart))
    return " ".join(f"{step}x{count}" if count > 1 else f"{step}" for step, count in runs)


def seconds_of(begun: int, steps: str) -> NDArray[np.int64]:
    """The seconds since 1970 of each fix.

    Raises:
        ValueError: the text is no list of steps, or time runs backwards.

    Source: docs/adr/0345-duties-of-patrols.md (2).
    """
    apart: list[int] = []
    for part in steps.split():
        step, _, count = part.partition("x")
        apart += [int(step)] * int(count or 1)
    if any(step < 0 for step in apart):
        raise ValueError("a step runs backwards")
    return begun + np.concatenate([[0], np.cumsum(np.array(apart, dtype=np.int64))]).astype(np.int64)


def terms_of(said: Resolved, buffer: float) -> PatrolTerms:
    """What a row of the table `water.patrol` asks of a track. Source: docs/adr/0345-duties-of-patrols.md (1)."""
    return PatrolTerms(
        buffer, float(str(said["min_share"])) / 100, float(str(said["max_kmh"])), float(str(said["min_minutes"])),
        float(str(said["min_metres"])),
    )  # fmt: skip
