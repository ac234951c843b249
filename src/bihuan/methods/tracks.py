"""What positions say: stops, visits of fences, gaps, where each vehicle was last, and how much of the time is covered.

In: TRACKS of positions (plate, instant, longitude, latitude, speed) and SITES (GeoJSON). A stop is a run of positions at
most `stop_kmh` fast and `step_m` apart, `min_minutes` long; the last one counts though nobody drove away. A visit begins
with `confirm` positions inside a fence and ends with as many beyond `margin_m`; the first state is confirmed like any
other. A gap is longer than `gap_minutes`: neither stop nor move. `at`: later positions do not count.
Out: one row for each stop, visit, gap and last position. JSON: how many, and the share of the time between first and last
position that lies in no gap, in percent. Positions are WGS 84. n log n.
Source: DESIGN §14 (tracks); docs/adr/0311-tracks.md.
Compared with: a loop over positions (tests/methods/test_tracks.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np

from bihuan.methods.declared.cells import ZONE, second_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.tracks import TrackColumns, gaps_of, last_of, stops_of, track_columns, visits_of


class _Told(NamedTuple):
    plate: str
    what: str
    first: str
    last: str
    site: str = ""
    lon: str = ""
    lat: str = ""
    metres: str = ""


def read_tracks(given: Given) -> Answer:
    """Everything that is told of each vehicle. Source: docs/adr/0311-tracks.md."""
    tracks = given["tracks"]
    plates = sorted(set(tracks["plate"].words))
    number = tracks["plate"].mapped({plate: n for n, plate in enumerate(plates)}.__getitem__, -1, np.int64)
    lon, lat, speed = (tracks[name].floats() for name in ("lon", "lat", "speed_kmh"))
    seconds = tracks["time"].seconds()
    if given.option("at"):
        kept = seconds <= _second(str(given.option("at")))
        number, seconds, lon, lat, speed = number[kept], seconds[kept], lon[kept], lat[kept], speed[kept]
    columns = track_columns(number, seconds, lon, lat, speed)
    rows = list(_rows(columns, plates, given))
    counts = {f"{what}s": sum(row.what == what for row in rows) for what in ("stop", "visit", "gap")}
    out = dict(zip(_NAMES, map(list, zip(*rows, strict=True)), strict=True)) if rows else {name: [] for name in _NAMES}
    return Answer(
        out, facts={"vehicles": len(last_of(columns)), **counts, "coverage_percent": _coverage(columns, given)}
    )


def _rows(columns: TrackColumns, plates: list[str], given: Given) -> Iterator[_Told]:
    stop_kmh, step_m, least = (float(given.option(name)) for name in ("stop_kmh", "step_m", "min_minutes"))
    for stop in stops_of(columns, stop_kmh, step_m, least):
        times = second_text(stop.first), second_text(stop.last)
        yield _Told(plates[stop.vehicle], "stop", *times, "", f"{stop.x:.6f}", f"{stop.y:.6f}")
    sites = given["sites"].features
    fences = [each.geometry for each in sites]
    for visit in visits_of(columns, fences, float(given.option("margin_m")), int(given.option("confirm"))):
        times = second_text(visit.first), second_text(visit.last)
        yield _Told(plates[visit.vehicle], "visit", *times, str(sites[visit.fence].properties["site"]))
    for gap in gaps_of(columns, float(given.option("gap_minutes"))):
        times = second_text(gap.first), second_text(gap.last)
        yield _Told(plates[gap.vehicle], "gap", *times, metres=f"{gap.metres:.0f}")
    for place in last_of(columns):
        at = second_text(int(columns.second[place]))
        where = f"{columns.lon[place]:.6f}", f"{columns.lat[place]:.6f}"
        yield _Told(plates[int(columns.number[place])], "last", at, at, "", *where)


def _coverage(columns: TrackColumns, given: Given) -> str:
    """Percent of the time between first and last positions that lies in no gap, one decimal; 100 of no time."""
    starts = np.flatnonzero(columns.new)
    whole = sum(int(columns.second[b] - columns.second[a]) for a, b in zip(starts, last_of(columns), strict=True))
    silent = sum(each.last - each.first for each in gaps_of(columns, float(given.option("gap_minutes"))))
    return f"{1 - silent / whole:.1%}".removesuffix("%") if whole else "100.0"


def _second(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=ZONE)).timestamp())


_NAMES = ("plate", "what", "from", "to", "site", "lon", "lat", "metres")
METHOD = Method(
    name="tracks",
    zh="轨迹的停留、进出围栏、缺口",
    en="Stops, visits of fences and gaps in tracks",
    inputs=(
        Input(
            "tracks", "轨迹", "Tracks",
            (
                Column("plate", "车牌", "Plate"), Column("time", "时间", "Instant", "instant"),
                Column("lon", "经度", "Longitude", "real", unit="°"), Column("lat", "纬度", "Latitude", "real", unit="°"),
                Column("speed_kmh", "速度", "Speed", "real", required=False, absent=True, unit="km/h"),
            ),
        ),
        Input("sites", "围栏", "Fences", (Column("site", "场所", "Site"),), kind="geojson"),
    ),
    options=(
        Option("at", "截至时间", "Up to the instant", "instant", ""),
        Option("stop_kmh", "停车速度", "Speed up to which it stands", "decimal", "3", unit="km/h"),
        Option("step_m", "最大位移", "Metres between positions of one stop", "decimal", "120", unit="m"),
        Option("min_minutes", "最短停留", "Shortest stop", "decimal", "4", unit="min"),
        Option("margin_m", "围栏余量", "Metres beyond a fence that end a visit", "decimal", "40", unit="m"),
        Option("confirm", "确认次数", "Positions that confirm a state", "count", "2"),
        Option("gap_minutes", "缺口时长", "Silence that is a gap", "decimal", "10", unit="min"),
    ),
    output=(
        Column("plate", "车牌", "Plate"),
        Column("what", "内容", "What", "choice", choices=one_of(
            stop="停留|Stop", visit="在围栏内|Visit", gap="缺口|Gap", last="最后位置|Last position")),
        Column("from", "起", "From", "instant"), Column("to", "止", "To", "instant"),
        Column("site", "围栏", "Fence", required=False), Column("lon", "经度", "Longitude", "real", required=False),
        Column("lat", "纬度", "Latitude", "real", required=False),
        Column("metres", "缺口两端距离", "Metres across a gap", "real", required=False),
    ),
    facts=(
        AnswerKey("vehicles", "车辆", "Vehicles", {"type": "integer"}), AnswerKey("stops", "停留", "Stops", {"type": "integer"}),
        AnswerKey("visits", "进出", "Visits", {"type": "integer"}), AnswerKey("gaps", "缺口", "Gaps", {"type": "integer"}),
        AnswerKey("coverage_percent", "覆盖率", "Share of the time that is covered", {"type": "string"}),
    ),
    key=("plate", "from", "what", "site"),
    run=read_tracks,
    source="DESIGN §14",
    peer="a loop over positions",
    error="places to a metre, times to the second",
)  # fmt: skip
