"""Statistics of venues: years apart, nothing filled, headings that no register answers are said to be so."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.parts.rulebook import method_rules
from bihuan.methods.venue_statistics import NOT_HELD, TABLE
from tests.methods.running import by, run

VENUES = """venue,kind,hours,floor_m2,capacity
A,library,Tu-Su 09:00-17:00,1200.5,300
B,library,,,80
M,museum,Mo-Su 09:00-17:00,5000,900
"""
VISITS = """venue,date,count
A,2025-12-31,7
A,2026-01-01,100
A,2026-01-02,0
M,2026-01-01,40
"""
ITEMS = "item,venue\nC-1,M\nC-2,M\n"
LOANS = "loan,venue,date\nL-1,M,2026-03-01\n"


def test_years_are_apart_and_a_silent_counter_is_no_zero() -> None:
    rows, outcome = run("venue-statistics", VENUES, VISITS, ITEMS, LOANS, shuffle=3, at="2026-12-31")
    told = {(row["year"], row["venue"]): (row["visits"], row["days"], row["items"], row["loans"]) for row in rows}
    assert told == {
        ("2025", "A"): ("7", "1", "", ""), ("2025", "B"): ("", "0", "", ""), ("2025", "M"): ("", "0", "2", ""),
        ("2026", "A"): ("100", "2", "", ""), ("2026", "B"): ("", "0", "", ""), ("2026", "M"): ("40", "1", "2", "1"),
    }  # fmt: skip
    assert not outcome.rejects


def test_the_return_of_libraries_says_what_it_cannot_answer() -> None:
    _, outcome = run("venue-statistics", VENUES, VISITS, ITEMS, LOANS, at="2026-12-31")
    headings = outcome.facts["headings"]
    assert by(headings, "item", "state")["libraries"] == "counted"
    answered = {each["item"]: (each["value"], each["venues"], each["state"]) for each in headings if each["value"]}
    assert answered == {
        "libraries": ("2", "2/2", "counted"), "visits": ("100", "1/2", "partial"),
        "opening_hours": ("1", "1/2", "partial"), "floor_area": ("1200.5", "1/2", "partial"),
    }  # fmt: skip
    missing = {each["item"] for each in headings if each["state"] == "not_held"}
    assert {"loans", "seats", "events", "collection", "staff", "expenditure"} <= missing
    assert outcome.facts["venues"] == 2


def test_every_heading_is_answered_by_a_column_or_by_none_and_the_day_chooses_the_edition() -> None:
    known = {"venue", "visits", "hours", "floor_m2", NOT_HELD}
    for day, edition in ((date(2026, 2, 28), "2009"), (date(2026, 3, 1), "2025")):
        table = method_rules().table(TABLE, day)
        assert (table.meta.edition, table.meta.verified) == (edition, False)
        assert {str(row.constants["column"]) for row in table.rows} == known
    _, outcome = run("venue-statistics", VENUES, VISITS, ITEMS, LOANS, at="2009-08-31")
    assert outcome.facts["headings"] == []


def test_bad_rows_are_refused_and_the_rest_goes_on() -> None:
    visits = VISITS + "Z,2026-01-01,5\nA,2026-01-03,-4\n"
    rows, outcome = run("venue-statistics", VENUES, visits, ITEMS + "C-3,Z\n", LOANS, at="2026-12-31")
    assert sorted((each.row, each.field) for each in outcome.rejects) == [(4, "venue"), (6, "venue"), (7, "count")]
    assert [row["visits"] for row in rows if row["year"] == "2026"] == ["100", "", "40"]


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.tuples(st.sampled_from("ABM"), st.integers(0, 800)), st.integers(0, 500), max_size=40))
def test_visits_are_those_of_a_loop(counts: dict[tuple[str, int], int]) -> None:
    first = date(2025, 1, 1)
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    lines = "venue,date,count\n"
    for (venue, days), count in counts.items():
        day = first + timedelta(days=days)
        lines += f"{venue},{day},{count}\n"
        sums[venue, str(day.year)] += count
    rows, _ = run("venue-statistics", VENUES, lines, ITEMS, "loan,venue,date\n", shuffle=5, at="2026-12-31")
    assert {(row["venue"], row["year"]): int(row["visits"]) for row in rows if row["visits"]} == dict(sums)
