"""Whether a patrol walked its reach: covered share, speed, time, and whether the track was sent before.

In: fixes of tracks (track, reach, time, position; WGS-84 unless `crs` says gcj02 or bd09), reaches as lines (GeoJSON, WGS-84).
First that applies: `replayed` (as many fixes as an earlier valid track of the reach, none more than 3 m off), `too_fast` (the
median speed between fixes), `outside` (fewer than half of the fixes within the buffer), `too_brief`, `short` (covered share
under `min_share`), `valid`. A verdict is a reason to ask, never a penalty. `datum`: it would fit as GCJ-02.
Out: one row a track. Lengths in a projection of the ellipsoid at each reach; fixes × segments of the reach.
Source: packs E52; OGC 18-075 (tracks); docs/adr/0341-patrols.md.
Compared with: shapely buffers in a metric projection, within .02 (tests/methods/test_patrols.py).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.places.coordinates import to_wgs84
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.along import Floats
from bihuan.methods.parts.patrols import (
    OUTSIDE,
    PatrolJudge,
    PatrolTerms,
    ReachLine,
    WalkedTrack,
    fits_shifted,
    lines_of,
)

SYSTEMS = {"wgs84": "WGS-84", "cgcs2000": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}


def judge_patrols(given: Given) -> Answer:
    """The verdict on every track. Source: docs/adr/0341-patrols.md."""
    reaches = lines_of(given["reaches"])
    tracks = _tracks(given, reaches)
    terms = PatrolTerms(*(float(given.option(name)) for name in ("buffer_m", "min_share", "max_kmh", "min_minutes")))
    told, judge = [], PatrolJudge()
    for track in sorted(tracks, key=lambda each: (int(each.seconds[0]), each.name)):
        reach = reaches[track.reach]
        verdict, measures, origin = judge.judge(track, reach, terms)
        shifted = verdict == OUTSIDE and fits_shifted(reach, track.degrees, terms.buffer_m)
        row = {"track": track.name, "reach": track.reach, "verdict": verdict, "replay_of": origin,
               "datum": "gcj02" if shifted else "", **measures._asdict()}  # fmt: skip
        told.append(row)
    return Answer({column.name: [_shown(row[column.name]) for row in told] for column in METHOD.output})


def _shown(value: Any) -> Any:
    return f"{value:.4f}" if isinstance(value, float) else value


def _tracks(given: Given, reaches: dict[str, ReachLine]) -> list[WalkedTrack]:
    """The tracks in order of their fixes; a fix off the earth, of no reach or of a second reach is rejected."""
    table = given["tracks"]
    lon, lat, seconds = table["lon"].floats(), table["lat"].floats(), table["time"].seconds()
    good = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    for row in np.flatnonzero(~good).tolist():
        table.refuse(row, "lon", "不是地球上的位置 · no place on earth", "经度在前 · longitude first, in degrees")
    degrees = _in_wgs84(table, np.column_stack([lon, lat]), good, given.option("crs"))
    names, of = table["track"].text(), table["reach"].text()
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(good).tolist():
        rows[names[row]].append(row)
    found = []
    for name, mine in sorted(rows.items()):
        reach = of[mine[0]]
        wrong = [row for row in mine if of[row] != reach or of[row] not in reaches]
        for row in wrong:
            table.refuse(
                row,
                "reach",
                "没有这一河段，或一条轨迹两个河段 · no such reach, or two of one track",
                "改正 · correct it",
            )
        if wrong:
            continue
        order = np.array(mine)[np.argsort(seconds[mine], kind="stable")]
        found.append(WalkedTrack(name, reach, seconds[order], degrees[order]))
    return found


def _in_wgs84(table: Table, degrees: Floats, good: NDArray[np.bool_], default: str) -> Floats:
    systems = [word or default for word in table["crs"].values()]
    for row in np.flatnonzero(good).tolist():
        if SYSTEMS[systems[row]] != "WGS-84":
            degrees[row] = to_wgs84(float(degrees[row, 0]), float(degrees[row, 1]), SYSTEMS[systems[row]])
    return degrees


_CRS = one_of(wgs84="WGS-84|WGS 84", cgcs2000="CGCS2000|CGCS2000", gcj02="GCJ-02|GCJ-02", bd09="BD-09|BD-09")
METHOD = Method(
    name="patrol-coverage",
    zh="巡河轨迹核验",
    en="Whether patrols walked their reach",
    inputs=(
        Input(
            "tracks", "轨迹", "Tracks",
            (
                Column("track", "轨迹", "Track"), Column("reach", "河段", "Reach"), Column("time", "时间", "Time", "instant"),
                Column("lon", "经度", "Longitude", "real", unit="°"), Column("lat", "纬度", "Latitude", "real", unit="°"),
                Column("crs", "坐标系", "Datum", "choice", required=False, absent=True, choices=_CRS),
            ),
        ),
        Input("reaches", "河段", "Reaches", (Column("reach", "河段", "Reach"),), kind="geojson"),
    ),
    options=(
        Option("buffer_m", "缓冲距离", "Distance that counts as along the reach", "real", default="50", unit="m"),
        Option("min_share", "最低覆盖率", "Share of the reach that must be covered", "real", default="0.8"),
        Option("max_kmh", "最高中位速度", "Median speed that is still a patrol", "real", default="25", unit="km/h"),
        Option("min_minutes", "最短时长", "Time that a patrol takes at least", "real", default="10", unit="min"),
        Option("crs", "坐标系", "Datum of positions that say none", "choice", default="wgs84", choices=_CRS),
    ),
    output=(
        Column("track", "轨迹", "Track"), Column("reach", "河段", "Reach"),
        Column("covered", "覆盖率", "Covered share", "real"),
        Column("verdict", "结论", "Verdict", "choice", choices=one_of(
            replayed="重复轨迹|Replayed", too_fast="过快|Too fast", outside="不在河段|Outside", too_brief="过短时|Too brief",
            short="覆盖不足|Short", valid="有效|Valid")),
        Column("replay_of", "重复自", "Replay of", required=False),
        Column("datum", "疑似坐标系", "Datum it would fit", required=False),
        Column("inside", "缓冲内比例", "Share of fixes within the buffer", "real"),
        Column("kmh", "中位速度", "Median speed", "real", unit="km/h"), Column("minutes", "时长", "Duration", "real", unit="min"),
        Column("fixes", "定位数", "Fixes", "count"),
    ),
    key=("track",),
    run=judge_patrols,
    source="packs E52; OGC 18-075",
    peer="shapely buffers in a metric projection",
    error="coverage within .02",
    cost="fixes × segments",
)  # fmt: skip
