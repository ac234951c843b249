"""Pollution sources: the shipped programme judges by the permit valid at the hour, and nothing adverse is automatic."""

from __future__ import annotations

import pytest

from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.programmes import all_programmes
from bihuan.series.catalogue import current_catalogue
from bihuan.watches.catalogue import current_catalogue as watches

NAME = "pollution-sources"


@pytest.mark.parametrize("factor", ["cod", "nox"])
def test_an_hour_is_judged_by_its_permit_and_needs_three_quarters(factor: str) -> None:
    made = current_catalogue().get(f"{factor}-hour").declared
    assert made.derive is not None
    assert (made.derive.editions[0].minimum, made.derive.window) == (3, "hour"), "of four values an hour"
    (rule,) = made.alarms
    assert rule.limit is not None
    assert (rule.limit.field, rule.on_count) == (f"limit_{factor}", 1)
    raw = current_catalogue().get(f"{factor}-raw").declared
    assert set(raw.valid) == {"N", "L"}, "start-up, calibration and faults take no part"


def test_every_watch_opens_a_case_that_people_verify() -> None:
    mine = {name: each.declared for name, each in watches().watches.items() if each.programme == NAME}
    cases = all_programmes()[NAME].cases
    assert {each.opens.case for each in mine.values() if each.opens} == {"exceedance", "instrument", "permit"}
    assert {case.shape for case in cases.values()} == {"patrol"}
    for case in cases.values():
        assert case.verify is not None
        assert (case.verify.by, "contractor" in case.verify.independent_of) == ("inspector", True)
    assert "tamper" in cases, "a suspicion opens an inspection"
    assert not [each for each in mine.values() if each.opens and each.opens.case == "tamper"], "and only a person does"


def test_its_page_is_read() -> None:
    assert [kind.name for kind, _ in views_of(NAME)["overview"].panels] == [
        "cases",
        "subjects",
        "series",
        "series",
        "series",
        "subjects",
        "watches",
    ]
