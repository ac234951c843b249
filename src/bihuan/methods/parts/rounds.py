"""Duties of patrol: posts of chiefs with their reaches, who stands in for whom, and tracks judged as their day asks.

A track is judged by the line of the reach that was surveyed last before it, by the table of its day, and counts for a post when
its holder walked, or who had the post by a dated transfer on that day. What was walked by somebody else is a question.
Source: docs/adr/0345-duties-of-patrols.md; packs E52.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from bihuan.methods.declared.cells import ZONE
from bihuan.methods.declared.model import Column, Input, Option, one_of
from bihuan.methods.declared.tables import Feature, Given, Table
from bihuan.methods.parts.patrols import (
    LINE_FAULT,
    SUSPECT,
    PatrolJudge,
    PatrolMeasures,
    ReachLine,
    WalkedTrack,
    line_of,
    seconds_of,
    terms_of,
)
from bihuan.methods.parts.rulebook import method_rules

STRANGER = "stranger"
"""Walked by somebody who neither holds the post nor had it by transfer on that day."""
COUNTS, COUNTS_NOT = "counts", "counts_not"
"""What the chief above answered about a suspect track."""
DAY = timedelta(days=1)


class ChiefPost(NamedTuple):
    """A post: level, rules of its county, reach, who holds it, from when until when ("" for no end)."""

    name: str
    level: str
    scheme: str
    reach: str
    holder: str
    begun: date
    ended: date | None

    def lasts(self, first: date, last: date) -> bool:
        """Whether it was held on every day from first to last."""
        return self.begun <= first and (self.ended is None or self.ended > last)


class JudgedTrack(NamedTuple):
    """A track, its post and day, its verdict, what it rests on, and what the chief above answered."""

    name: str
    post: ChiefPost
    by: str
    day: date
    verdict: str
    measures: PatrolMeasures
    replay_of: str
    stands_in: bool
    answer: str

    @property
    def suspect(self) -> bool:
        """Whether somebody has to be asked before it counts or not."""
        return self.verdict in SUSPECT or self.verdict == STRANGER

    @property
    def counts(self) -> bool:
        """Whether it is a patrol: valid, or answered so by the chief above."""
        return self.answer == COUNTS if self.suspect else self.verdict == "valid"


class PatrolRounds(NamedTuple):
    """Everything that is known of patrols."""

    posts: Mapping[str, ChiefPost]
    tracks: list[JudgedTrack]


def read_rounds(given: Given) -> PatrolRounds:
    """The posts, and every track judged in the order of time. Source: docs/adr/0345-duties-of-patrols.md."""
    posts = _posts(given["posts"])
    transfers = _transfers(given["transfers"], posts)
    lines, judge = _surveys(given["surveys"]), PatrolJudge()
    buffer, rules = float(given.option("buffer_m")), method_rules()
    found: list[tuple[WalkedTrack, ChiefPost, Feature, date]] = []
    for place, feature in enumerate(given["tracks"].features):
        post = posts.get(str(feature.properties["post"]))
        if post is None or post.reach not in lines:
            given["tracks"].refuse(
                place, "post", "没有这一岗位或其河段 · no such post, or its reach has no line", "补入 · add it"
            )
            continue
        track = _walked(given["tracks"], place, feature, post.reach)
        if track is not None:
            found.append((track, post, feature, local_day(int(track.seconds[0]))))
    judged = []
    for track, post, feature, day in sorted(found, key=lambda each: (int(each[0].seconds[0]), each[0].name)):
        said = rules.lookup("water.patrol", day, "*", scheme=post.scheme, level=post.level)
        verdict, measures, origin = judge.judge(track, _line_on(lines[post.reach], day), terms_of(said, buffer))
        by = str(feature.properties.get("by") or post.holder)
        stands_in = by != post.holder
        if stands_in and not any(first <= day <= last and to == by for to, first, last in transfers[post.name]):
            verdict = STRANGER if verdict not in SUSPECT else verdict
        answer = str(feature.properties.get("answer") or "")
        judged.append(JudgedTrack(track.name, post, by, day, verdict, measures, origin, stands_in, answer))
    return PatrolRounds(posts, judged)


def local_day(second: int) -> date:
    """The day of an instant in the methods' zone. Source: docs/topics/methods.md."""
    return datetime.fromtimestamp(second, UTC).astimezone(ZONE).date()


def period_of(every: str, day: date) -> tuple[date, date]:
    """First and last day of the week, half month, month or quarter of a day. Source: table `water.patrol`."""
    if every == "week":
        first = day - day.weekday() * DAY
        return first, first + 6 * DAY
    if every == "half_month" and day.day <= 15:
        return day.replace(day=1), day.replace(day=15)
    month = (day.month - 1) // 3 * 3 + 1 if every == "quarter" else day.month
    first = day.replace(month=month, day=1)
    last = (first + (31 + 62 * (every == "quarter")) * DAY).replace(day=1) - DAY
    return (day.replace(day=16), last) if every == "half_month" else (first, last)


def _posts(table: Table) -> dict[str, ChiefPost]:
    cells = {name: table[name].text() for name in ("post", "level", "scheme", "reach", "holder", "begun", "ended")}
    found = {}
    for row, name in enumerate(cells["post"]):
        begun, ended = cells["begun"][row], cells["ended"][row]
        found[name] = ChiefPost(
            name, cells["level"][row], cells["scheme"][row] or "default", cells["reach"][row], cells["holder"][row],
            date.fromisoformat(begun), date.fromisoformat(ended) if ended else None,
        )  # fmt: skip
    return found


