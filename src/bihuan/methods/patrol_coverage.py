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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.places.coordinates import to_wgs84
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.along import Floats, covered_length, distances_to, length_of, metres_of

SAME_M = 3.0
KMH = 3.6
SYSTEMS = {"wgs84": "WGS-84", "cgcs2000": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}
HALF = 0.5


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


def judge_patrols(given: Given) -> Answer:
    """The verdict on every track. Source: docs/adr/0341-patrols.md."""
    reaches = _reaches(given["reaches"])
    tracks = _tracks(given, reaches)
    told: list[dict[str, Any]] = []
    kept: defaultdict[tuple[str, int], list[tuple[str, Floats]]] = defaultdict(list)
    for track in sorted(tracks, key=lambda each: (int(each.seconds[0]), each.name)):
        reach = reaches[track.reach]
        points = metres_of(track.degrees, reach.middle)
        row = {
            "track": track.name,
            "reach": track.reach,
            "replay_of": "",
            "datum": "",
            **_measured(reach, track, points, given),
        }
        earlier = kept[track.reach, len(points)]
        origin = next((name for name, other in earlier if _same(points, other)), "")
        row["replay_of"] = origin
        row["verdict"] = "replayed" if origin else _verdict(row, given)
        if row["verdict"] == "outside":
            row["datum"] = _datum(reach, track, given)
        if row["verdict"] == "valid":
            earlier.append((track.name, points))
        told.append(row)
    return Answer({column.name: [_shown(row[column.name]) for row in told] for column in METHOD.output})


def _shown(value: Any) -> Any:
    return f"{value:.4f}" if isinstance(value, float) else value


def _same(points: Floats, other: Floats) -> bool:
    return bool((np.hypot(*(points - other).T) <= SAME_M).all())


def _measured(reach: ReachLine, track: WalkedTrack, points: Floats, given: Given) -> dict[str, Any]:
    buffer = float(given.option("buffer_m"))
    covered = sum(covered_length(line, points, buffer) for line in reach.lines) / reach.length
    near = np.min([distances_to(points, line) for line in reach.lines], axis=0) <= buffer
    apart, steps = np.diff(track.seconds), np.hypot(*np.diff(points, axis=0).T)
    speeds = steps[apart > 0] / apart[apart > 0] * KMH
    return {
        "covered": float(covered),
        "inside": float(near.mean()),
        "kmh": float(np.median(speeds)) if len(speeds) else 0.0,
        "minutes": float((track.seconds[-1] - track.seconds[0]) / 60),
        "fixes": len(points),
    }


def _verdict(row: dict[str, Any], given: Given) -> str:
    if row["kmh"] > float(given.option("max_kmh")):
        return "too_fast"
    if row["inside"] < HALF:
        return "outside"
    if row["minutes"] < float(given.option("min_minutes")):
        return "too_brief"
    return "short" if row["covered"] < float(given.option("min_share")) else "valid"


def _datum(reach: ReachLine, track: WalkedTrack, given: Given) -> str:
    """`gcj02` where a track that lies outside would lie within, had its positions been of that datum."""
    shifted = np.array([to_wgs84(lon, lat, SYSTEMS["gcj02"]) for lon, lat in track.degrees.tolist()])
    points = metres_of(shifted, reach.middle)
    near = np.min([distances_to(points, line) for line in reach.lines], axis=0) <= float(given.option("buffer_m"))
    return "gcj02" if near.mean() >= HALF else ""


def _reaches(table: Table) -> dict[str, ReachLine]:
    found: dict[str, ReachLine] = {}
    for place, feature in enumerate(table.features):
        name, shape = str(feature.properties.get("reach") or ""), feature.geometry
        parts = list(getattr(shape, "geoms", [shape]))
        if not name or any(part.geom_type != "LineString" for part in parts) or shape.is_empty:
            table.refuse(place, "reach", "应为带 reach 的线 · must be a line with `reach`", "改正 · correct it")
            continue
        if name in found:
            table.refuse(place, "reach", "河段重复 · this reach was given before", "删去一条 · remove one")
            continue
        middle = (float(shape.centroid.x), float(shape.centroid.y))
        lines = tuple(metres_of(np.array(part.coords, dtype=np.float64)[:, :2], middle) for part in parts)
        found[name] = ReachLine(middle, lines, sum(length_of(line) for line in lines) or 1.0)
    return found


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
