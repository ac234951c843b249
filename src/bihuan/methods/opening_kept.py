"""Whether a venue was open as promised, by the people its doors counted.

In: PROMISED hours of each venue and day (whole hours, from included, to not), COUNTS of people who came in by venue, day and hour.
A day is kept when no `gap` promised hours in a row are without anybody; an hour without a row counted nobody. Days on
which the counter said nothing at all are told apart (`no_count`): a broken counter is no closed door.
Exact: whole hours and whole people. n log n.
Source: 公共图书馆法（2018修正）第三十八条 (hours are announced and kept); the gap is declared by whoever asks.
Compared with: a scan of every hour (tests/methods/test_opening_kept.py).
"""

from __future__ import annotations

from collections import defaultdict

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given


def compare_hours(given: Given) -> Answer:
    """Promised hours beside counted ones, for every venue and day.

    Source: rules of this method in its module docstring.
    """
    promised, counts, gap = given["promised"], given["counts"], int(given.option("gap"))
    came: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    rows = zip(
        counts["venue"].text(), counts["date"].text(), counts["hour"].values(), counts["count"].values(), strict=True
    )
    for venue, day, hour, people in rows:
        found = came[venue, day]
        found[hour] = found.get(hour, 0) + people
    hours: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    spans = zip(
        promised["venue"].text(),
        promised["date"].text(),
        promised["from"].values(),
        promised["to"].values(),
        strict=True,
    )
    for row, (venue, day, first, last) in enumerate(spans):
        if last <= first:
            promised.refuse(row, "to", "须晚于开始 · must be after from", "更正时间 · correct the hours")
        else:
            hours[venue, day] |= set(range(first, last))
    out = [(*key, len(wanted), *_told(wanted, came.get(key), gap)) for key, wanted in sorted(hours.items())]
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    facts = {name: sum(each[-1] == name for each in out) for name in ("kept", "broken", "no_count")}
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), facts=facts)


def _told(wanted: set[int], came: dict[int, int] | None, gap: int) -> tuple[int, str]:
    """Promised hours in which somebody came, and what that means."""
    if came is None:
        return 0, "no_count"
    run = longest = 0
    for hour in sorted(wanted):
        run = 0 if came.get(hour, 0) else run + 1
        longest = max(longest, run)
    return sum(came.get(hour, 0) > 0 for hour in wanted), "broken" if longest >= gap else "kept"


_NAMES = ("venue", "date", "promised", "counted", "state")
METHOD = Method(
    name="opening-kept",
    zh="开放时间兑现",
    en="Hours kept as promised",
    inputs=(
        Input(
            "promised", "公告时间", "Promised hours",
            (
                Column("venue", "场馆", "Venue"), Column("date", "日期", "Day", "date"),
                Column("from", "开始（时）", "From hour", "number"), Column("to", "结束（时）", "To hour", "number"),
            ),
        ),
        Input(
            "counts", "客流", "Door counts",
            (
                Column("venue", "场馆", "Venue"), Column("date", "日期", "Day", "date"),
                Column("hour", "小时", "Hour", "number"), Column("count", "人数", "People", "number"),
            ),
        ),
    ),
    options=(Option("gap", "连续无人小时数", "Hours in a row without anybody", "number", "3", unit="h"),),
    output=(
        Column("venue", "场馆", "Venue"), Column("date", "日期", "Day", "date"),
        Column("promised", "公告小时", "Promised hours", "number"), Column("counted", "有客小时", "Hours with visitors", "number"),
        Column("state", "结论", "State", "choice", choices=one_of(
            kept="兑现|Kept", broken="未兑现|Broken", no_count="无客流数据|No count")),
    ),
    facts=(
        AnswerKey("kept", "兑现天数", "Days kept", {"type": "integer"}), AnswerKey("broken", "未兑现天数", "Days broken", {"type": "integer"}),
        AnswerKey("no_count", "无数据天数", "Days without a count", {"type": "integer"}),
    ),
    key=("venue", "date"),
    run=compare_hours,
    source="公共图书馆法（2018修正）第三十八条",
    peer="a scan of every hour",
    cost="n log n",
)  # fmt: skip
