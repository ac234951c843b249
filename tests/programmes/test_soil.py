"""Soil: the gate asks the register, nothing adverse is automatic, and every finding is looked into by people."""

from __future__ import annotations

from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.programmes import all_programmes
from bihuan.watches.catalogue import current_catalogue

NAME = "soil"


def test_land_is_released_only_when_it_was_investigated_and_cleared() -> None:
    release = all_programmes()[NAME].cases["release"]
    assert release.shape == "gate"
    assert [(each.id, each.before) for each in release.demands] == [
        ("not_investigated", ["approve"]), ("not_cleared", ["approve"]),
    ]  # fmt: skip
    assert all(each.citation for each in release.demands), "each refusal names its article"


def test_every_watch_opens_a_finding_that_others_verify() -> None:
    mine = {name: each.declared for name, each in current_catalogue().watches.items() if each.programme == NAME}
    assert set(mine) == {"soil_licence_early", "soil_clearance_changed", "soil_counted_twice", "soil_above"}
    assert {each.opens.case for each in mine.values() if each.opens} == {"finding"}
    verify = all_programmes()[NAME].cases["finding"].verify
    assert verify is not None
    assert {"handler", "unit", "contractor"} <= set(verify.independent_of)


def test_its_page_is_read() -> None:
    assert [kind.name for kind, _ in views_of(NAME)["overview"].panels] == [
        "cases",
        "method",
        "subjects",
        "method",
        "watches",
    ]
