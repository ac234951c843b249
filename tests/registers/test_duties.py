"""The duty matrix: the most specific row, gaps, and that a reform orphans nothing (DESIGN §9, invariant 7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.registers.pure.duties import Duties, DutyRow
from bihuan.registers.pure.errors import NoDuty, RegisterError
from bihuan.registers.pure.organisations import Organisations
from bihuan.registers.pure.reform import Reform, heir_of, reorganise
from tests.registers.builders import hotline, matrix, model_district, places, row, unit, units

DAY = date(2026, 5, 6)
CHANGE = date(2026, 7, 1)
LEAVES = ("heat.cold.room", "heat.cold.hall", "heat.leak.pipe", "noise.site.night")
STREETS = ("11", "12")


@pytest.mark.parametrize(
    ("category", "area", "lead"),
    [
        ("heat.cold.room", "111", "b"),  # category first: the leaf beats the area
        ("heat.cold.hall", "111", "a1"),
        ("heat.cold.hall", "121", "water"),
        ("heat.leak.pipe", "11", "water"),
        ("noise.site.night", "111", "a"),
        ("noise.site.night", "121", "b"),
        ("noise.site.night", "1", "district"),  # no street answers for the whole district
        ("heating", "11", "district"),  # not below heat: dots separate, letters do not
        (None, None, "district"),
    ],
)
def test_the_most_specific_row_wins(category: str | None, area: str | None, lead: str) -> None:
    duties = matrix(
        row("heat", "*", "water"),
        row("heat", "11", "water"),
        row("heat.cold", "111", "a1"),
        row("heat.cold.room", "*", "b"),
        row("noise", "*", "@street"),
    )
    assert duties.resolve(category, area, DAY).lead == lead


def test_the_answer_says_why() -> None:
    duties = Duties(
        [DutyRow("r1", "heat", "*", "water", ("@street", "water"), citation="list 3", verified=True)], places(), units()
    )
    duty = duties.resolve("heat.cold.room", "111", DAY)
    assert (duty.lead, duty.co, duty.fallback) == ("water", ("a",), False)
    assert duty.why()["row"] == "r1"
    assert duty.why()["citation"] == "list 3"
    fallen = duties.resolve("noise.site.night", "111", DAY)
    assert (fallen.lead, fallen.fallback) == ("district", True)
    assert "no duty row" in fallen.why()["reason"]


def test_without_a_fallback_nobody_is_named() -> None:
    bare = Organisations([unit("district", "district")])
    with pytest.raises(NoDuty, match="nobody answers"):
        Duties([], places(), bare).resolve("heat", "11", DAY)


def test_a_row_holds_from_its_first_day_until_before_its_last() -> None:
    duties = matrix(row("heat", "*", "water", until=CHANGE), row("heat", "*", "callback", since=CHANGE))
    assert duties.resolve("heat.cold.room", "11", CHANGE - timedelta(days=1)).lead == "water"
    assert duties.resolve("heat.cold.room", "11", CHANGE).lead == "callback"


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([row("heat", "*", "water"), row("heat", "*", "callback", since=CHANGE)], "second lead"),
        ([row("heat", "*", "nobody")], "unknown unit 'nobody'"),
        ([row("heat", "99", "water")], "unknown area '99'"),
        ([row("heat", "*", "water", CHANGE, CHANGE)], "ends before"),
    ],
)
def test_contradictions_are_refused(rows: list[DutyRow], complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint) as caught:
        matrix(*rows)
    assert caught.value.subjects


def test_coverage_finds_the_hole_and_its_dates() -> None:
    duties = matrix(
        row("heat", "*", "water"),
        row("noise", "11", "a"),
        row("noise", "12", "b", until=CHANGE),
        row("noise", "12", "callback", since=CHANGE + timedelta(days=31)),
    )
    (gap,) = duties.coverage_check(LEAVES, STREETS)
    assert (gap.category, gap.area, gap.since, gap.until) == (
        "noise.site.night",
        "12",
        CHANGE,
        CHANGE + timedelta(days=31),
    )
    assert duties.coverage_check(LEAVES, STREETS, since=date(2027, 1, 1)) == []


def test_coverage_finds_a_lead_that_has_ended() -> None:
    organisations = units(unit("parks", valid_to=CHANGE))
    duties = matrix(row("heat", "*", "parks"), row("noise", "*", "@street"), organisations=organisations)
    gaps = duties.coverage_check(LEAVES, STREETS)
    assert {(gap.since, gap.until) for gap in gaps} == {(CHANGE, None)}
    assert len(gaps) == 6
    assert "does not exist" in gaps[0].what


def test_the_model_district_is_covered_everywhere_and_always() -> None:
    registers = model_district()
    leaves = [leaf.code for leaf in hotline().leaves]
    streets = [area.code for area in registers.areas.at_level("street")]
    assert (len(streets), len(leaves) >= 250) == (29, True)
    assert registers.duties.coverage_check(leaves, streets) == []
    assert [duty.category for duty in registers.duties if duty.category not in hotline()] == []


def test_the_model_district_has_the_communities_of_the_district_only() -> None:
    communities = model_district().areas.at_level("community")
    assert len(communities) == 678
    assert {area.code[:6] for area in communities} == {"110108"}


# --- generated matrices ----------------------------------------------------------------------------------------------

PREFIXES = ["*", "heat", "heat.cold", "heat.cold.room", "heat.leak", "noise", "noise.site.night"]
AREAS = ["*", "1", "11", "12", "111", "121"]
LEADS = ["a", "b", "a1", "water", "callback", "@street"]
CELLS = st.dictionaries(
    st.tuples(st.sampled_from(PREFIXES), st.sampled_from(AREAS)), st.sampled_from(LEADS), min_size=1, max_size=14
)
EVERY_AREA = ("11", "12", "111", "112", "121")


def generated(cells: dict[tuple[str, str], str]) -> Duties:
    return matrix(*(row(category, area, lead) for (category, area), lead in cells.items()))


@given(CELLS, st.sampled_from(LEAVES), st.sampled_from(EVERY_AREA))
def test_resolution_equals_a_ranking_of_all_rows(cells: dict[tuple[str, str], str], leaf: str, area: str) -> None:
    duties = generated(cells)
    fitting = [
        r
        for r in duties.rows
        if (r.category == "*" or leaf == r.category or leaf.startswith(r.category + "."))
        and (r.area == "*" or area.startswith(r.area))
    ]
    best = max(fitting, key=lambda r: (r.category != "*", len(r.category), r.area != "*", len(r.area)), default=None)
    assert duties.find(leaf, area, DAY) is best


@given(CELLS)
def test_coverage_equals_asking_every_cell(cells: dict[tuple[str, str], str]) -> None:
    duties = generated(cells)
    holes = {(g.category, g.area) for g in duties.coverage_check(LEAVES, EVERY_AREA)}
    asked = {(c, a) for c in LEAVES for a in EVERY_AREA if duties.resolve(c, a, DAY).fallback}
    assert holes == asked


MERGE = Reform(CHANGE, ("a", "b"), (unit("ab", "street", areas=("11", "12")),), citation="decision 7")
SPLIT = Reform(
    CHANGE,
    ("water",),
    (unit("clean"), unit("waste")),
    places=(("12", "waste"), ("111", "waste")),
    citation="decision 8",
)
RENAME = Reform(CHANGE, ("callback",), (unit("listening"),))
ABSORB = Reform(CHANGE, ("water",), heirs=("callback",))


@given(CELLS, st.sampled_from([MERGE, SPLIT, RENAME, ABSORB]))
def test_a_reform_orphans_nothing_and_leaves_the_past_alone(cells: dict[tuple[str, str], str], reform: Reform) -> None:
    before = generated(cells)
    organisations, after = reorganise(before, reform)
    eve = CHANGE - timedelta(days=1)
    for leaf in LEAVES:
        for area in EVERY_AREA:
            assert after.resolve(leaf, area, eve).lead == before.resolve(leaf, area, eve).lead
            old, new = before.resolve(leaf, area, CHANGE), after.resolve(leaf, area, CHANGE)
            assert new.fallback == old.fallback
            expected = heir_of(old.lead, area, CHANGE, organisations, places())
            if reform is SPLIT and old.lead == "water":
                expected = "waste" if area in ("12", "121", "111") else "clean"
            assert new.lead == expected
    assert after.coverage_check(LEAVES, EVERY_AREA) == before.coverage_check(LEAVES, EVERY_AREA)
    assert not [r for r in after if r.on(CHANGE) and set(reform.ending) & {r.lead, *r.co}]


def test_a_split_leaves_rows_that_stood_in_between() -> None:
    before = matrix(row("*", "*", "water"), row("*", "1", "a"))
    _, after = reorganise(before, SPLIT)
    assert after.resolve("noise.site.night", "121", CHANGE).lead == "a"


def test_a_merge_re_parents_members_and_names_the_heir() -> None:
    organisations, duties = reorganise(matrix(row("noise", "*", "@street")), MERGE)
    assert organisations.at(CHANGE).ancestors("a1") == ("ab", "district")
    assert organisations.at(CHANGE - timedelta(days=1)).ancestors("a1") == ("a", "district")
    assert organisations.at(CHANGE).get("a") is None
    assert organisations.successors("b", CHANGE) == ("ab",)
    assert duties.resolve("noise.site.night", "121", CHANGE).lead == "ab"
    assert organisations.at(CHANGE).dependence("ab", ["a1"]) == "superiors_below_district"
    assert organisations.at(CHANGE).contractors_of("ab") == ("sweepers",)


def test_a_split_street_sends_each_community_to_its_own_heir() -> None:
    split = Reform(CHANGE, ("a",), (unit("north", "street", areas=("111",)), unit("south", "street", areas=("11",))))
    organisations, duties = reorganise(matrix(row("noise", "*", "@street"), row("heat", "11", "a")), split)
    assert duties.resolve("noise.site.night", "111", CHANGE).lead == "north"
    assert duties.resolve("noise.site.night", "112", CHANGE).lead == "south"
    assert organisations.at(CHANGE).ancestors("a1") == ("north", "district")
    assert heir_of("a", "111", CHANGE, organisations, places()) == "north"
    assert heir_of("a", "112", CHANGE, organisations, places()) == "south"
    assert heir_of("a", None, CHANGE, organisations, places()) == "north"
    assert duties.resolve("heat.cold.room", "112", CHANGE).lead == "south"


@pytest.mark.parametrize(
    ("reform", "complaint"),
    [
        (Reform(CHANGE, ("nobody",), (unit("x"),)), "does not exist on"),
        (Reform(CHANGE, ("a",)), "nobody takes over"),
        (Reform(CHANGE, ("a",), heirs=("a",)), "cannot take over"),
        (Reform(CHANGE, ("a",), (unit("x"),), places=(("99", "x"),)), "area '99' is unknown"),
    ],
)
def test_a_reform_that_cannot_be_is_refused(reform: Reform, complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        reorganise(matrix(row("noise", "*", "@street")), reform)


def test_the_snapshot_changes_its_version_with_its_content() -> None:
    registers = model_district()
    ending = registers.unit("sports", DAY)
    assert ending
    changed = registers.reorganise(Reform(CHANGE, ("sports",), heirs=("culture-tourism",)))
    assert changed.version != registers.version
    heir = registers.unit("culture-tourism", DAY)
    assert heir
    assert changed.duty("culture.sport.gym", "110108011", CHANGE).lead == heir.id
    assert changed.duty("culture.sport.gym", "110108011", DAY).lead == ending.id
    assert changed.heir(ending.id, "110108011", CHANGE) == heir.id
