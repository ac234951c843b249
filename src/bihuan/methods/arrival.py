"""Whether a unit that was called came, stayed and came in time, by the positions that it sent.

In: calls with the place, the instant, minutes allowed and the end; positions with their accuracy. Positions worse than
`accuracy` metres or before the call do not count; inside is at most `radius` metres from the place. Arrived is the first
position of the first run of at least two inside ones in a row that spans `stay` minutes. Without such a run: `passed_by`
when any position was inside, else `not_arrived`. With it: `left_early` (a position outside after the last inside one and
before the end, that last one more than `early` minutes before the end), `late` (after the minutes allowed), `arrived`.
Out: the instant as it was sent, and the verdict. Great circle on a sphere, whose error at 200 m is 0.6 m. n log n.
Source: IUGG mean radius (Moritz 2000); the bounds are working values. A track alone is a doubt, never a penalty.
Compared with: the rule read literally (tests/methods/test_whistles.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

EARTH, MINUTE, FEWEST = 6_371_008.8, 60, 2
type Ints = NDArray[np.int64]


class CallTimes(NamedTuple):
    """float64/int64[calls] place in radians, instants in seconds, minutes allowed; the end may be NO_DAY."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    called: Ints
    within: Ints
    finished: Ints


class Fixes(NamedTuple):
    """Positions that count, by call and time: int64[n] call, time, row of the table; bool[n] inside."""

    call: Ints
    time: Ints
    row: Ints
    inside: NDArray[np.bool_]


def judge_arrivals(given: Given) -> Answer:
    """When each unit that was called arrived, and the verdict. Source: rules in the module docstring."""
    calls, tracks = given["calls"], given["tracks"]
    place = {key: row for row, key in enumerate(zip(calls["call"].text(), calls["unit"].text(), strict=True))}
    times = CallTimes(
        np.radians(calls["lon"].floats()), np.radians(calls["lat"].floats()), calls["called_at"].seconds(),
        calls["within_min"].whole(), calls["finished_at"].seconds(),
    )  # fmt: skip
    fixes = _fixes(tracks, place, times, float(given.option("radius")), float(given.option("accuracy")))
    texts = tracks["time"].text()
    stay, early = (int(given.option(name)) * MINUTE for name in ("stay", "early"))
    bounds = np.searchsorted(fixes.call, np.arange(len(calls) + 1))
    rows: dict[str, list[Any]] = {"call": [], "unit": [], "arrived_at": [], "verdict": []}
    for (call, unit), number in place.items():
        part = slice(bounds[number], bounds[number + 1])
        first, verdict = _judge(fixes.time[part], fixes.inside[part], times, number, stay, early)
        rows["call"].append(call)
        rows["unit"].append(unit)
        rows["arrived_at"].append(texts[fixes.row[part][first]] if first is not None else None)
        rows["verdict"].append(verdict)
    return Answer(rows)


