"""What the locator finds in invented titles, and that offsets and batches are exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.insight.places import Gazetteer, KnownPlace, Locator

TITLES = {
    "投诉A3区海棠湾街道青松村道路积水问题": ("A3区", "海棠湾街道", "青松村"),
    "A市金海棠小区停水三天": ("A市", "", "金海棠小区"),
    "反映B7县和平镇东风小学违规收费": ("B7县", "和平镇", "东风小学"),
    "A市A5区海棠路与青松路交汇处红绿灯不亮": ("A5区", "", "海棠路与青松路交汇处"),
    "咨询A市购房补贴政策": ("A市", "", ""),
}


@pytest.mark.parametrize("title", TITLES)
def test_a_title_names_area_street_and_place(title: str) -> None:
    place = Locator().locate([title])[0]
    assert place is not None
    assert (place.admin, place.street, place.place) == TITLES[title]


def test_no_area_and_no_place_is_none() -> None:
    assert Locator().locate(["请问健康卡怎么办理？", "", "???"]) == [None, None, None]


def test_a_code_that_is_part_of_a_roads_name_is_no_area() -> None:
    place = Locator().locate(["A3区大道路灯不亮"])[0]
    assert place is None or place.admin == ""


def test_offsets_are_of_the_text_given_even_where_characters_grow() -> None:
    text = "①②㎡…反映Ａ市金海棠小区停水"
    place = Locator().locate([text])[0]
    assert place is not None
    assert text[place.start : place.end] == place.place == "金海棠小区"


@given(st.lists(st.text(alphabet="A3区市县路村小区海棠街道镇和、，①㎡\n\r 停水1\U00020000", max_size=30), max_size=6))
def test_offsets_always_cut_out_the_place(texts: list[str]) -> None:
    for text, place in zip(texts, Locator().locate(texts), strict=True):
        if place is not None and place.start >= 0:
            assert text[place.start : place.end] == place.place != ""
            assert 0 <= place.confidence <= 1
        elif place is not None:
            assert (place.place, place.start, place.end) == ("", -1, -1)


def test_streets_side_by_side_do_not_overlap() -> None:
    place = Locator().locate(["A市A3区海棠镇海棠街道青松村可以通车吗"])[0]
    assert place is not None
    assert place.street == "海棠镇"


def test_candidates_are_ranked_and_their_chances_add_up_to_at_most_one() -> None:
    found = Locator().candidates("A市海棠路金海棠小区停水三天")
    chances = [place.confidence for place in found]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1.0001
    assert "金海棠小区" in {place.place for place in found}


def test_a_known_name_without_an_ending_is_found_with_its_entry_and_kind() -> None:
    known = Gazetteer([KnownPlace("e1", "北斗云谷", ("老云谷",), "estate", "11")])
    title = "A市老云谷的路灯不亮"
    place = Locator(known).locate([title])[0]
    assert place is not None
    assert (place.place, place.entry, place.kind) == ("老云谷", "e1", "estate")


def test_english_addresses_and_crossings() -> None:
    texts = [
        "Pothole at 39 Lorraine St Roslindale",
        "INTERSECTION of Groveland St & River St  Mattapan",
        "no place here",
    ]
    found = Locator().locate(texts)
    assert [place and place.place for place in found] == ["39 Lorraine St", "Groveland St & River St", None]


def test_the_same_file_gives_the_same_answer_twice() -> None:
    texts = list(TITLES) * 3
    assert Locator().locate(texts) == Locator().locate(texts)


def test_a_code_inside_a_name_belongs_to_the_name_and_is_no_area() -> None:
    place = Locator().locate(["A市海棠A3区花园小区停水三天"])[0]
    assert place is not None
    assert place.admin == "A市"


def test_a_second_area_behind_a_connective_stays_an_area() -> None:
    place = Locator().locate(["从A市到A3区的青松路何时通车"])[0]
    assert place is not None
    assert place.admin == "A3区"


def test_a_long_file_is_taken_in_chunks_without_mixing_up_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bihuan.insight.places.locator.CHUNK", 3)
    titles = [*TITLES, "", "no place"] * 3
    found = Locator().locate(titles, ["海棠苑停水"])
    assert [place.admin if place else "" for place in found] == [TITLES.get(t, ("",))[0] for t in titles]


def test_texts_without_any_candidate_still_name_their_area() -> None:
    assert [place and place.admin for place in Locator().locate(["A市", "你好"])] == ["A市", None]
