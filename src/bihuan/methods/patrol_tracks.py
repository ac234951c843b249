"""Fixes of phones as tracks of the register: one row a track, its line, its beginning, the seconds between its fixes.

In: fixes (track, post, time, position; the datum as column or option) and posts (reach, holder, office above). Fixes are put in order
of time; of two at one instant the first stays. A track of one fix or of more than `most` is rejected, so is one without a post.
Out: rows as `bihuan register load patrol-track` takes them; positions WGS-84 with six digits. n log n.
Source: packs E52; docs/adr/0345-duties-of-patrols.md; OGC 19-045 (a line with its instants).
Compared with: back into fixes by `patrol-checks` (tests/methods/test_patrol_duties.py).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from bihuan.insight.places.coordinates import to_wgs84
from bihuan.methods.declared.cells import second_text
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.patrols import steps_text
from bihuan.methods.parts.rounds import local_day

SYSTEMS = {"wgs84": "WGS-84", "cgcs2000": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}
LONGEST = 2_000
"""Characters of the steps that a register keeps."""


def join_fixes(given: Given) -> Answer:
    """A row for each track. Source: docs/adr/0345-duties-of-patrols.md (2)."""
    fixes, posts = given["fixes"], given["posts"]
    known = {
        name: dict(zip(("reach", "holder", "above", "street"), row, strict=True))
        for name, *row in zip(
            *(posts[each].text() for each in ("post", "reach", "holder", "above", "street")), strict=True
        )
    }
    names, of, by = (fixes[each].text() for each in ("track", "post", "by"))
    lon, lat, seconds = fixes["lon"].floats(), fixes["lat"].floats(), fixes["time"].seconds()
    systems = [word or str(given.option("crs")) for word in fixes["crs"].values()]
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        if not (abs(lon[row]) <= 180 and abs(lat[row]) <= 90):
            fixes.refuse(row, "lon", "不是地球上的位置 · no place on earth", "经度在前 · longitude first, in degrees")
        elif of[row] not in known:
            fixes.refuse(row, "post", "没有这一岗位 · no such post", "核对编号 · check its number")
        else:
            rows[name].append(row)
    told = []
    for name, mine in rows.items():
        order = [mine[at] for at in np.argsort(seconds[mine], kind="stable")]
        kept = [row for at, row in enumerate(order) if not at or seconds[row] > seconds[order[at - 1]]]
        steps = steps_text(int(seconds[row]) for row in kept)
        if (
            len({of[row] for row in mine}) > 1
            or not 2 <= len(kept) <= int(given.option("most"))
            or len(steps) > LONGEST
        ):
            rule = "一条轨迹一个岗位，2个以上定位，不超过上限 · one post, two fixes or more, not too many"
            fixes.refuse(kept[0], "track", rule, "分条上报或抽稀 · split or thin it")
            continue
        post, places = known[of[kept[0]]], [
            to_wgs84(float(lon[row]), float(lat[row]), SYSTEMS[systems[row]]) for row in kept
        ]  # fmt: skip
        told.append({
            "number": name, "post": of[kept[0]], "reach": post["reach"], "by": by[kept[0]] or post["holder"],
            "above": post["above"], "street": post["street"], "begun": second_text(int(seconds[kept[0]])), "walked": local_day(int(seconds[kept[0]])).isoformat(), "steps": steps,
            "line": "; ".join(f"{x:.6f}, {y:.6f}" for x, y in places),
        })  # fmt: skip
    return Answer({column.name: [row[column.name] for row in told] for column in METHOD.output})


def _code(name: str, zh: str, en: str, **more: Any) -> Column:
    return Column(name, zh, en, **more)


_CRS = one_of(wgs84="WGS-84|WGS 84", cgcs2000="CGCS2000|CGCS2000", gcj02="GCJ-02|GCJ-02", bd09="BD-09|BD-09")
METHOD = Method(
    name="patrol-tracks",
    zh="手机定位成轨迹",
    en="Fixes of phones as tracks",
    inputs=(
        Input("fixes", "定位", "Fixes", (
            _code("track", "轨迹", "Track"), _code("post", "岗位", "Post"),
            _code("by", "巡查人编号", "Who walked", required=False, absent=True), Column("time", "时间", "Time", "instant"),
            Column("lon", "经度", "Longitude", "real", unit="°"), Column("lat", "纬度", "Latitude", "real", unit="°"),
            Column("crs", "坐标系", "Datum", "choice", required=False, absent=True, choices=_CRS),
        )),
        Input("posts", "岗位", "Posts", (
            _code("post", "岗位", "Post"), _code("reach", "河段", "Reach"), _code("holder", "任职人编号", "Who holds it"),
            _code("above", "上级河长单位", "Office of the chief above", required=False, absent=True),
            _code("street", "街镇", "Street", required=False, absent=True),
        ), unique=("post",)),
    ),
    options=(
        Option("crs", "坐标系", "Datum of positions that say none", "choice", default="wgs84", choices=_CRS),
        Option("most", "最多定位数", "Fixes of one track at most", "count", default="5000"),
    ),
    output=(
        _code("number", "轨迹编号", "Number"), _code("post", "岗位", "Post"), _code("reach", "河段", "Reach"),
        _code("by", "巡查人编号", "Who walked"), _code("above", "上级河长单位", "Office of the chief above", required=False),
        _code("street", "街镇", "Street", required=False), Column("begun", "开始时间", "Begun", "instant"), Column("walked", "巡查日期", "Day", "date"),
        _code("steps", "定位间隔", "Seconds between fixes"), _code("line", "轨迹线", "Line"),
    ),
    key=("number",),
    run=join_fixes,
    source="packs E52; OGC 19-045",
    peer="back into fixes by patrol-checks",
)  # fmt: skip
