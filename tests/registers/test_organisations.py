"""Areas, organisations through time, who may verify whom, deputies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.registers.pure.areas import Area, Areas
from bihuan.registers.pure.calendar_files import load_calendar
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.organisation import Organisation
from bihuan.registers.pure.rosters import Deputyship, acts_for
from tests.registers.builders import model_district, places, unit, units

DAY = date(2026, 5, 6)
CHANGE = date(2026, 7, 1)


def test_areas_nest_by_code() -> None:
    areas = places()
    assert areas.chain("111") == ("111", "11", "1")
    assert areas.ancestors("111") == ("11", "1")
    assert areas.children("1") == ("11", "12")
    assert areas.is_within("111", "1")
    assert areas.is_within("11", "11")
    assert not areas.is_within("11", "111")
    assert areas.up_to_level("111", "street") == "11"
    assert areas.chain("999") == ()


def test_areas_may_name_their_parent_instead() -> None:
    areas = Areas([Area("city", "c", "c", "district"), Area("dorchester", "d", "d", "street", parent="city")])
    assert areas.chain("dorchester") == ("dorchester", "city")


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        ([Area("11", "x", "x", "street")], "occurs twice"),
        ([Area("z", "x", "x", "street", parent="nowhere")], "unknown area nowhere"),
        ([Area("p", "x", "x", "street", parent="q"), Area("q", "x", "x", "street", parent="p")], "lies in itself"),
    ],
)
def test_wrong_areas_are_refused(extra: list[Area], complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        Areas([*places(), *extra])


def test_a_point_is_found_in_the_smallest_polygon() -> None:
    square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
    corner = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    areas = Areas(
        [Area("1", "x", "x", "district", polygon=(square,)), Area("11", "x", "x", "street", polygon=(corner,))]
    )
    assert areas.containing(0.5, 0.5) == ("11", "1")
    assert areas.containing(1.0, 0.5) == ("11", "1")  # a boundary belongs to both sides
    assert areas.containing(3, 3) == ("1",)
    assert areas.containing(9, 9) == ()


def test_the_graph_of_a_day() -> None:
    graph = units().at(DAY)
    assert graph.ancestors("a1") == ("a", "district")
    assert graph.superiors_below_district("a1") == ("a",)
    assert graph.members("a") == ("a1", "sweepers")
    assert graph.is_inside("a1", "a")
    assert graph.is_inside("a1", "district")
    assert not graph.is_inside("a", "a1")
    assert not graph.is_inside("a", "nobody")
    assert set(graph.contractors_of("water")) == {"sweepers"}
    assert graph.for_area("street", "11").code == "a"  # type: ignore[union-attr]  # it exists
    assert graph.fallback().code == "district"  # type: ignore[union-attr]  # it exists


@pytest.mark.parametrize(
    ("verifier", "handlers", "relation"),
    [
        ("a", ["a"], "unit"),
        ("a1", ["a"], "unit"),  # inside the handling unit
        ("a", ["a1"], "superiors_below_district"),
        ("b", ["a1", "b1"], "superiors_below_district"),  # one of several handlers is enough
        ("sweepers", ["a"], "contractor"),
        ("sweepers", ["a1"], "contractor"),  # of the superior
        ("sweepers", ["water"], "contractor"),
        ("water", ["sweepers"], "contractor"),  # the employer
        ("district", ["a"], None),  # superiors below the district only
        ("callback", ["a", "a1", "water", "sweepers"], None),
        ("callback", ["district"], None),
        ("district", ["district"], "unit"),
        ("b", ["a"], None),
    ],
)
def test_who_may_verify(verifier: str, handlers: list[str], relation: str | None) -> None:
    graph = units().at(DAY)
    assert graph.dependence(verifier, handlers) == relation
    assert graph.independent(verifier, handlers) is (relation is None)


def test_only_the_relations_that_a_programme_names_count() -> None:
    graph = units().at(DAY)
    assert graph.dependence("a", ["a1"], ["unit", "contractor"]) is None
    with pytest.raises(RegisterError, match="cousins"):
        graph.dependence("a", ["a1"], ["cousins"])


def test_independence_is_that_of_the_day() -> None:
    hired = unit("painters", "contractor", "", clients=("b",), valid_from=CHANGE)
    organisations = units(hired)
    before, after = date(2026, 6, 30), CHANGE
    assert organisations.at(before).dependence("painters", ["b"]) is None
    assert organisations.at(after).dependence("painters", ["b"]) == "contractor"


def test_an_organisation_keeps_its_id_through_a_change_of_name() -> None:
    old = unit("parks", valid_to=CHANGE)
    new = replace(old, name_en="Parks and Gardens", valid_from=CHANGE, valid_to=None)
    organisations = units(old, new)
    assert organisations.at(date(2026, 6, 30)).get("parks").name_en == "parks"  # type: ignore[union-attr]  # exists
    assert organisations.at(CHANGE).get("parks").name_en == "Parks and Gardens"  # type: ignore[union-attr]  # exists
    assert len(organisations.spans("parks")) == 2
    assert organisations.successors("parks", CHANGE) == ("parks",)


def test_successors_are_followed_to_the_end() -> None:
    later = date(2027, 1, 1)
    organisations = units(
        unit("parks", valid_to=CHANGE, successors=("green", "woods")),
        unit("green", valid_from=CHANGE, valid_to=later, successors=("nature",)),
        unit("woods", valid_from=CHANGE),
        unit("nature", valid_from=later),
        unit("lost", valid_to=CHANGE),
        unit("brief", valid_from=CHANGE, valid_to=later, successors=("water",)),
    )
    assert organisations.successors("parks", DAY) == ("parks",)
    assert organisations.successors("parks", CHANGE) == ("green", "woods")
    assert organisations.successors("parks", later) == ("nature", "woods")
    assert organisations.successors("lost", later) == ()
    assert organisations.successors("nature", DAY) == ()  # not yet founded
    assert organisations.successors("brief", DAY) == ()
    assert organisations.successors("brief", later) == ("water",)
    assert organisations.successors("unheard", DAY) == ()


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        ([unit("x", "ministry")], "unknown kind"),
        ([unit("x", parent="nowhere")], "unknown organisation 'nowhere'"),
        ([unit("x", valid_from=CHANGE, valid_to=CHANGE)], "ends before it begins"),
        ([unit("x", valid_to=CHANGE), unit("x", valid_from=DAY)], "overlap"),
        ([unit("x", parent="y"), unit("y", parent="x")], "stands above or follows itself"),
        ([unit("x", "street", areas=("11",))], "both answer for area 11"),
        ([Organisation("other-id", "water", "x", "x", "department", "district")], "shares its code"),
    ],
)
def test_contradictions_are_refused(extra: list[Organisation], complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint) as caught:
        units(*extra)
    assert caught.value.remedy
    assert caught.value.subjects


@given(st.data())
def test_nobody_of_the_line_verifies_in_the_model_district(data: st.DataObject) -> None:
    """DESIGN §9, invariant 2, on the shipped graph: brute force against the definition."""
    registers = model_district()
    graph = registers.organisations.at(DAY)
    everybody = [span.id for span in graph.units()]
    handler = data.draw(st.sampled_from(everybody))
    verifier = data.draw(
        st.sampled_from([*everybody[:60], handler, *graph.ancestors(handler), *graph.members(handler)])
    )
    line = {handler, *graph.superiors_below_district(handler)}
    forbidden = verifier in line
    if graph.get(handler).kind != "district":  # type: ignore[union-attr]  # drawn from those that exist
        forbidden |= handler in graph.ancestors(verifier)
    for span in graph.units("contractor"):
        employers = {span.parent, *span.clients}
        forbidden |= verifier == span.id and bool(employers & line)
        if handler == span.id:
            employers -= {u.id for u in graph.units("district")}
            forbidden |= verifier in employers or any(verifier in graph.superiors_below_district(e) for e in employers)
    assert (registers.dependence(verifier, [handler], DAY) is not None) is forbidden


ROSTER = [
    Deputyship("water", "user:nina", "nights"),
    Deputyship("a", "callback", "days_off"),
    Deputyship("b", "user:nina", "nights_and_days_off", time(20), time(6), CHANGE),
    Deputyship("callback", "user:nina", "always", valid_to=CHANGE),
]


@pytest.mark.parametrize(
    ("when", "unit_of_nina", "expected"),
    [
        ("2026-05-06 12:00", None, {"callback"}),
        ("2026-05-06 18:00", None, {"callback", "water"}),
        ("2026-05-06 08:29", None, {"callback", "water"}),
        ("2026-05-06 08:30", None, {"callback"}),
        ("2026-05-09 12:00", "callback", {"callback"}),  # a Saturday that is worked (调休)
        ("2026-05-10 12:00", "callback", {"callback", "a"}),
        ("2026-07-01 12:00", None, set()),
        ("2026-07-01 21:00", None, {"water", "b"}),
        ("2026-07-05 12:00", None, {"b"}),
        ("2027-01-03 12:00", None, {"b"}),  # unpublished year: a Sunday all the same
    ],
)
def test_deputies(when: str, unit_of_nina: str | None, expected: set[str]) -> None:
    at = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert acts_for(ROSTER, "user:nina", unit_of_nina, at, load_calendar("CN", "Asia/Shanghai")) == expected


def test_a_night_crosses_midnight() -> None:
    with pytest.raises(RegisterError, match="midnight"):
        Deputyship("a", "b", "nights", time(1), time(6))
    with pytest.raises(RegisterError, match="sometimes"):
        Deputyship("a", "b", "sometimes")
