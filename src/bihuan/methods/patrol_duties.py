"""Which patrols were owed, walked, missed or asked about: each post of a chief in each of its weeks, months or quarters.

In: as `patrol-checks`. A duty is a period of the table `water.patrol` during which the post was held on every day. It is
`done` by a track that counts; `asked` while a suspect track waits for the chief above; `missed` when it is over without either
(`why`: the best that was walked); `open` until then. What a successor takes over in the middle of a period is owed from the next.
Out: one row a duty that ends in one of the last `months`. n log n.
Source: packs E52; docs/adr/0345-duties-of-patrols.md (table `water.patrol`).
Compared with: a count of days by hand (tests/methods/test_patrol_duties.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.rounds import (
    BUFFER,
    DAY,
    LEVELS,
    ROUND_INPUTS,
    VERDICTS,
    ChiefPost,
    JudgedTrack,
    measured_cells,
    measured_columns,
    period_of,
    read_rounds,
)
from bihuan.methods.parts.rulebook import method_rules

DONE, ASKED, MISSED, OPEN = "done", "asked", "missed", "open"
NEARLY = ("short", "too_brief", "stranger", "outside", "too_fast", "replayed")
"""From the best to the worst that is no patrol."""


def list_duties(given: Given) -> Answer:
    """Every duty with its state. Source: docs/adr/0345-duties-of-patrols.md."""
    rounds, at = read_rounds(given), date.fromisoformat(given.option("at"))
    first = at.replace(day=1)
    for _ in range(int(given.option("months")) - 1):
        first = (first - DAY).replace(day=1)
    walked: defaultdict[str, list[JudgedTrack]] = defaultdict(list)
    for track in rounds.tracks:
        walked[track.post.name].append(track)
    rows = []
    for post in rounds.posts.values():
        day = first
        while day <= at:
            begins, ends, every = _period(post, day)
            day = ends + DAY
            if post.lasts(begins, ends):
                mine = [each for each in walked[post.name] if begins <= each.day <= min(ends, at)]
                rows.append(_row(post, begins, ends, every, mine, at))
    counts = Counter(row["state"] for row in rows)
    facts = {"due": len(rows), **{state: counts[state] for state in (DONE, ASKED, MISSED, OPEN)}}
    return Answer({column.name: [row[column.name] for row in rows] for column in METHOD.output}, facts=facts)


def _period(post: ChiefPost, day: date) -> tuple[date, date, str]:
    said = method_rules().lookup("water.patrol", day, "*", scheme=post.scheme, level=post.level)
    return *period_of(str(said["every"]), day), str(said["every"])


def _row(
    post: ChiefPost, begins: date, ends: date, every: str, tracks: Sequence[JudgedTrack], at: date
) -> dict[str, Any]:
    counting = [each for each in tracks if each.counts]
    waiting = [each for each in tracks if each.suspect and not each.answer]
    state = DONE if counting else ASKED if waiting else MISSED if at > ends else OPEN
    best = next(iter(counting or waiting or sorted(tracks, key=lambda each: NEARLY.index(each.verdict))), None)
    shown = measured_cells(best.measures) if best else dict.fromkeys(("covered", "metres", "kmh", "minutes"), "")
    return {
        "post": post.name, "from": begins.isoformat(), "to": ends.isoformat(), "level": post.level, "every": every,
        "reach": post.reach, "state": state, "track": best.name if best else "", "why": best.verdict if best else "",
        "by": best.by if best else "", "tracks": len(tracks), **shown,
    }  # fmt: skip


METHOD = Method(
    name="patrol-duties",
    zh="巡查任务完成情况",
    en="Patrols owed, walked and missed",
    inputs=ROUND_INPUTS,
    options=(
        Option("at", "截至日期", "As of", "date"),
        Option("months", "月数", "Months back, this one included", "count", default="4"),
        BUFFER,
    ),
    output=(
        Column("post", "岗位", "Post"), Column("from", "起", "From", "date"), Column("to", "止", "To", "date"),
        Column("level", "级别", "Level", "choice", choices=LEVELS),
        Column("every", "频次", "How often", "choice", choices=one_of(
            week="每周|Weekly", half_month="每半月|Half-monthly", month="每月|Monthly", quarter="每季|Quarterly")),
        Column("reach", "河段", "Reach"),
        Column("state", "状态", "State", "choice", choices=one_of(
            done="已完成|Done", asked="待上级河长了解|Asked about", missed="未完成|Missed", open="进行中|Open")),
        Column("track", "轨迹", "Track", required=False),
        Column("why", "轨迹结论", "Verdict on the track", "choice", required=False, choices=VERDICTS),
        Column("by", "巡查人编号", "Who walked", required=False), Column("tracks", "轨迹数", "Tracks", "count"),
        *measured_columns(),
    ),
    facts=tuple(AnswerKey(name, zh, en, {"type": "integer"}) for name, zh, en in (
        ("due", "应巡", "Owed"), ("done", "已巡", "Done"), ("asked", "待了解", "Asked about"), ("missed", "未巡", "Missed"),
        ("open", "进行中", "Open"))),
    key=("post", "from"),
    run=list_duties,
    source="packs E52; docs/adr/0345",
    peer="a count of days by hand",
    cost="n log n, fixes × segments",
)  # fmt: skip
