"""Duties of patrol: periods counted by hand, tracks by their day's line and table, transfers, suspects and their answers."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.methods.parts.patrols import seconds_of, steps_text
from bihuan.methods.parts.rounds import period_of
from tests.methods.running import by, run

POSTS = "post,level,scheme,reach,holder,begun,ended,above\n"
VILLAGE = "v,village,default,r,C1,2025-09-01,,water\n"
TRANSFERS = "post,to,begins,ends\n"
LINE = [(116.2, 40.0), (116.209, 40.0)]  # some 768 m
FIXES = "track,post,by,time,lon,lat\n"


def walk(
    name: str, day: str, by_: str = "", north: float = 10.0, post: str = "v", step: int = 30, part: int = 22
) -> str:
    """Fixes every 36 metres, one each `step` seconds, from nine o'clock on."""
    rows = []
    for n in range(part):
        at = n * step
        lon, lat = 116.2 + n * 36.6 / 85_395, 40.0 + north / 111_035 + (n % 3) * 1e-5
        rows.append(f"{name},{post},{by_},{day}T09:{at // 60:02}:{at % 60:02}+08:00,{lon:.7f},{lat:.7f}\n")
    return "".join(rows)


def collection(features: list[dict[str, Any]]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def surveys(*lines: tuple[str, float]) -> str:
    """The line of the reach as surveyed on some days, so many metres to the north."""
    return collection([
        {"type": "Feature", "properties": {"reach": "r", "surveyed": day},
         "geometry": {"type": "LineString", "coordinates": [(x, y + north / 111_035) for x, y in LINE]}}
        for day, north in lines
    ])  # fmt: skip


def tracks(fixes: str, posts: str = VILLAGE, answers: dict[str, str] | None = None) -> str:
    """The fixes as the register has them, through the method that makes its rows."""
    rows, outcome = run("patrol-tracks", FIXES + fixes, POSTS + posts)
    assert not outcome.rejects
    return collection([
        {"type": "Feature", "properties": {"track": row["number"], "post": row["post"], "by": row["by"], "begun": row["begun"],
                                           "steps": row["steps"], "answer": (answers or {}).get(row["number"])},
         "geometry": {"type": "LineString", "coordinates": [[float(x) for x in at.split(",")] for at in row["line"].split(";")]}}
        for row in rows
    ])  # fmt: skip


def duties(
    fixes: str, posts: str = VILLAGE, transfers: str = "", at: str = "2025-09-15", **more: Any
) -> dict[str, str]:
    """State of each duty by its first day."""
    answers, lines = more.get("answers"), more.get("lines") or surveys(("2020-01-01", 0))
    asked = tracks(fixes, posts, answers)
    rows, _ = run("patrol-duties", POSTS + posts, TRANSFERS + transfers, asked, lines, at=at)
    return {f"{row['post']} {row['from']}": row["state"] for row in rows}


@pytest.mark.parametrize(
    ("every", "day", "first", "last"),
    [
        ("week", "2024-12-31", "2024-12-30", "2025-01-05"), ("half_month", "2024-02-15", "2024-02-01", "2024-02-15"),
        ("half_month", "2024-02-16", "2024-02-16", "2024-02-29"), ("month", "2025-02-28", "2025-02-01", "2025-02-28"),
        ("quarter", "2025-12-31", "2025-10-01", "2025-12-31"), ("quarter", "2024-01-01", "2024-01-01", "2024-03-31"),
    ],
)  # fmt: skip
def test_periods(every: str, day: str, first: str, last: str) -> None:
    assert period_of(every, date.fromisoformat(day)) == (date.fromisoformat(first), date.fromisoformat(last))


@given(st.dates(date(2016, 1, 1), date(2034, 12, 31)), st.sampled_from(["week", "half_month", "month", "quarter"]))
def test_periods_follow_each_other_without_a_gap(day: date, every: str) -> None:
    first, last = period_of(every, day)
    assert first <= day <= last
    assert period_of(every, last) == (first, last)
    assert period_of(every, last + timedelta(days=1))[0] == last + timedelta(days=1)


@given(st.lists(st.integers(0, 900), max_size=60), st.integers(1_600_000_000, 1_900_000_000))
def test_steps_say_every_instant(apart: list[int], begun: int) -> None:
    times = begun + np.concatenate([[0], np.cumsum(np.array(apart, dtype=np.int64))]).astype(np.int64)
    assert seconds_of(begun, steps_text(times)).tolist() == times.tolist()


def test_a_week_is_done_by_a_track_and_missed_the_day_after_it_ends() -> None:
    walked = walk("a", "2025-09-03")
    assert duties(walked, at="2025-09-14") == {"v 2025-09-01": "done", "v 2025-09-08": "open"}
    assert duties(walked, at="2025-09-15") == {
        "v 2025-09-01": "done", "v 2025-09-08": "missed", "v 2025-09-15": "open"
    }  # fmt: skip
    assert duties(walk("a", "2025-09-03", part=8), at="2025-09-08")["v 2025-09-01"] == "missed", (
        "a check-in is no patrol"
    )


def test_who_stands_in_needs_a_transfer_of_that_day() -> None:
    walked = walk("a", "2025-09-03", "C9")
    assert duties(walked)["v 2025-09-01"] == "asked"
    assert duties(walked, transfers="v,C9,2025-09-03,2025-09-03\n")["v 2025-09-01"] == "done"
    assert duties(walked, transfers="v,C9,2025-09-04,2025-09-30\n")["v 2025-09-01"] == "asked"
    assert duties(walked, transfers="v,C8,2025-09-01,2025-09-30\n")["v 2025-09-01"] == "asked"


def test_the_answer_of_the_chief_above_decides_about_a_suspect_track_only() -> None:
    far = walk("a", "2025-09-03", north=500)
    assert duties(far)["v 2025-09-01"] == "asked", "nothing is missed while somebody is asked"
    assert duties(far, answers={"a": "counts"})["v 2025-09-01"] == "done"
    assert duties(far, answers={"a": "counts_not"})["v 2025-09-01"] == "missed"
    assert duties(far + walk("b", "2025-09-05"), answers={"a": "counts_not"})["v 2025-09-01"] == "done"
    assert duties(walk("a", "2025-09-03"), answers={"a": "counts_not"})["v 2025-09-01"] == "done"


def test_a_replay_is_no_patrol_of_the_next_week() -> None:
    again = walk("a", "2025-09-03") + walk("b", "2025-09-10")
    rows, outcome = run(
        "patrol-checks", POSTS + VILLAGE, TRANSFERS, tracks(again), surveys(("2020-01-01", 0)), shuffle=None
    )
    assert by(rows, "track", "verdict") == {"a": "valid", "b": "replayed"}
    assert (rows[1]["replay_of"], rows[1]["ask"], outcome.facts["asked"]) == ("a", "yes", 1)
    assert duties(again)["v 2025-09-08"] == "asked"


def test_a_track_is_judged_by_the_line_of_its_day() -> None:
    moved = surveys(("2020-01-01", 0), ("2025-09-08", 200))
    both = walk("a", "2025-09-03") + walk("b", "2025-09-10", north=210)
    assert duties(both, lines=moved) == {"v 2025-09-01": "done", "v 2025-09-08": "done", "v 2025-09-15": "open"}
    assert duties(walk("a", "2025-09-10"), lines=moved)["v 2025-09-08"] == "asked"


def test_a_post_owes_only_periods_that_it_was_held_through() -> None:
    posts = "v,village,default,r,C1,2025-09-02,2025-09-17,water\n"
    assert duties("", posts, at="2025-09-30") == {"v 2025-09-08": "missed"}


def test_levels_and_counties_differ_by_the_table() -> None:
    posts = (
        "v,village,default,r,C1,2025-06-01,,w\ns,street,default,r,C2,2025-06-01,,w\nd,district,default,r,C3,2025-06-01,,w\n"
        "l,village,long,r,C4,2025-06-01,,w\n"
    )
    asked = tracks(walk("a", "2025-09-03", post="v") + walk("b", "2025-09-04", post="l", north=-10), posts)
    lines = surveys(("2020-01-01", 0))
    rows, outcome = run("patrol-duties", POSTS + posts, TRANSFERS, asked, lines, at="2025-10-01", months="1")
    assert {(row["post"], row["every"]) for row in rows} == {
        ("v", "week"), ("l", "week"), ("s", "half_month"), ("d", "quarter")
    }  # fmt: skip
    rows, outcome = run("patrol-duties", POSTS + posts, TRANSFERS, asked, lines, at="2025-09-30", months="1")
    why = {f"{row['post']} {row['from']}": (row["state"], row["why"]) for row in rows}
    assert why["v 2025-09-01"] == ("done", "valid")
    assert why["l 2025-09-01"] == ("missed", "too_brief"), "thirty minutes in that county"
    assert sum(outcome.facts[name] for name in ("done", "asked", "missed", "open")) == outcome.facts["due"]


def test_wrong_rows_cost_only_themselves() -> None:
    bad = "a,x,,2025-09-03T09:00:00+08:00,116.2,40\nb,v,,2025-09-03T09:00:00+08:00,116.2,40\nc,v,,soon,116.2,40\nd,v,,2025-09-03T09:00:00+08:00,116.2,140\n"
    rows, outcome = run("patrol-tracks", FIXES + bad + walk("e", "2025-09-03"), POSTS + VILLAGE)
    assert [row["number"] for row in rows] == ["e"]
    assert sorted((each.row, each.field) for each in outcome.rejects) == [
        (2, "post"),
        (3, "track"),
        (4, "time"),
        (5, "lon"),
    ]
    broken = json.loads(tracks(walk("e", "2025-09-03")))
    broken["features"][0]["properties"]["steps"] = "30x3"
    rows, outcome = run(
        "patrol-checks", POSTS + VILLAGE, TRANSFERS + "v,C2,2025-09-09,2025-09-08\nz,C2,2025-09-08,2025-09-09\n",
        json.dumps(broken), surveys(("2020-01-01", 0)),
    )  # fmt: skip
    assert rows == []
    assert sorted(each.field for each in outcome.rejects) == ["ends", "post", "steps"]
