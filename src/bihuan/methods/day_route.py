"""The order in which each person visits the stops of a day so that the way is short, with a bound that shows how short it is.

In: STOPS (id, whose day, position; `place`: the order that somebody decided, may be left out). Ways begin and end anywhere;
lengths are whole metres as the crow flies. Up to ten stops of a person the way is the shortest; above, `bound_m` lies below
every way and `gap` says how much longer than it ours may be at most. Where all stops of a person have a place, `decided_m`
is the length of that order. Out: one row a stop, in order; the JSON tells each person's day. Quadratic in a person's stops.
Source: M. Held, R. M. Karp (1970, 1971); docs/adr/0406-plans-as-decisions.md.
Compared with: every order of small sets, and 1-trees of random ones (tests/methods/test_day_route.py).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.tours import distances, length, short_tour

MOST = 100
"""Stops of one person's day; more is no day."""


def route_days(given: Given) -> Answer:
    """Each person's stops in order, and what each day's way measures. Source: docs/adr/0406-plans-as-decisions.md."""
    stops = given["stops"]
    lon, lat = stops["lon"].floats(), stops["lat"].floats()
    place, ids = stops["place"].values(), stops["id"].text()
    days: defaultdict[str, list[int]] = defaultdict(list)
    for row, whose in enumerate(stops["whose"].text()):
        if abs(lon[row]) > 180 or abs(lat[row]) > 90:
            stops.refuse(row, "lon", "不在地球上 · off the earth", "先经度后纬度 · longitude before latitude")
        else:
            days[whose].append(row)
    rows: list[tuple[str, int, str, int]] = []
    told: list[dict[str, Any]] = []
    for whose, mine in sorted(days.items()):
        if len(mine) > MOST:
            raise WrongCallError(
                f"{whose}：一天最多 {MOST} 处 · a day has at most {MOST} stops", "分到多人或多天 · share them out"
            )
        mine.sort(key=lambda row: ids[row])
        metres = distances([(float(lon[row]), float(lat[row])) for row in mine])
        tour = short_tour(metres)
        for number, at in enumerate(tour.order, 1):
            leg = int(metres[tour.order[number - 2], at]) if number > 1 else 0
            rows.append((whose, number, ids[mine[at]], leg))
        said = [place[row] for row in mine]
        by_place = sorted(range(len(mine)), key=lambda n: (said[n] or 0, ids[mine[n]]))
        told.append({
            "whose": whose, "stops": len(mine), "metres": tour.metres, "bound_m": tour.bound,
            "gap": f"{(tour.metres - tour.bound) / tour.bound if tour.bound else 0:.4f}",
            "decided_m": None if None in said else length(metres, by_place),
        })  # fmt: skip
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return Answer(dict(zip(("whose", "stop", "id", "leg_m"), map(list, columns), strict=True)), facts={"days": told})


_DAY = {
    "type": "array",
    "items": {"type": "object", "required": ["whose", "stops", "metres", "bound_m", "gap", "decided_m"]},
}
METHOD = Method(
    name="day-route",
    zh="一天的到访路线",
    en="The way through a day's stops",
    inputs=(
        Input(
            "stops", "到访点", "Stops",
            (
                Column("id", "编号", "Number"), Column("whose", "由谁", "Whose day"),
                Column("lon", "经度", "Longitude", "real", unit="°"), Column("lat", "纬度", "Latitude", "real", unit="°"),
                Column("place", "已定次序", "Decided order", "count", required=False, absent=True),
            ),
            unique=("id",),
        ),
    ),
    output=(
        Column("whose", "由谁", "Whose day"), Column("stop", "第几站", "Stop", "count"), Column("id", "编号", "Number"),
        Column("leg_m", "距上一站", "From the stop before", "number", unit="m"),
    ),
    key=("whose", "stop"),
    run=route_days,
    facts=(AnswerKey("days", "各人当日", "Each day", _DAY),),
    source="M. Held, R. M. Karp (1970, 1971)",
    peer="every order of small sets",
    cost="n²",
)  # fmt: skip
