"""Every track of the register beside its reach and the rules of its county: valid, too little, or to be asked about.

In: posts of chiefs (level, county, reach, holder), transfers (who stands in from when until when), tracks (GeoJSON lines with
beginning and the seconds between fixes), lines of the reaches by day of survey. The survey and the table row of the track's day
hold. A track walked by nobody of the post is `stranger`. `ask`: suspect, and the chief above has not answered. No penalty.
Out: one row a track. n · segments of the reach.
Source: packs E52; docs/adr/0345-duties-of-patrols.md (table `water.patrol`).
Compared with: `patrol-coverage` on the same fixes (tests/methods/test_patrol_duties.py).
"""

from __future__ import annotations

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Method, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.rounds import (
    BUFFER,
    ROUND_INPUTS,
    VERDICTS,
    measured_cells,
    measured_columns,
    read_rounds,
)


def check_tracks(given: Given) -> Answer:
    """The verdict on every track. Source: docs/adr/0345-duties-of-patrols.md."""
    rows = [
        {
            "track": each.name, "post": each.post.name, "reach": each.post.reach, "day": each.day.isoformat(),
            "verdict": each.verdict, "ask": "yes" if each.suspect and not each.answer else "no",
            "counts": "yes" if each.counts else "no", "replay_of": each.replay_of,
            "stands_in": "yes" if each.stands_in else "no", **measured_cells(each.measures),
        }
        for each in read_rounds(given).tracks
    ]  # fmt: skip
    asked = sum(row["ask"] == "yes" for row in rows)
    return Answer({column.name: [row[column.name] for row in rows] for column in METHOD.output}, facts={"asked": asked})


YES_NO = one_of(yes="是|Yes", no="否|No")
METHOD = Method(
    name="patrol-checks",
    zh="巡查轨迹逐条核验",
    en="Tracks of patrols, one by one",
    inputs=ROUND_INPUTS,
    options=(BUFFER,),
    output=(
        Column("track", "轨迹", "Track"), Column("post", "岗位", "Post"), Column("reach", "河段", "Reach"),
        Column("day", "日期", "Day", "date"), Column("verdict", "结论", "Verdict", "choice", choices=VERDICTS),
        Column("ask", "待上级河长了解", "To be asked about", "choice", choices=YES_NO), Column("counts", "计入巡查", "Counts", "choice", choices=YES_NO),
        Column("replay_of", "重复自", "Replay of", required=False), Column("stands_in", "代巡", "Stands in", "choice", choices=YES_NO),
        *measured_columns(),
    ),
    facts=(AnswerKey("asked", "待了解", "To be asked about", {"type": "integer"}),),
    key=("track",),
    run=check_tracks,
    source="packs E52; docs/adr/0345",
    peer="patrol-coverage",
    error="coverage within .02",
    cost="fixes × segments",
)  # fmt: skip
