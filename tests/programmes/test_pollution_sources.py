"""Pollution sources: the shipped programme judges by the permit valid at the hour, and nothing adverse is automatic."""

from __future__ import annotations

import pytest

from bihuan.books.catalogue import all_books
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
    assert {each.opens.case for each in mine.values() if each.opens} == {"exceedance", "instrument", "permit", "tamper"}
    opened = {name: case for name, case in cases.items() if case.shape == "patrol"}
    assert set(cases) - set(opened) == {"approval", "enforcement"}, "people decide on what is for or against a firm"
    for case in opened.values():
        assert case.verify is not None
        assert (case.verify.by, "contractor" in case.verify.independent_of) == ("inspector", True)


@pytest.mark.parametrize("factor", ["cod", "nox"])
def test_a_suspicion_opens_an_inspection_and_nothing_else(factor: str) -> None:
    watch = watches().get(f"{factor}_tampered").declared
    assert watch.opens is not None
    assert (watch.opens.case, watch.when.rule.name) == ("tamper", "tamper")
    (given,) = watch.when.rule.inputs
    assert given.columns["limit"] == f"limit_{factor}", "the limit of the permit, not of the watch"
    case = all_programmes()[NAME].cases["tamper"]
    assert not case.effects, "no register changes because a method suspects something"


def test_an_approval_takes_what_it_grants_and_gives_it_back() -> None:
    book = all_books()["total-quantity"].book
    taken = {(rule.on, rule.at_once) for rule in book.rules}
    assert taken == {("approved", True), ("expired", False), ("revoked", False)}
    assert book.accounts["available"].floor == 0
    demands = {each.id for each in all_programmes()[NAME].cases["approval"].demands}
    assert demands == {"in_core_zone", "in_wider_zone", "cod_exceeds_available", "nox_exceeds_available"}


def test_a_proposal_needs_evidence_and_an_article_and_another_office() -> None:
    case = all_programmes()[NAME].cases["enforcement"]
    assert {each.id for each in case.demands} == {"no_evidence", "no_article"}
    assert case.gate is not None
    assert case.gate.reviewer not in case.opened_by, "who proposes does not decide"


def test_its_pages_are_read() -> None:
    assert {name: len(each.panels) for name, each in views_of(NAME).items()} == {
        "overview": 7, "source_card": 7, "alarm_desk": 8,
    }  # fmt: skip
