"""What else runs in a foul sewer: ground water by the night, rain by the jump of wet days, overflow by a ceiling.

In: hourly flows at monitors, the people that drain there, the rain of each day. Dry is a day without `wet_mm` on it and on the
`dry_after` days before. Ground water: the mean of the hours 2–4 on dry nights less what people use at night (`night_l`), against the
dry day. Mixed connection: what a wet day carries beyond a dry one, a millimetre (median of the days, its 95 % by order), where more
of it comes on the day itself than on the two after it; else it is ground water that rain feeds. Overflow: on wet days the flow stands
within 2 % of its highest for three hours in a row, on two days at least: what does not fit leaves elsewhere.
Out: one row a monitor, findings joined by `|`; too few days are said and nothing is concluded from them. n log n.
Source: packs E53; CJJ 181-2012 and EPA/600/R-07/111 (RDII by wet less dry flow; night minimum), working thresholds.
Compared with: a loop over days, and planted shares in simulated sewers (tests/methods/test_infiltration.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table

type Floats = NDArray[np.float64]
HOURS, LEAST_HOURS, ZONE_SECONDS = 24, 20, 8 * 3600
NIGHT = slice(2, 5)
LEAST_DRY, LEAST_WET = 7, 3
NEAR_CEILING, CEILING_HOURS, CEILING_DAYS = 0.98, 3, 2
GROUND, MIXED, OVERFLOW = "ground_water", "mixed", "overflow"


class MonitorDays(NamedTuple):
    """Days in a row at a monitor: hourly flows (NaN where none came), rain in millimetres, which are dry and wet."""

    hours: Floats
    rain: Floats
    dry: NDArray[np.bool_]
    wet: NDArray[np.bool_]

    @property
    def volumes(self) -> Floats:
        """Cubic metres of each day that has enough hours, filled up to a whole day."""
        known = np.isfinite(self.hours).sum(axis=1)
        enough = known >= LEAST_HOURS
        total = np.nansum(self.hours, axis=1)
        return np.where(enough, total * HOURS / np.maximum(known, 1), np.nan)


class RainJump(NamedTuple):
    """Cubic metres a millimetre of rain, its 95 % interval; of what comes until two days after, how much a millimetre and
    which share after the wet day itself; wet days.
    """

    value: float
    low: float
    high: float
    whole: float
    slow: float
    days: int


def separate_inflows(given: Given) -> Answer:
    """What each monitor carries beside sewage. Source: packs E53."""
    people = _people(given["monitors"])
    days = _days(given, set(people))
    rows = [_row(name, people[name], days[name], given) for name in sorted(days)]
    counts = {word: sum(word in row["findings"].split("|") for row in rows) for word in (GROUND, MIXED, OVERFLOW)}
    return Answer({column.name: [row[column.name] for row in rows] for column in METHOD.output}, facts=counts)


def _people(table: Table) -> dict[str, float]:
    return dict(zip(table["monitor"].text(), table["population"].floats().tolist(), strict=True))


def _days(given: Given, known: set[str]) -> dict[str, MonitorDays]:
    """The flows of each monitor as days of hours, with the rain of these days."""
    flows, rain = given["flows"], dict(zip(given["rain"]["day"].days().tolist(), given["rain"]["rain_mm"].floats().tolist(), strict=True))  # fmt: skip
    names = np.array(flows["monitor"].text())
    seconds, values = flows["time"].seconds() + ZONE_SECONDS, flows["flow_m3_h"].floats()
    good = values >= 0
    for row in np.flatnonzero(~good).tolist():
        flows.refuse(row, "flow_m3_h", "不得为负 · must not be negative", "更正或删去 · correct it or leave it out")
    found = {}
    for name in dict.fromkeys(names.tolist()):
        mine = np.flatnonzero((names == name) & good)
        if name not in known:
            for row in mine.tolist():
                flows.refuse(row, "monitor", "没有这一监测点 · no such monitor", "补入人口 · add it with its people")
            continue
        if len(mine):
            found[name] = _arranged(seconds[mine], values[mine], rain, given)
    return found


def _arranged(seconds: NDArray[np.int64], values: Floats, rain: dict[int, float], given: Given) -> MonitorDays:
    day, hour = np.divmod(seconds, 86_400)
    first, last = int(day.min()), int(day.max())
    sums, counts = (np.zeros((last - first + 1, HOURS)) for _ in range(2))
    np.add.at(sums, (day - first, hour // 3600), values)
    np.add.at(counts, (day - first, hour // 3600), 1)
    hours = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    fell = np.array([rain.get(each, np.nan) for each in range(first, last + 1)])
    bound, after = float(given.option("wet_mm")), int(given.option("dry_after"))
    earlier = np.array(
        [[rain.get(each - back, np.nan) for back in range(after + 1)] for each in range(first, last + 1)]
    )
    return MonitorDays(hours, fell, (earlier < bound).all(axis=1), fell >= float(given.option("rain_mm")))


def _row(name: str, people: float, days: MonitorDays, given: Given) -> dict[str, Any]:
    volumes = days.volumes
    dry = days.dry & np.isfinite(volumes)
    told: dict[str, Any] = dict.fromkeys((column.name for column in METHOD.output), "")
    told |= {"monitor": name, "dry_days": int(dry.sum()), "wet_days": 0, "findings": "", "ceiling_days": 0}
    if dry.sum() < LEAST_DRY:
        return told | {"lacking": "dry_days"}
    base, findings = float(np.median(volumes[dry])), []
    night = float(np.nanmedian(np.nanmean(days.hours[dry, NIGHT], axis=1)))
    ground = max(0.0, (night - people * float(given.option("night_l")) / 1000) * HOURS)
    share = ground / base if base else 0.0
    if share >= float(given.option("ground_share")):
        findings.append(GROUND)
    told |= {
        "dry_m3_d": f"{base:.1f}", "night_m3_h": f"{night:.2f}", "ground_m3_d": f"{ground:.1f}", "ground_share": f"{share:.3f}",
    }  # fmt: skip
    jump = _jump(days, volumes, base)
    told |= {"wet_days": jump.days, "lacking": "" if jump.days >= LEAST_WET else "wet_days"}
    if jump.days >= LEAST_WET:
        owed = base * float(given.option("jump_share")) / 10
        if jump.slow < 0.5 and jump.low > 0 and jump.value >= owed:
            findings.append(MIXED)
        elif jump.slow >= 0.5 and jump.whole >= owed and GROUND not in findings:
            findings.append(GROUND)
        told |= {
            "jump_m3_mm": f"{jump.value:.2f}", "jump_low": f"{jump.low:.2f}", "jump_high": f"{jump.high:.2f}",
            "slow_share": f"{jump.slow:.3f}",
        }  # fmt: skip
    ceiling, stood = _ceiling(days, base)
    if stood >= CEILING_DAYS:
        findings.append(OVERFLOW)
        told |= {"ceiling_m3_h": f"{ceiling:.2f}"}
    return told | {"ceiling_days": stood, "findings": "|".join(findings)}


def _jump(days: MonitorDays, volumes: Floats, base: float) -> RainJump:
    """What wet days carry beyond dry ones, a millimetre; and how much of it comes on the two days after."""
    wet = np.flatnonzero(days.wet & np.isfinite(volumes))
    if not len(wet):
        return RainJump(0.0, 0.0, 0.0, 0.0, 0.0, 0)
    extra = volumes - base
    ratios = np.sort(extra[wet] / days.rain[wet])
    low, high = _ends(len(ratios))
    same = after = fell = 0.0
    for at in wet.tolist():
        later = [n for n in (at + 1, at + 2) if n < len(extra) and np.isfinite(extra[n]) and not days.wet[n]]
        if len(later) == 2:
            fell += float(days.rain[at])
            same, after = same + max(extra[at], 0.0), after + max(float(extra[later].sum()), 0.0)
    slow = after / (same + after) if same + after else 0.0
    whole = (same + after) / fell if fell else 0.0
    return RainJump(float(np.median(ratios)), float(ratios[low]), float(ratios[high]), whole, slow, len(ratios))


def _ends(size: int) -> tuple[int, int]:
    """Places of the order statistics that hold the median with 95 %; of few days the first and the last."""
    cumulated, place = 0.5**size, 0
    chance = cumulated
    while place + 1 < size / 2:
        chance = chance * (size - place) / (place + 1)
        if cumulated + chance > 0.025:
            break
        cumulated, place = cumulated + chance, place + 1
    return place, size - 1 - place


def _ceiling(days: MonitorDays, base: float) -> tuple[float, int]:
    """The highest flow of wet days, and on how many of them it stands there for hours; none within ordinary flows."""
    wet = days.hours[days.wet]
    if not len(wet) or not np.isfinite(wet).any():
        return 0.0, 0
    top = float(np.nanmax(wet))
    if top < 1.5 * base / HOURS:
        return top, 0
    near = np.nan_to_num(wet) >= NEAR_CEILING * top
    runs = near[:, :-2] & near[:, 1:-1] & near[:, 2:]
    assert CEILING_HOURS == 3
    return top, int(runs.any(axis=1).sum())


def _number(name: str, zh: str, en: str, unit: str = "") -> Column:
    return Column(name, zh, en, "real", required=False, unit=unit)


METHOD = Method(
    name="infiltration",
    zh="外水入渗与混接识别",
    en="What else runs in a sewer",
    inputs=(
        Input("monitors", "监测点", "Monitors", (
            Column("monitor", "监测点", "Monitor"), Column("population", "服务人口", "People", "number"),
        ), unique=("monitor",)),
        Input("flows", "小时流量", "Hourly flows", (
            Column("monitor", "监测点", "Monitor"), Column("time", "时间（小时起点）", "Time, the hour's start", "instant"),
            Column("flow_m3_h", "流量", "Flow", "real", unit="m³/h"),
        ), unique=("monitor", "time")),
        Input("rain", "日降雨", "Rain of days", (
            Column("day", "日期", "Day", "date"), Column("rain_mm", "雨量", "Rain", "real", unit="mm"),
        ), unique=("day",)),
    ),
    options=(
        Option("wet_mm", "晴天雨量上限", "Rain below which a day is dry", "real", default="1", unit="mm"),
        Option("rain_mm", "雨天雨量下限", "Rain from which a day is wet", "real", default="5", unit="mm"),
        Option("dry_after", "雨后间隔天数", "Days after rain that are not dry", "count", default="2"),
        Option("night_l", "夜间人均用水", "What a person uses at night", "real", default="1.6", unit="L/h"),
        Option("ground_share", "地下水占比下限", "Share of the dry day that is a finding", "real", default="0.3"),
        Option("jump_share", "十毫米雨增量下限", "Share of the dry day that 10 mm add", "real", default="0.2"),
    ),
    output=(
        Column("monitor", "监测点", "Monitor"), Column("findings", "结论", "Findings", required=False, note="ground_water|mixed|overflow"),
        _number("dry_m3_d", "晴天日流量", "Flow of a dry day", "m³/d"), _number("night_m3_h", "夜间最小流量", "Flow at night", "m³/h"),
        _number("ground_m3_d", "地下水入渗", "Ground water", "m³/d"), _number("ground_share", "地下水占比", "Share of ground water"),
        _number("jump_m3_mm", "每毫米雨增量", "Jump a millimetre", "m³/mm"), _number("jump_low", "下限", "Lower end of 95 %"),
        _number("jump_high", "上限", "Upper end of 95 %"), _number("slow_share", "滞后占比", "Share on the days after"),
        _number("ceiling_m3_h", "满管流量", "Ceiling", "m³/h"), Column("ceiling_days", "满管天数", "Days at the ceiling", "count"),
        Column("dry_days", "晴天数", "Dry days", "count"), Column("wet_days", "雨天数", "Wet days", "count"),
        Column("lacking", "数据不足", "Too few", required=False, note="dry_days (7) or wet_days (3)"),
    ),
    facts=tuple(AnswerKey(name, zh, en, {"type": "integer"}) for name, zh, en in (
        (GROUND, "地下水入渗", "Ground water"), (MIXED, "雨污混接", "Mixed connection"), (OVERFLOW, "溢流", "Overflow"))),
    key=("monitor",),
    run=separate_inflows,
    source="packs E53; CJJ 181-2012; EPA/600/R-07/111",
    peer="a loop over days; planted shares",
    error="planted shares within .1 with 5 % noise",
    cost="n log n",
)  # fmt: skip
