"""Venues are graded by the text of each finding's day; blockages of lanes are counted once; silence is judged by size."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom
from statsmodels.stats.proportion import proportion_confint

from bihuan.methods.alarm_panels import chance_of_silence
from tests.examples import examples
from tests.methods.running import by, run

VENUES, FINDINGS = "venue,place\n", "finding,venue,class,found_on,closed_on\n"
NEW_TEXT = date(2025, 11, 1)


def plain(place: str, findings: list[tuple[str, date, date | None]], at: date) -> tuple[str, str]:
    """Grade and since of one venue, day by day, from the brief's own words."""
    there = [(kind, found) for kind, found, closed in findings if found <= at and (closed is None or closed > at)]
    days = sorted({found for _, found in there}) or [at]
    for day in days:
        kinds = [kind for kind, found in there if found <= day]
        if place == "important" and day >= NEW_TEXT:
            told = "place_gone"
        else:
            key, elements = kinds.count("key"), kinds.count("key") + kinds.count("combined")
            risky = place in ("crowded", "explosive")
            major = "direct" in kinds or (risky and key >= 3) or elements >= 6
            told = "major" if major or (elements >= 4 and (risky or place == "important")) else "general"
        if told == "major":
            return told, day.isoformat()
    return told, ""


DAYS = st.dates(date(2025, 10, 20), date(2025, 11, 12))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["direct", "key", "key", "combined", "combined", "none"]), DAYS, st.none() | st.integers(0, 9)
    ),
    max_size=8,
)


@settings(max_examples=examples(200))
@given(st.sampled_from(["crowded", "explosive", "important", "other"]), ROWS, DAYS)
def test_grades_are_those_of_the_definition(place: str, rows: list[tuple[str, date, int | None]], at: date) -> None:
    findings = [(kind, found, None if days is None else found + timedelta(days=days)) for kind, found, days in rows]
    lines = [f"F{n},V,{kind},{found},{closed or ''}" for n, (kind, found, closed) in enumerate(findings)]
    (row,), outcome = run("fire-grades", f"{VENUES}V,{place}\n", FINDINGS + "\n".join(lines), shuffle=3, at=at)
    assert (row["grade"], row["since"]) == plain(place, findings, at)
    assert not outcome.rejects


def test_a_finding_of_october_stays_judged_by_the_old_text() -> None:
    """Four elements at an important place: major by 2017; the kind is gone the day after."""
    four = "".join(f"F{n},V,combined,2025-10-{28 + n},\n" for n in range(4))
    for at in ("2025-10-31", "2025-11-01", "2026-06-01"):
        (row,), _ = run("fire-grades", f"{VENUES}V,important\n", FINDINGS + four, at=at)
        assert (row["grade"], row["since"], row["edition"]) == ("major", "2025-10-31", "2017")
    late = four.replace("2025-10-31", "2025-11-01")
    (row,), outcome = run("fire-grades", f"{VENUES}V,important\n", FINDINGS + late, at="2025-11-01")
    assert (row["grade"], row["edition"], outcome.facts["place_gone"]) == ("place_gone", "2025", 1)


def test_wrong_findings_are_refused_with_a_remedy_and_the_rest_is_graded() -> None:
    lines = "A,V,direct,2024-01-01,\nB,W,direct,2024-01-01,\nC,V,key,2024-02-01,2024-01-01\nD,V,key,2017-01-01,\nE,V,odd,2024-01-01,\n"
    (row,), outcome = run("fire-grades", f"{VENUES}V,other\n", FINDINGS + lines, at="2024-03-01")
    assert (row["grade"], row["direct"], row["key_elements"]) == ("major", "1", "0")
    assert {(each.row, each.field) for each in outcome.rejects} == {
        (3, "venue"),
        (4, "closed_on"),
        (5, "found_on"),
        (6, "class"),
    }
    assert all(each.remedy for each in outcome.rejects)


# -- lanes ------------------------------------------------------------------------------------------------

