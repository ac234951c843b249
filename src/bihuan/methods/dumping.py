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

from bihuan.methods.declared.cells import second_text
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.tracks import StandingStill, metres_apart, metres_outside, stops_of, track_columns


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
    out: list[tuple[str, str, str, str, str, str, str]] = []
    for plate, placed in _stops(given["tracks"], given).items():
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
    """The stops of every truck in order of time."""
    plates = sorted(set(tracks["plate"].words))
    number = tracks["plate"].mapped({plate: n for n, plate in enumerate(plates)}.__getitem__, -1, np.int64)
    lon, lat, speed = (tracks[name].floats() for name in ("lon", "lat", "speed_kmh"))
    columns = track_columns(number, tracks["time"].seconds(), lon, lat, speed)
    stop_kmh, step_m, least = (float(given.option(name)) for name in ("stop_kmh", "step_m", "min_minutes"))
    found: dict[str, list[Stop]] = {}
    for each in _placed(stops_of(columns, stop_kmh, step_m, least), given["sites"], float(given.option("margin_m"))):
        found.setdefault(plates[each[0]], []).append(each[1])
    return found


def _placed(stops: list[StandingStill], sites: Table, margin: float) -> list[tuple[int, Stop]]:
    """Each stop with the site it is in; positions may lie up to the margin outside."""
    x, y = np.array([each.x for each in stops]), np.array([each.y for each in stops])
    names = [(str(each.properties["site"]), str(each.properties["kind"])) for each in sites.features]
    metres = metres_outside(x, y, [each.geometry for each in sites.features])
    placed = []
    for stop, row in zip(stops, metres, strict=True):
        near = [(row[n], *names[n]) for n in np.flatnonzero(row <= margin).tolist()]
        _, site, kind = min(near, default=(0.0, "", ""))
        placed.append((stop.vehicle, Stop(stop.first, stop.last, stop.x, stop.y, kind, site)))
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
        return sum(float(metres_apart(*(np.array([v]) for v in (a.x, a.y, b.x, b.y)))[0]) for a, b in legs)

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