def _fixes(tracks: Table, place: dict[tuple[str, str], int], times: CallTimes, radius: float, accuracy: float) -> Fixes:
    """The positions that count."""
    call, unit = tracks["call"], tracks["unit"]
    pairs = call.codes.astype(np.int64) * (len(unit.texts) + 1) + unit.codes
    found, back = np.unique(pairs, return_inverse=True)
    known = [
        place.get((call.texts[pair // (len(unit.texts) + 1)], unit.texts[pair % (len(unit.texts) + 1)]), -1)
        for pair in found.tolist()
    ]
    which = np.array(known, dtype=np.int64)[back] if len(found) else np.zeros(0, dtype=np.int64)
    for row in np.flatnonzero(which < 0).tolist():
        tracks.refuse(row, "call", "没有此次调度 · nobody was called so", "更正调度与单位 · correct call and unit")
    time, error = tracks["time"].seconds(), tracks["accuracy_m"].floats()
    counts = (which >= 0) & (time >= times.called[which]) & ~(error > accuracy)
    lon, lat = np.radians(tracks["lon"].floats()), np.radians(tracks["lat"].floats())
    inside = _metres(lon, lat, times.lon[which], times.lat[which]) <= radius if len(which) else counts
    kept = np.flatnonzero(counts)
    order = kept[np.lexsort((lat[kept], lon[kept], inside[kept], time[kept], which[kept]))]
    return Fixes(which[order], time[order], order, inside[order])


def _metres(
    lon: NDArray[np.float64], lat: NDArray[np.float64], to_lon: NDArray[np.float64], to_lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    half = np.sin((lat - to_lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((lon - to_lon) / 2) ** 2
    metres: NDArray[np.float64] = 2 * EARTH * np.arcsin(np.sqrt(half))
    return metres


def _judge(
    time: Ints, inside: NDArray[np.bool_], times: CallTimes, call: int, stay: int, early: int
) -> tuple[int | None, str]:
    """The index of the first position of the stay, and the verdict."""
    if not inside.any():
        return None, "not_arrived"
    edges = np.flatnonzero(np.diff(np.concatenate(([False], inside, [False])).astype(np.int8)))
    begin, end = edges[::2], edges[1::2] - 1
    stays = (end - begin + 1 >= FEWEST) & (time[end] - time[begin] >= stay)
    if not stays.any():
        return None, "passed_by"
    first = int(begin[stays.argmax()])
    finished, last = int(times.finished[call]), int(end[-1])
    if finished != NO_DAY and finished - time[last] > early and (time[last + 1 :] < finished).any():
        return first, "left_early"
    return first, "late" if time[first] > times.called[call] + times.within[call] * MINUTE else "arrived"


METHOD = Method(
    name="arrival",
    zh="到场核验",
    en="Who was called and came",
    inputs=(
        Input(
            "calls", "调度", "Calls",
            (
                Column("call", "调度", "Call"), Column("unit", "单位", "Unit"),
                Column("lon", "经度", "Longitude", "decimal", unit="deg"),
                Column("lat", "纬度", "Latitude", "decimal", unit="deg"),
                Column("called_at", "调度时间", "Called at", "instant"),
                Column("within_min", "到场时限", "Minutes allowed", "number", unit="minute"),
                Column("finished_at", "结束时间", "Finished at", "instant", required=False),
            ),
            unique=("call", "unit"),
        ),
        Input(
            "tracks", "定位", "Positions",
            (
                Column("call", "调度", "Call"), Column("unit", "单位", "Unit"),
                Column("time", "时间", "Time", "instant"),
                Column("lon", "经度", "Longitude", "decimal", unit="deg"),
                Column("lat", "纬度", "Latitude", "decimal", unit="deg"),
                Column("accuracy_m", "精度", "Accuracy", "decimal", required=False, absent=True, unit="m"),
            ),
        ),
    ),
    options=(
        Option("radius", "到场半径", "Metres that are inside", "decimal", "200", unit="m"),
        Option("accuracy", "最差精度", "Metres of the worst accuracy", "decimal", "100", unit="m"),
        Option("stay", "最短停留", "Minutes of a stay", "number", "5", unit="minute"),
        Option("early", "提前离场", "Minutes before the end from which leaving is early", "number", "10", unit="minute"),
    ),
    output=(
        Column("call", "调度", "Call"), Column("unit", "单位", "Unit"),
        Column("arrived_at", "到场时间", "Arrived at", required=False),
        Column("verdict", "结论", "Verdict", "choice", choices=one_of(
            not_arrived="未到场|Not arrived", passed_by="路过|Passed by", left_early="提前离场|Left early",
            late="超时到场|Late", arrived="按时到场|Arrived")),
    ),
    key=("call", "unit"),
    run=judge_arrivals,
    source="rules declared here; IUGG mean radius",
    peer="the rule read literally",
    error="0.3 % of distances",
)  # fmt: skip