SIGHTINGS, LANES = "sighting,seen,lon,lat\n", "lane,lon,lat\n"
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def apart(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Metres on the sphere (haversine)."""
    (a, b), (c, d) = here, there
    half = sin(radians(d - b) / 2) ** 2 + cos(radians(b)) * cos(radians(d)) * sin(radians(c - a) / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(half))


SPOTS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda at: (116.3 + at[0] * 1e-4, 39.95 + at[1] * 1e-4))


@settings(max_examples=examples(120))
@given(
    st.lists(SPOTS, min_size=1, max_size=5, unique=True), st.lists(st.tuples(SPOTS, st.integers(-900, 20)), max_size=25)
)
def test_blockages_are_those_read_one_by_one(
    lanes: list[tuple[float, float]], seen: list[tuple[tuple[float, float], int]]
) -> None:
    expected: dict[str, list[datetime]] = {f"L{n}": [] for n in range(len(lanes))}
    held: dict[str, datetime] = {}
    for spot, hour in sorted(seen, key=lambda each: each[1]):
        near = sorted((apart(spot, lane), n) for n, lane in enumerate(lanes))
        if len(near) > 1 and abs(near[0][0] - near[1][0]) < 0.05:
            return  # between two lanes: which one is a matter of millimetres
        if abs(near[0][0] - 40) < 0.05:
            return
        at, lane = AT + timedelta(hours=hour), f"L{near[0][1]}"
        if near[0][0] > 40 or at > AT:
            continue
        if lane not in held or at - held[lane] > timedelta(hours=6):
            expected[lane].append(at)
        held[lane] = at
    rows, _ = run(
        "lane-blocks",
        SIGHTINGS
        + "\n".join(
            f"S{n},{(AT + timedelta(hours=hour)).isoformat()},{spot[0]:.6f},{spot[1]:.6f}"
            for n, (spot, hour) in enumerate(seen)
        ),
        LANES + "\n".join(f"L{n},{lane[0]:.6f},{lane[1]:.6f}" for n, lane in enumerate(lanes)),
        shuffle=5,
        at=AT.isoformat(),
    )
    inside = {lane: sum(at > AT - timedelta(days=30) for at in begun) for lane, begun in expected.items()}
    assert {lane: int(many) for lane, many in by(rows, "lane", "blocks").items()} == inside
    assert {row["lane"] for row in rows if row["state"] == "repeated"} == {n for n, many in inside.items() if many >= 3}


def test_several_calls_of_one_evening_are_one_blockage() -> None:
    lane = f"{LANES}L,116.3,39.95\n"
    evening = "".join(f"S{n},2026-05-20T18:{10 * n:02d}:00+08:00,116.30001,39.95001\n" for n in range(5))
    again = "A,2026-05-25T09:00:00+08:00,116.3,39.95\nB,2026-05-29T21:00:00+08:00,116.3,39.95\nC,2026-05-29T21:00:00+08:00,116.4,39.95\n"
    (row,), outcome = run("lane-blocks", SIGHTINGS + evening, lane, at="2026-06-01T00:00:00+08:00")
    assert (row["blocks"], row["sightings"], row["state"]) == ("1", "5", "blocked")
    (row,), outcome = run("lane-blocks", SIGHTINGS + evening + again, lane, at="2026-06-01T00:00:00+08:00")
    assert (row["blocks"], row["state"], row["last"]) == ("3", "repeated", "2026-05-29T21:00:00+08:00")
    assert outcome.facts == {"nowhere": 1, "repeated": 1}
    void = "".join(f"{line},{'2026-05-30' if line[0] == 'B' else ''}\n" for line in (evening + again).split())
    (row,), _ = run("lane-blocks", "sighting,seen,lon,lat,void_on\n" + void, lane, at="2026-06-01T00:00:00+08:00")
    assert row["blocks"] == "2", "what was found to be none is no blockage"
    (row,), _ = run("lane-blocks", SIGHTINGS + evening + again, lane, at="2026-06-20T00:00:00+08:00")
    assert row["blocks"] == "2", "the first lies more than thirty days back"


def test_no_sightings_and_no_lanes() -> None:
    (row,), _ = run("lane-blocks", SIGHTINGS, f"{LANES}L,116.3,39.95\n", at=AT.isoformat())
    assert row["state"] == "clear"
    rows, outcome = run("lane-blocks", f"{SIGHTINGS}S,2026-05-01T00:00:00Z,116,40\n", LANES, at=AT.isoformat())
    assert (rows, outcome.facts["nowhere"]) == ([], 1)


# -- panels -----------------------------------------------------------------------------------------------

PANELS, ALARMS = "panel,points,connected_on\n", "panel,day,alarms\n"
FAULTS, JUDGED = "panel,day,faults\n", "alarm,panel,verdict\n"


def panels(**points: int) -> str:
    return PANELS + "".join(f"{name},{many},2025-01-01\n" for name, many in points.items())


def test_silence_is_judged_by_the_size_of_a_panel() -> None:
    sizes = {f"P{n}": 200 + 10 * n for n in range(12)} | {"big": 600, "small": 4, "faulty": 600, "fresh": 600}
    alarms = "".join(f"P{n},2026-05-{day:02d},1\n" for n in range(12) for day in range(1, 29, 3))
    faults = "faulty,2026-05-02,3\nfaulty,2026-05-02,1\nbig,2026-05-03,0\nstranger,2026-05-01,1\n"
    text = panels(**sizes).replace("fresh,600,2025-01-01", "fresh,600,2026-05-20")
    rows, outcome = run("alarm-panels", text, ALARMS + alarms, FAULTS + faults, JUDGED, at="2026-05-31", shuffle=2)
    sound = by(rows, "panel", "sound")
    assert {name: sound[name] for name in ("P0", "big", "small", "faulty", "fresh")} == {
        "P0": "live",
        "big": "silent",
        "small": "quiet",
        "faulty": "live",
        "fresh": "new",
    }
    assert by(rows, "panel", "fault_days")["faulty"] == "1", "two readings of one day are one day"
    assert outcome.facts["silent"] == 1
    assert [each.field for each in outcome.rejects] == ["panel"]


def test_few_others_say_nothing() -> None:
    rows, _ = run(
        "alarm-panels", panels(a=900, b=900, c=900), ALARMS + "a,2026-05-01,90\n", FAULTS, JUDGED, at="2026-05-31"
    )
    assert by(rows, "panel", "sound")["b"] == "few_peers"


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 900)), min_size=3, max_size=20))
def test_the_chance_of_silence_is_that_of_a_named_library(drawn: list[tuple[int, int]]) -> None:
    active, points = np.array([a for a, _ in drawn]), np.array([p for _, p in drawn]) * 90
    expected, chance, _ = chance_of_silence(active, points)
    spoke = active > 0
    mean = points[spoke] * active.sum() / points.sum()
    extra = max(0.0, float(((active[spoke] - mean) ** 2 - mean).sum()) / max(float((mean**2).sum()), 1e-12))
    for one, said in zip(expected, chance, strict=True):
        if extra > 1e-9:
            assert said == pytest.approx(nbinom.pmf(0, 1 / extra, 1 / (1 + extra * one)), rel=1e-6, abs=1e-12)
        else:
            assert said == pytest.approx(np.exp(-one))


@given(st.integers(0, 60), st.integers(0, 20), st.integers(0, 30))
def test_false_alarms_have_an_interval_and_drills_are_none(false: int, fires: int, drills: int) -> None:
    kinds = ["false"] * false + ["fire"] * fires + ["drill"] * drills + ["works", ""]
    judged = "".join(f"A{n},a,{kind}\n" for n, kind in enumerate(kinds))
    (row,), _ = run("alarm-panels", panels(a=10), ALARMS, FAULTS, JUDGED + judged, at="2026-05-31")
    assert (row["judged"], row["false"], row["aside"]) == (str(false + fires), str(false), str(drills + 1))
    if false + fires:
        low, high = proportion_confint(false, false + fires, method="wilson")
        assert (float(row["lower"]), float(row["upper"])) == pytest.approx((low, high), abs=1e-6)
        assert row["often"] == ("few" if false + fires < 8 else "high" if low > 0.5 else "usual")
    else:
        assert (row["rate"], row["often"]) == ("", "few")
