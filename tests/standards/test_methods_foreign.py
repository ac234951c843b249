"""Methods beside programs of others: air quality indices by aqi-hub and python-aqi, alarms by ObsPy's trigger."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from tests.methods.running import run
from tests.standards.conftest import ForeignClients

TOP = {"pm25": 480, "pm10": 580, "so2": 2_500, "no2": 900, "co": 58, "o3_8h": 780}
"""Just below the last breakpoints of both editions; above them each program has its own ending."""
NAMES = {"pm25": "iaqi_pm25", "pm10": "iaqi_pm10", "so2": "iaqi_so2", "no2": "iaqi_no2", "co": "iaqi_co",
         "o3_8h": "iaqi_o3_8h"}  # fmt: skip
START = datetime.fromisoformat("2024-03-04T00:00:00+08:00")


def indices(columns: dict[str, list[float]], day: str) -> dict[str, list[int]]:
    """What `calc aqi` says of days that measured these values."""
    count = len(columns["pm25"])
    lines = [",".join([f"{n:04}", day, "daily", *(str(columns[item][n]) for item in TOP)]) for n in range(count)]
    rows, outcome = run("aqi", "id,date,report," + ",".join(TOP) + "\n" + "\n".join(lines))
    assert not outcome.rejects
    assert len(rows) == count
    return {item: [int(row[NAMES[item]]) for row in rows] for item in TOP}


def test_indices_are_those_of_two_public_programs(foreign: ForeignClients) -> None:
    luck = random.Random(20261201)
    columns: dict[str, list[float]] = {
        item: [luck.randint(0, 10 * top) / 10 if item == "co" else luck.randint(0, top) for _ in range(600)]
        for item, top in TOP.items()
    }
    said = foreign.python(
        "air_index", {"columns": columns}, proves="HJ 633 (index of the day)", by=("aqi-hub", "python-aqi")
    )
    ours = indices(columns, "2026-06-01")
    for item in set(TOP) - {"so2"}:  # of sulphur dioxide it has the hour's breakpoints for the day, too
        more = [theirs - mine for theirs, mine in zip(said["aqi_hub"][item], ours[item], strict=True)]
        assert set(more) <= {0, 1}, f"{item}: floats may only push a whole number up"
        assert more.count(1) < 30, item
    before = indices(columns, "2020-06-01")
    for item in set(TOP) - {"co"}:  # it cuts carbon monoxide to whole milligrams
        apart = [abs(theirs - mine) for theirs, mine in zip(said["python_aqi"][item], before[item], strict=True)]
        assert max(apart) <= 1, f"{item}: it rounds where the standard says the next whole number"
    assert ours["pm25"] != before["pm25"], "the editions differ"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_alarms_are_those_of_obspys_trigger(foreign: ForeignClients, seed: int) -> None:
    """One value opens, one closes: then an alarm is a trigger with two thresholds, as seismologists use it."""
    luck, high, clear = random.Random(seed), 80, 60
    series, level = [], 70.0
    for _ in range(20):
        values = []
        for _ in range(200):
            level = min(100.0, max(40.0, level + luck.uniform(-9, 9)))
            values.append(round(round(level, 1) + 0.05, 2))  # never at a bound, which the two read otherwise
        series.append([*values, 50.0])
    said = foreign.python("hysteresis", {"series": series, "high": high, "clear": clear}, proves="alarms",
                          by=("obspy",))  # fmt: skip
    lines = [
        f"s{n:02},{(START + timedelta(minutes=at)).isoformat()},{value},N,{START.isoformat()}"
        for n, values in enumerate(series)
        for at, value in enumerate(values)
    ]
    rules = f"rule,series,high,clear,on_count,off_count,max_gap_minutes\nhot,s*,{high},{clear},1,1,15\n"
    rows, outcome = run("alarms", "series,time,value,flag,arrived\n" + "\n".join(lines), rules)
    assert not outcome.rejects
    ours: list[list[tuple[int, int, Fraction]]] = [[] for _ in series]
    for row in rows:
        on, off = ((datetime.fromisoformat(row[each]) - START) // timedelta(minutes=1) for each in ("opened", "closed"))
        ours[int(row["series"][1:])].append((on, off, Fraction(row["peak"])))
    assert sum(map(len, ours)) > 40
    for n, pairs in enumerate(said):  # its second index is the last value that still holds the trigger
        assert [(on, off + 1) for on, off in pairs] == [(on, off) for on, off, _ in ours[n]]
        assert [max(map(Fraction, map(str, series[n][on : off + 1]))) for on, off in pairs] == [p for *_, p in ours[n]]
