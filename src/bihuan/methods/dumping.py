"""Suspected dumps: a loaded truck that stood outside every site and came back to a source or depot without a yard.

In: TRACKS of positions (plate, instant, longitude, latitude, speed) and SITES (GeoJSON polygons; source, yard, depot,
fuel). A stop is a run of positions at most `stop_kmh` fast and at most `step_m` apart, `min_minutes` long; the last one
counts though nobody drove away, a crawling jam is none. A truck is loaded after a stop in a source and empty after one
in a yard or depot. Stops outside every site between a source and the next source or depot, without a yard between, are
suspected; of several in one trip the one that is farthest from being a rest on the way, by the detour it makes. Lunch,
checks and breakdowns on the way to a yard, and rests of an empty truck, are not. Nothing decides a penalty.
Out: plate, from, to, place, the source of the load and why. Positions are WGS 84. n log n.
Source: 北京市建筑垃圾处置管理规定 (市政府令第293号); DESIGN §14 (tracks: stops, fences with a margin, gaps).
Compared with: planted days with look-alikes (tests/methods/test_dumping.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from bihuan.methods.declared.cells import second_text
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on the sphere of 6,371 km; longitude times the cosine."""
UNKNOWN_SPEED = -1.0


class Stop(NamedTuple):
    """A stay of a truck.

    Args:
        first, last: Seconds since 1970. x, y: Mean longitude and latitude. kind, site: Of the site it is in, or empty.
    """

    first: int
    last: int
    x: float
    y: float
    kind: str = ""
    site: str = ""


def suspect_dumps(given: Given) -> Answer:
    """The stops that look like dumps.

    Source: 市政府令第293号; DESIGN §14 (tracks).
    """
    tracks, sites = given["tracks"], given["sites"]
    out: list[tuple[str, str, str, str, str, str, str]] = []
    for plate, stops in _stops(tracks, given).items():
        placed = _placed(stops, sites, float(given.option("margin_m")))
        out += [
            (
                plate,
                second_text(s.first),
                second_text(s.last),
                f"{s.x:.6f}",
                f"{s.y:.6f}",
                source,
                _WHY.format(kind=after),
            )
            for s, source, after in _suspected(placed)
        ]
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)))


def _stops(tracks: Table, given: Given) -> dict[str, list[Stop]]:
    """The stops of every truck in order of time, found in one pass over sorted columns."""
    plates = sorted(set(tracks["plate"].words))
    number = tracks["plate"].mapped({plate: n for n, plate in enumerate(plates)}.__getitem__, -1, np.int64)
    second, lon, lat = tracks["time"].seconds(), tracks["lon"].floats(), tracks["lat"].floats()
    order = np.lexsort([lat, lon, second, number])
    number, second, lon, lat = number[order], second[order], lon[order], lat[order]
    speed = np.nan_to_num(tracks["speed_kmh"].floats()[order], nan=UNKNOWN_SPEED)
    if not len(order):
        return {}
    step = np.concatenate([[np.inf], _metres(lon[:-1], lat[:-1], lon[1:], lat[1:])])
    spell = np.concatenate([[1], np.diff(second)])
    speed = np.where(speed < 0, step / np.maximum(spell, 1) * 3.6, speed)
    slow = speed <= float(given.option("stop_kmh"))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (number[1:] != number[:-1]) | (slow[1:] != slow[:-1]) | (step[1:] > float(given.option("step_m")))
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(order)) - 1
    long = slow[starts] & (second[ends] - second[starts] >= float(given.option("min_minutes")) * 60)
    found: dict[str, list[Stop]] = {}
    for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True):
        x, y = float(np.median(lon[start : end + 1])), float(np.median(lat[start : end + 1]))
        found.setdefault(plates[number[start]], []).append(Stop(int(second[start]), int(second[end]), x, y))
    return found


def _metres(
    x1: NDArray[np.float64], y1: NDArray[np.float64], x2: NDArray[np.float64], y2: NDArray[np.float64]
) -> NDArray[np.float64]:
    east = (x2 - x1) * np.cos(np.radians((y1 + y2) / 2))
    metres: NDArray[np.float64] = np.hypot(east, y2 - y1) * METRES_PER_DEGREE
    return metres


