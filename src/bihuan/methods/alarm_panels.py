"""Which alarm panels are silent although panels of their size are not, and how many of their alarms were false.

In: PANELS (points, day connected), ALARMS and FAULTS (readings of days: alarms, points in fault), JUDGED (what a person
found on the spot). A panel's activity in the last `days` is its alarms and its days with any fault. Others' activity per
point and day says what is to be expected of it; how far panels differ more than chance is estimated by moments over
those that spoke. `chance` is how likely that many points are silent for that long (negative binomial; Poisson where
panels do not differ). Without activity a panel is `silent` below the bound and `quiet` above it: a small panel may well
have nothing to say. `new` under `least` days, `few_peers` with fewer than five others.
Share of false alarms: false ÷ (false + fires), with Wilson's interval at 95 %; drills and announced works are no false
alarms and are counted beside. `often`: `high` when the whole interval lies above `usual`, `few` under `judged` alarms.
Out: expected with two, chances and shares with six decimals. Floats; n.
Source: E. B. Wilson (1927), JASA 22, 209–212; N. E. Breslow (1984), Applied Statistics 33, 38–44 (moments); bounds are working values.
Compared with: scipy.stats.nbinom and statsmodels' proportion_confint (tests/methods/test_fires.py).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.whistle_band import wilson_interval

_EPOCH, PEERS = date(1970, 1, 1), 5
type Floats = NDArray[np.float64]
type Whole = NDArray[np.int64]


def judge_panels(given: Given) -> Answer:
    """Silence and false alarms of every panel. Source: Wilson (1927); Breslow (1984)."""
    panels, days = given["panels"], int(given.option("days"))
    at = (date.fromisoformat(given.option("at")) - _EPOCH).days
    names = panels["panel"].text()
    index = {name: row for row, name in enumerate(names)}
    watched = np.clip(at - panels["connected_on"].days() + 1, 0, days)
    inside = (at - days, at)
    alarms = _summed(given["alarms"], "alarms", index, inside)
    faults = _fault_days(given["faults"], index, inside)
    active = alarms + faults
    expected, chance, peers = chance_of_silence(active, watched * panels["points"].whole())
    bound, least = float(given.option("chance")), int(given.option("least"))
    sound = np.select(
        [watched < least, active > 0, peers < PEERS, chance < bound], ["new", "live", "few_peers", "silent"], "quiet"
    )
    columns: dict[str, Any] = {
        "panel": names,
        "days": watched.tolist(),
        "alarms": alarms.tolist(),
        "fault_days": faults.tolist(),
        "expected": [f"{value:.2f}" for value in expected],
        "chance": [f"{value:.6f}" for value in chance],
        "sound": sound.tolist(),
        **_false_alarms(given, index),
    }
    return Answer(columns, facts={"silent": int((sound == "silent").sum()), "high": columns["often"].count("high")})


def chance_of_silence(active: Whole, exposure: Whole) -> tuple[Floats, Floats, Whole]:
    """What is expected of each panel by the others, how likely it is to be silent, and how many others there are.

    Args:
        active, exposure: int64[n], activity, and points times days.

    Source: Breslow (1984).
    """
    others = exposure.sum() - exposure
    rate = np.divide(active.sum() - active, others, out=np.zeros(len(active)), where=others > 0)
    expected = rate * exposure
    spoke = active > 0
    mean = exposure[spoke] * (active.sum() / max(1, int(exposure.sum())))
    square = float((mean**2).sum())
    extra = max(0.0, float(((active[spoke] - mean) ** 2 - mean).sum()) / square) if square else 0.0
    chance = np.exp(-expected) if extra == 0 else (1 + extra * expected) ** (-1 / extra)
    return expected, chance, (exposure > 0).sum() - (exposure > 0)


def _rows(table: Table, index: dict[str, int], inside: tuple[int, int]) -> tuple[Whole, Whole, NDArray[np.bool_]]:
    """The panel of each row, its day, and whether it counts."""
    panel = table["panel"].mapped(lambda name: index.get(str(name), -1), -1, np.int64)
    _refuse_strangers(table, panel)
    day = table["day"].days()
    return panel, day, (panel >= 0) & (day > inside[0]) & (day <= inside[1])


def _refuse_strangers(table: Table, panel: Whole) -> None:
    for row in np.flatnonzero(panel < 0).tolist():
        table.refuse(row, "panel", "没有该主机 · there is no such panel", "核对主机编号 · check the number")


def _summed(table: Table, column: str, index: dict[str, int], inside: tuple[int, int]) -> Whole:
    panel, _, counts = _rows(table, index, inside)
    told = table[column].whole()[counts]
    return np.bincount(panel[counts], weights=told, minlength=len(index)).astype(np.int64)


def _fault_days(table: Table, index: dict[str, int], inside: tuple[int, int]) -> Whole:
    """On how many days any reading told of a fault; several readings of a day are one."""
    panel, day, counts = _rows(table, index, inside)
    counts &= table["faults"].whole() > 0
    distinct = np.unique(np.column_stack([panel[counts], day[counts]]), axis=0)
    return np.bincount(distinct[:, 0], minlength=len(index)).astype(np.int64)


def _false_alarms(given: Given, index: dict[str, int]) -> dict[str, Any]:
    table = given["judged"]
    panel = table["panel"].mapped(lambda name: index.get(str(name), -1), -1, np.int64)
    _refuse_strangers(table, panel)
    verdict = np.array([str(each) for each in table["verdict"].values()], dtype=object)
    false, fires, aside = (
        np.bincount(panel[(panel >= 0) & np.isin(verdict, of)], minlength=len(index)).astype(np.int64)
        for of in (["false"], ["fire"], ["drill", "works"])
    )
    judged = false + fires
    lower, upper = wilson_interval(false, judged)
    usual, fewest = float(given.option("usual")), int(given.option("judged"))
    often = np.select([judged < fewest, lower > usual], ["few", "high"], "usual")
    return {
        "judged": judged.tolist(),
        "false": false.tolist(),
        "aside": aside.tolist(),
        "rate": [f"{hits / of:.6f}" if of else None for hits, of in zip(false.tolist(), judged.tolist(), strict=True)],
        "lower": [f"{value:.6f}" for value in lower],
        "upper": [f"{value:.6f}" for value in upper],
        "often": often.tolist(),
    }


def _panel() -> Column:
    return Column("panel", "主机", "Panel")


def _daily(name: str, told: tuple[str, str], column: tuple[str, str]) -> Input:
    """Counts of days, noughts among them: a panel that reported nothing was still there."""
    return Input(name, *told, (_panel(), Column("day", "日", "Day", "date"), Column(name, *column, "number")))


METHOD = Method(
    name="alarm-panels",
    zh="火灾报警主机沉默与误报率",
    en="Silent alarm panels, and their share of false alarms",
    inputs=(
        Input(
            "panels",
            "主机",
            "Panels",
            (
                _panel(),
                Column("points", "点位数", "Points", "count"),
                Column("connected_on", "接入日", "Connected on", "date"),
            ),
            unique=("panel",),
        ),
        _daily("alarms", ("每日报警次数", "Alarms by day"), ("报警次数", "Alarms")),
        _daily("faults", ("故障点数", "Points in fault"), ("故障点数", "Points in fault")),
        Input(
            "judged",
            "核实结论",
            "Judged alarms",
            (
                Column("alarm", "报警编号", "Alarm"),
                _panel(),
                Column(
                    "verdict",
                    "结论",
                    "Found to be",
                    "choice",
                    required=False,
                    choices=one_of(
                        fire="真实火情|A fire",
                        false="误报|A false alarm",
                        drill="演练测试|A drill",
                        works="施工扬尘|Dust of works",
                    ),
                ),
            ),
            unique=("alarm",),
        ),
    ),
    options=(
        Option("at", "截至日", "As of the day", "date"),
        Option("days", "天数", "Days back", "count", "90"),
        Option("chance", "沉默概率界限", "Silent below this chance", "decimal", "0.01"),
        Option("least", "最少接入天数", "Fewest days connected", "count", "30"),
        Option("usual", "误报率限值", "Bound of the share of false alarms", "decimal", "0.5"),
        Option("judged", "最少核实次数", "Fewest judged alarms", "count", "8"),
    ),
    output=(
        _panel(),
        Column("days", "接入天数", "Days watched", "count"),
        Column("alarms", "报警", "Alarms", "count"),
        Column("fault_days", "故障天数", "Days in fault", "count"),
        Column("expected", "预期", "Expected", "decimal"),
        Column("chance", "沉默概率", "Chance of silence", "decimal"),
        Column(
            "sound",
            "是否沉默",
            "Silent or not",
            "choice",
            choices=one_of(
                live="有动静|Speaks",
                silent="沉默|Silent",
                quiet="安静（可能正常）|Quiet",
                new="新接入|New",
                few_peers="同类太少|Too few others",
            ),
        ),
        Column("judged", "已核实", "Judged", "count"),
        Column("false", "误报", "False", "count"),
        Column("aside", "演练和报备施工", "Drills and works", "count"),
        Column("rate", "误报率", "Share of false alarms", "decimal", required=False),
        Column("lower", "区间下端", "Lower end", "decimal"),
        Column("upper", "区间上端", "Upper end", "decimal"),
        Column(
            "often",
            "误报判断",
            "False alarms",
            "choice",
            choices=one_of(few="样本不足|Too few", high="偏高|High", usual="未见偏高|Not surely high"),
        ),
    ),
    facts=(
        AnswerKey("silent", "沉默主机", "Silent panels", {"type": "integer"}),
        AnswerKey("high", "误报率偏高主机", "Panels with too many false alarms", {"type": "integer"}),
    ),
    key=("panel",),
    run=judge_panels,
    source="Wilson (1927); Breslow (1984)",
    peer="scipy.stats.nbinom; statsmodels proportion_confint",
    error="six decimals",
    cost="n",
)
