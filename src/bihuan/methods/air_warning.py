"""The level of a heavy-pollution warning from a forecast: runs of days above 150, 200 and 300.

In: for each day of issue the forecast days with their index; a day without an index, or that is not there, breaks a run.
A run of days above 200 is also one above 150: a worse day counts for the milder condition. Which runs make which level
is the decision table `air.heavy-pollution-warning` in force on the day of issue; `place` is the area it is asked for.
Out: one level for each issue. Exact. n log n.
Source: 北京市空气重污染应急预案 (2023年修订); table `air.heavy-pollution-warning`.
Compared with: the plan's published examples (tests/methods/test_air.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.errors import NoRuleError

HAZY, HEAVY, SEVERE, WORST = 150, 200, 300, 500
COUNTED = (
    "days_level_4",
    "days_level_5",
    "days_level_6",
    "days_level_5_with_6",
    "days_level_5_with_two_6",
    "days_of_500",
)
"""What is counted in a forecast: the longest runs of days; an edition of the plan asks for some of them."""


def warn_issues(given: Given) -> Answer:
    """The level of every issue.

    Source: 北京市空气重污染应急预案; table `air.heavy-pollution-warning`.
    """
    forecast, place = given["forecast"], given.option("place")
    issues: defaultdict[str, list[tuple[int, float | None, int]]] = defaultdict(list)
    days, values = forecast["day"].days().tolist(), forecast["aqi"].values()
    for row, issue in enumerate(forecast["issued"].text()):
        issues[issue].append((days[row], None if values[row] is None else float(values[row]), row))
    out: dict[str, tuple[str, dict[str, int]]] = {}
    editions = set()
    for issue, told in sorted(issues.items()):
        try:
            table = method_rules().decision("air.heavy-pollution-warning", date.fromisoformat(issue), place)
        except NoRuleError as error:
            for _, _, row in told:
                forecast.refuse(row, "issued", f"当日无版本 · {error.message}", error.remedy)
            continue
        counts = _counts(_runs(sorted((day, value) for day, value, _ in told)))
        answer = table.decide(**{item.name: counts[item.name] for item in table.inputs})
        out[issue] = str(answer["level"]), counts
        editions.add(answer.edition)
    columns: dict[str, list[Any]] = {"issued": list(out), "level": [level for level, _ in out.values()]}
    columns |= {name: [counts[name] for _, counts in out.values()] for name in COUNTED}
    return Answer(columns, editions={"air.heavy-pollution-warning": "|".join(sorted(editions))} if editions else {})


def _runs(days: list[tuple[int, float | None]]) -> list[list[float]]:
    """Indices of days that follow each other without a gap."""
    runs: list[list[float]] = []
    before = None
    for day, value in days:
        if value is None:
            before = None
            continue
        if before is None or day != before + 1:
            runs.append([])
        runs[-1].append(value)
        before = day
    return runs


def _parts(run: list[float], bound: float) -> list[list[float]]:
    """The parts of a run that lie above a bound."""
    parts: list[list[float]] = [[]]
    for value in run:
        if value > bound:
            parts[-1].append(value)
        else:
            parts.append([])
    return parts


def _longest(runs: list[list[float]], bound: float) -> int:
    return max((len(part) for run in runs for part in _parts(run, bound)), default=0)


def _counts(runs: list[list[float]]) -> dict[str, int]:
    severe = {days: _with_severe(runs, days) for days in (1, 2)}
    counted = (
        _longest(runs, HAZY), _longest(runs, HEAVY), _longest(runs, SEVERE), severe[1], severe[2],
        _longest(runs, WORST - 1),
    )  # fmt: skip
    return dict(zip(COUNTED, counted, strict=True))


def _with_severe(runs: list[list[float]], days: int) -> int:
    """The longest run of heavy days that has so many severe days in a row."""
    parts = [part for run in runs for part in _parts(run, HEAVY)]
    return max((len(part) for part in parts if _longest([part], SEVERE) >= days), default=0)


_DAYS = (
    Column("days_level_4", "超过150的连续天数", "Days in a row above 150", "number"),
    Column("days_level_5", "超过200的连续天数", "Days in a row above 200", "number"),
    Column("days_level_6", "超过300的连续天数", "Days in a row above 300", "number"),
    Column("days_level_5_with_6", "超过200且含超过300的连续天数", "Days above 200 with one above 300", "number"),
    Column("days_level_5_with_two_6", "超过200且连续两日超过300的天数", "Days above 200 with two above 300", "number"),
    Column("days_of_500", "达到500的连续天数", "Days in a row from 500", "number"),
)

METHOD = Method(
    name="air-warning",
    zh="空气重污染预警级别",
    en="Level of a heavy-pollution warning",
    inputs=(
        Input(
            "forecast", "预报", "Forecast",
            (
                Column("issued", "发布日", "Day of issue", "date"), Column("day", "预报日", "Day", "date"),
                Column("aqi", "空气质量指数", "Index", "number", required=False),
            ),
            unique=("issued", "day"),
        ),
    ),
    options=(Option("place", "地区", "Area code whose plan holds", default="11"),),
    output=(Column("issued", "发布日", "Day of issue", "date"), Column("level", "级别", "Level"), *_DAYS),
    key=("issued",),
    run=warn_issues,
    source="北京市空气重污染应急预案 (2023年修订)",
    peer="the plan's published examples",
)  # fmt: skip
