"""The twin of a community: one register that is built, no person in it, and who may say what stands there."""

from __future__ import annotations

from datetime import date

import pytest

from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.programmes import all_programmes, rule_book
from bihuan.subjects.catalogue import subject_type
from bihuan.watches.catalogue import current_catalogue

NAME = "twin-community"


def test_a_change_opens_a_survey_and_only_its_acceptance_writes_a_version() -> None:
    watch = current_catalogue().watches["change_unsurveyed"]
    assert watch.programme == NAME
    assert watch.declared.opens is not None
    assert watch.declared.opens.case == "resurvey"
    cases = all_programmes()[NAME].cases
    assert not cases["resurvey"].effects
    assert {each.subject or "twin-object" for each in cases["survey"].effects} == {"twin-object", "twin-survey"}
    assert list(views_of(NAME)) == ["overview"]


def test_what_is_built_has_no_field_of_a_person_and_leads_to_none() -> None:
    kind = subject_type("twin-object")
    assert kind.city is not None
    assert set(kind.city.attributes) <= set(kind.open_fields)
    for rule in kind.fields.values():
        assert not rule.sealed
        assert rule.to in (None, "twin-object"), "a register of persons is not reached from geometry"


@pytest.mark.parametrize(("lod", "most"), [("0", 100), ("1", 50), ("2", 20)])
def test_the_finer_the_level_the_less_error(lod: str, most: int) -> None:
    assert int(rule_book().of(NAME).lookup("twin_accuracy", date(2026, 3, 1), "*", lod=lod).value) == most


def test_whoever_surveys_is_asked_to_measure_the_change() -> None:
    declared = letter_named("twin-resurvey-request")
    assert declared.letter.informs
    said = {"number_of_case": "TC-1", "object": "TO-1", "what": "某楼"}
    told = letters_of_play(
        (declared, {"facts": said | more, "dated": "2026-06-01", "addressee": ["某单位"]})
        for more in ({}, {"due": "2026-06-20"})
    )
    assert not told["refused"], told["refused"]
    assert [each["remedy"] for each in told["letters"]] == [[], []]
    assert len({each["sha256"] for each in told["letters"]}) == 2
