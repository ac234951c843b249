"""Accidents told in time and firms that find nothing: against the definitions, case by case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import run

START = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
HEAD = "accident,level,at,deaths,serious_injuries,loss_yuan"
gaps = st.lists(st.integers(1, 400) | st.none(), min_size=3, max_size=3)


def _iso(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


@given(gaps)
def test_each_level_is_due_after_the_one_below_was_told(waits: list[int | None]) -> None:
    terms, at, reports, want = (60, 120, 120), 0, [HEAD], {}
    told: int | None = 0
    for level, term, wait in zip(("unit", "district", "city"), terms, waits, strict=True):
        if told is None:
            break
        if wait is None:
            want[level] = "missing"
            told = None
            continue
        want[level] = "in_time" if wait <= term else "late"
        told = at = told + wait
        reports.append(f"a,{level},{_iso(at)},0,1,5000")
    rows, out = run(
        "accident-clocks", f"accident,happened_at,kind\na,{_iso(0)},work", "\n".join(reports), at=_iso(10_000)
    )
    assert {row["level"]: row["state"] for row in rows} == want
    assert out.facts["late"] == list(want.values()).count("late")


def test_class_follows_numbers_within_the_days_and_larger_ones_go_to_the_province() -> None:
    reports = [
        HEAD, f"a,unit,{_iso(60)},2,0,0", f"a,district,{_iso(180)},2,0,0", f"a,city,{_iso(301)},3,0,0",
        f"b,unit,{_iso(10)},1,0,0", f"b,unit,{_iso(8 * 1_440)},9,0,0",
    ]  # fmt: skip
    accidents = f"accident,happened_at,kind\na,{_iso(0)},work\nb,{_iso(0)},traffic"
    rows, out = run("accident-clocks", accidents, "\n".join(reports), at=_iso(20 * 1_440))
    told = {(row["accident"], row["level"]): (row["state"], row["class"]) for row in rows}
    assert told["a", "unit"] == ("in_time", "larger"), "the last minute is in time"
    assert told["a", "city"] == ("late", "larger"), "a minute after it is not"
    assert told["a", "province"] == ("missing", "larger")
    assert told["b", "unit"] == ("in_time", "ordinary"), "a number of the eighth day changes no traffic accident"
    assert (out.facts["changed"], out.facts["too_late"]) == (1, 1)


def test_the_term_for_the_province_begins_with_the_number_that_made_it_larger() -> None:
    later = 10 * 1_440
    reports = [HEAD, *(f"a,{level},{_iso(at)},2,0,0" for level, at in (("unit", 30), ("district", 90), ("city", 150)))]
    for wait, state in ((120, "in_time"), (121, "late")):
        more = [f"a,unit,{_iso(later)},3,0,0", f"a,province,{_iso(later + wait)},3,0,0"]
        rows, out = run(
            "accident-clocks", f"accident,happened_at,kind\na,{_iso(0)},work", "\n".join([*reports, *more]),
            at=_iso(20 * 1_440),
        )  # fmt: skip
        told = {row["level"]: (row["state"], row["class"]) for row in rows}
        assert told["province"] == (state, "larger")
        assert out.facts["changed"] == 1


def test_an_unknown_accident_is_rejected_and_nothing_is_due_before_its_time() -> None:
    accidents = f"accident,happened_at,kind\na,{_iso(0)},fire"
    rows, out = run("accident-clocks", accidents, f"{HEAD}\nz,unit,{_iso(5)},0,0,0", at=_iso(30))
    assert [(row["level"], row["state"]) for row in rows] == [("unit", "waiting")]
    assert [reject.field for reject in out.rejects] == ["accident"]


def test_zero_reporters_are_those_whose_peers_find() -> None:
    lines = ["firm,peers,day,found"]
    firms = {
        "zero": (12, 0),
        "p1": (12, 1),
        "p2": (12, 0),
        "p3": (12, 2),
        "late": (12, 0),
        "new": (3, 0),
        "rare": (1, 0),
    }
    for name, (months, found) in firms.items():
        for back in range(months):
            month = 12 - back if name != "rare" else 1
            lines.append(f"{name},busy,2025-{month:02d}-05,{found}")
    lines += [f"q{n},quiet,2025-{month:02d}-05,0" for n in range(5) for month in range(1, 13)]
    lines.append("late,busy,2025-08-01,1")
    rows, _ = run("zero-reports", "\n".join(lines), at="2025-12-31", months=6, least=2)
    told = {row["firm"]: row["verdict"] for row in rows}
    assert told["zero"] == told["p2"] == "zero_report"
    assert told["late"] == told["p1"] == told["p3"] == "reports"
    assert (told["new"], told["rare"], told["q0"]) == ("new", "silent", "quiet_trade")
    assert next(row["peers_per_year"] for row in rows if row["firm"] == "zero") == "7.40"


def test_few_peers_say_nothing_and_a_firm_has_one_trade() -> None:
    lines = ["firm,peers,day,found"]
    lines += [
        f"{name},t,2025-{month:02d}-05,{found}"
        for name, found in (("a", 0), ("b", 9), ("c", 9))
        for month in range(1, 13)
    ]
    lines.append("a,other,2025-12-06,1")
    rows, out = run("zero-reports", "\n".join(lines), at="2025-12-31")
    assert {row["firm"]: row["verdict"] for row in rows}["a"] == "few_peers"
    assert [reject.field for reject in out.rejects] == ["peers"]