def _placed(stops: list[Stop], sites: Table, margin: float) -> list[Stop]:
    """Each stop with the site it is in; positions may lie up to the margin outside."""
    placed = []
    for stop in stops:
        point = shapely.Point(stop.x, stop.y)
        near = []
        for feature in sites.features:
            x, y = np.array(shapely.shortest_line(feature.geometry, point).coords)[0]
            metres = float(_metres(np.array([x]), np.array([y]), np.array([stop.x]), np.array([stop.y]))[0])
            if metres <= margin:
                near.append((metres, str(feature.properties["site"]), str(feature.properties["kind"])))
        found = min(near, default=(0.0, "", ""))
        placed.append(stop._replace(site=found[1], kind=found[2]))
    return placed


def _suspected(stops: list[Stop]) -> list[tuple[Stop, str, str]]:
    """Suspected stops with the source of their load and the kind of site that came after."""
    found: list[tuple[Stop, str, str]] = []
    source: Stop | None = None
    outside: list[Stop] = []
    for stop in stops:
        if not stop.kind:
            outside += [stop] if source is not None else []
        elif stop.kind in ("source", "yard", "depot"):
            if source is not None and outside and stop.kind != "yard":
                found.append((_farthest(outside, source, stop), source.site, stop.kind))
            source, outside = (stop if stop.kind == "source" else None), []
    return found


def _farthest(outside: list[Stop], before: Stop, after: Stop) -> Stop:
    """Of several stops of one trip the one whose way round is longest: nobody dumps beside the road home."""

    def detour(stop: Stop) -> float:
        legs = ((before, stop), (stop, after))
        return sum(float(_metres(*(np.array([v]) for v in (a.x, a.y, b.x, b.y)))[0]) for a, b in legs)

    return max(outside, key=detour)


_NAMES = ("plate", "from", "to", "lon", "lat", "source", "reason")
_WHY = "满载离开工地后在场外停留，未进消纳场即到达 {kind} · stood outside every site when loaded, then reached a {kind} without a yard"
METHOD = Method(
    name="dumping",
    zh="疑似偷倒",
    en="Suspected dumps of loaded trucks",
    inputs=(
        Input(
            "tracks", "轨迹", "Tracks",
            (
                Column("plate", "车牌", "Plate"), Column("time", "时间", "Instant", "instant"),
                Column("lon", "经度", "Longitude", "real", unit="°"), Column("lat", "纬度", "Latitude", "real", unit="°"),
                Column("speed_kmh", "速度", "Speed", "real", required=False, absent=True, unit="km/h"),
            ),
        ),
        Input(
            "sites", "场所", "Sites",
            (
                Column("site", "场所", "Site"),
                Column("kind", "类别", "Kind", "choice", choices=one_of(
                    source="工地|Source", yard="消纳场|Yard", depot="车场|Depot", fuel="加油站|Fuel")),
            ),
            kind="geojson",
        ),
    ),
    options=(
        Option("stop_kmh", "停车速度", "Speed up to which it stands", "decimal", "3", unit="km/h"),
        Option("step_m", "最大位移", "Metres between positions of one stop", "decimal", "120", unit="m"),
        Option("min_minutes", "最短停留", "Shortest stop", "decimal", "4", unit="min"),
        Option("margin_m", "定位误差", "Metres a position may lie outside of its site", "decimal", "40", unit="m"),
    ),
    output=(
        Column("plate", "车牌", "Plate"), Column("from", "起", "From", "instant"), Column("to", "止", "To", "instant"),
        Column("lon", "经度", "Longitude", "real"), Column("lat", "纬度", "Latitude", "real"),
        Column("source", "来源工地", "Source of the load"), Column("reason", "理由", "Why"),
    ),
    key=("plate", "from"),
    run=suspect_dumps,
    source="市政府令第293号",
    peer="planted days with look-alikes",
    error="place within 200 m, start within 15 min",
)  # fmt: skip
