"""How often fire lanes were blocked lately, when photographs and calls tell of one blockage several times.

In: SIGHTINGS (instant, where; `void_on` of those found to be none) and LANES (where). A sighting belongs to the nearest lane within `metres`; others belong to
none and are counted (`nowhere`). At a lane, sightings that follow each other within `hours` are one blockage, which counts on
the instant of its first one. Looked at are blockages that began within `days` before `at`.
Out: for each lane the blockages and sightings in that time, when the last blockage began, and `repeated` from the
`times`-th on, else `blocked` or `clear`. Metres on the plane at the lanes' latitude: 0.01 % over a hundred metres. n log n.
Source: 消防法（2021修正）第二十八条、第六十条; times, days, hours and metres are working values.
Compared with: sightings one by one against every lane on the sphere; scikit-learn's BallTree (tests/methods/test_fires.py).
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import cos, radians

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from bihuan.methods.declared.cells import ZONE
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

METRES_A_DEGREE = 6_371_008.8 * radians(1)
HOUR, DAY = 3_600, 86_400
type Whole = NDArray[np.int64]


def count_blocks(given: Given) -> Answer:
    """Blockages of every lane. Source: 消防法（2021修正）第二十八条."""
    lanes, sightings = given["lanes"], given["sightings"]
    at = _second(given.option("at"))
    names = lanes["lane"].text()
    order = sorted(range(len(names)), key=names.__getitem__)  # of two lanes equally near the first by name
    seen = sightings["seen"].mapped(_second, 0, np.int64)
    nearest = _nearest(sightings, lanes, np.array(order, np.int64), float(given.option("metres")))
    counts = (nearest >= 0) & (seen <= at) & ~sightings["void_on"].known  # what was found to be none is no blockage
    began, of, size = _blockages(nearest[counts], seen[counts], int(float(given.option("hours")) * HOUR))
    inside = began > at - int(given.option("days")) * DAY
    many = np.bincount(of[inside], minlength=len(names))
    looks = np.bincount(of[inside], weights=size[inside], minlength=len(names)).astype(np.int64)
    last = np.full(len(names), -1, np.int64)
    np.maximum.at(last, of[inside], began[inside])
    state = np.where(many >= int(given.option("times")), "repeated", np.where(many > 0, "blocked", "clear"))
    columns = {
        "lane": names,
        "blocks": many.tolist(),
        "sightings": looks.tolist(),
        "last": [
            "" if second < 0 else datetime.fromtimestamp(second, UTC).astimezone(ZONE).isoformat()
            for second in last.tolist()
        ],
        "state": state.tolist(),
    }
    facts = {"nowhere": int((nearest < 0).sum()), "repeated": int((state == "repeated").sum())}
    return Answer(columns, facts=facts)


def _nearest(sightings: Table, lanes: Table, order: Whole, metres: float) -> Whole:
    """The row of the nearest lane of each sighting, -1 where none is near enough."""
    if not len(order) or not len(sightings):
        return np.full(len(sightings), -1, np.int64)
    lat = lanes["lat"].floats()
    shrink = cos(radians(float(lat.mean())))
    here = _plane(sightings, shrink)
    there = _plane(lanes, shrink)[order]
    apart, which = cKDTree(there).query(here, distance_upper_bound=np.nextafter(metres, np.inf))
    found: Whole = np.where(np.isfinite(apart), order[np.minimum(which, len(order) - 1)], -1)
    return found


def _plane(table: Table, shrink: float) -> NDArray[np.float64]:
    return np.column_stack([table["lon"].floats() * shrink, table["lat"].floats()]) * METRES_A_DEGREE


def _blockages(lane: Whole, seen: Whole, gap: int) -> tuple[Whole, Whole, Whole]:
    """When each blockage began, at which lane, and how many sightings it has."""
    if not len(lane):
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    order = np.lexsort((seen, lane))
    lane, seen = lane[order], seen[order]
    begins = np.ones(len(lane), bool)
    begins[1:] = (lane[1:] != lane[:-1]) | (seen[1:] - seen[:-1] > gap)
    starts = np.flatnonzero(begins)
    return seen[starts], lane[starts], np.diff(np.append(starts, len(lane)))


def _second(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=ZONE)).timestamp())


def _where() -> tuple[Column, Column]:
    return Column("lon", "经度", "Longitude", "decimal"), Column("lat", "纬度", "Latitude", "decimal")


METHOD = Method(
    name="lane-blocks",
    zh="消防车通道占用次数",
    en="Blockages of fire lanes, each counted once",
    inputs=(
        Input(
            "sightings",
            "占用记录",
            "Sightings",
            (
                Column("sighting", "记录编号", "Sighting"),
                Column("seen", "时间", "Seen at", "instant"),
                *_where(),
                Column("void_on", "核实不成立", "Found to be none on", "date", required=False, absent=True),
            ),
            unique=("sighting",),
        ),
        Input("lanes", "消防车通道", "Fire lanes", (Column("lane", "通道", "Lane"), *_where()), unique=("lane",)),
    ),
    options=(
        Option("at", "截至时刻", "As of the instant", "instant"),
        Option("days", "天数", "Days back", "count", "30"),
        Option("times", "次数", "Blockages that count as repeated", "count", "3"),
        Option("hours", "并为一次的间隔", "Gap within which it is the same blockage", "decimal", "6", unit="h"),
        Option("metres", "距离", "Farthest from the lane", "decimal", "40", unit="m"),
    ),
    output=(
        Column("lane", "通道", "Lane"),
        Column("blocks", "占用次数", "Blockages", "count"),
        Column("sightings", "记录数", "Sightings", "count"),
        Column("last", "最近一次", "Last began", "instant", required=False),
        Column(
            "state",
            "状态",
            "State",
            "choice",
            choices=one_of(repeated="反复占用|Again and again", blocked="曾被占用|Blocked", clear="未见占用|Clear"),
        ),
    ),
    facts=(
        AnswerKey("nowhere", "不在任何通道附近的记录", "Sightings near no lane", {"type": "integer"}),
        AnswerKey("repeated", "反复占用的通道", "Lanes blocked again and again", {"type": "integer"}),
    ),
    key=("lane",),
    run=count_blocks,
    source="消防法（2021修正）第二十八条、第六十条",
    peer="sklearn.neighbors.BallTree, and sightings one by one",
    error="0.01 % of the distance",
)