def _transfers(table: Table, posts: Mapping[str, ChiefPost]) -> Mapping[str, list[tuple[str, date, date]]]:
    found: defaultdict[str, list[tuple[str, date, date]]] = defaultdict(list)
    cells = {name: table[name].text() for name in ("post", "to", "begins", "ends")}
    for row, post in enumerate(cells["post"]):
        first, last = (date.fromisoformat(cells[name][row]) for name in ("begins", "ends"))
        if post not in posts:
            table.refuse(row, "post", "没有这一岗位 · no such post", "核对编号 · check its number")
        elif last < first:
            table.refuse(row, "ends", "止于起始之前 · ends before it begins", "改正日期 · correct the days")
        else:
            found[post].append((cells["to"][row], first, last))
    return found


type SurveyedLines = list[tuple[date, ReachLine]]


def _surveys(table: Table) -> dict[str, SurveyedLines]:
    """The lines of each reach by the day of their survey."""
    found: defaultdict[str, SurveyedLines] = defaultdict(list)
    for place, feature in enumerate(table.features):
        line, reach = line_of(feature.geometry), str(feature.properties["reach"])
        if line is None:
            table.refuse(place, "geometry", LINE_FAULT, "改正 · correct it")
        else:
            found[reach].append((date.fromisoformat(str(feature.properties["surveyed"])), line))
    return {reach: sorted(lines, key=lambda each: each[0]) for reach, lines in found.items()}


def _line_on(lines: SurveyedLines, day: date) -> ReachLine:
    """The line surveyed last until a day; before the first survey the first."""
    return lines[max(0, bisect_right([each for each, _ in lines], day) - 1)][1]


def _walked(table: Table, place: int, feature: Feature, reach: str) -> WalkedTrack | None:
    told = feature.properties
    try:
        begun = int(datetime.fromisoformat(str(told["begun"])).timestamp())
        seconds = seconds_of(begun, str(told["steps"] or ""))
    except ValueError:
        table.refuse(place, "steps", "时间间隔无法读取 · steps or beginning cannot be read", "30x18 600 · as 30x18 600")
        return None
    shape = feature.geometry
    degrees = np.array(shape.coords, dtype=np.float64)[:, :2] if shape.geom_type in ("LineString", "Point") else None
    if degrees is None or len(degrees) != len(seconds):
        rule = "定位数与间隔不符 · as many fixes as instants, in one line"
        table.refuse(place, "steps", rule, "每个定位一个时刻 · an instant for each fix")
        return None
    return WalkedTrack(str(told["track"]), reach, seconds, degrees)


LEVELS = one_of(district="区级|District", street="街镇级|Sub-district", village="村（社区）级|Village")
SCHEMES = one_of(default="默认|Default", brief="短巡办法|Brief rounds", long="长巡办法|Long rounds")
VERDICTS = one_of(
    replayed="重复轨迹|Replayed", too_fast="过快|Too fast", outside="不在河段|Outside", stranger="无移交代巡|Without transfer",
    too_brief="过短时|Too brief", short="覆盖不足|Short", valid="有效|Valid",
)  # fmt: skip
ROUND_INPUTS = (
    Input("posts", "岗位", "Posts", (
        Column("post", "岗位", "Post"), Column("level", "级别", "Level", "choice", choices=LEVELS),
        Column("scheme", "县区办法", "Rules of the county", "choice", required=False, absent=True, choices=SCHEMES),
        Column("reach", "河段", "Reach"), Column("holder", "任职人编号", "Who holds it"),
        Column("begun", "任职起", "Held from", "date"),
        Column("ended", "任职止", "Held until", "date", required=False, absent=True),
    ), unique=("post",)),
    Input("transfers", "移交", "Transfers", (
        Column("post", "岗位", "Post"), Column("to", "代巡人编号", "Who stands in"),
        Column("begins", "起", "From", "date"), Column("ends", "止", "Until, included", "date"),
    )),
    Input("tracks", "轨迹", "Tracks", (
        Column("track", "轨迹", "Track"), Column("post", "岗位", "Post"),
        Column("by", "巡查人编号", "Who walked", required=False, absent=True),
        Column("begun", "开始时间", "Begun", "instant"),
        Column("steps", "定位间隔", "Seconds between fixes", note="30x18 600: eighteen times 30, then 600"),
        Column("answer", "上级河长答复", "Answer of the chief above", required=False, absent=True),
    ), kind="geojson"),
    Input("surveys", "河段测线", "Surveyed lines", (
        Column("reach", "河段", "Reach"), Column("surveyed", "测量日期", "Surveyed on", "date"),
    ), kind="geojson"),
)  # fmt: skip
BUFFER = Option("buffer_m", "缓冲距离", "Distance that counts as along the reach", "real", default="50", unit="m")


def measured_columns() -> tuple[Column, ...]:
    """What a track shows, as columns of an answer. Source: docs/topics/methods.md."""
    return (
        Column("covered", "覆盖率", "Covered share", "real"),
        Column("metres", "覆盖长度", "Metres covered", "number", unit="m"),
        Column("kmh", "中位速度", "Median speed", "real", unit="km/h"),
        Column("minutes", "时长", "Duration", "real", unit="min"),
    )


def measured_cells(measures: PatrolMeasures) -> dict[str, Any]:
    """The same of one track. Source: docs/topics/methods.md."""
    return {
        "covered": f"{measures.covered:.3f}", "metres": f"{measures.metres:.0f}", "kmh": f"{measures.kmh:.1f}",
        "minutes": f"{measures.minutes:.1f}",
    }  # fmt: skip
