"""The keys of suggestions in a real browser, and the pages that show them by axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bihuan.loop.models import CaseRow
from bihuan.suggestions import background, methods
from bihuan.suggestions.drafts import Kind
from tests.faces.conftest import AXE
from tests.faces.test_accessibility import findings
from tests.faces.test_offers import COLD, TEXT, answer_of, suggested


@pytest.mark.browser
@pytest.mark.slow
def test_the_keys_at_the_desk(visitor: Callable[..., Any]) -> None:
    methods.forget_methods()
    background.forget_window()
    case = suggested()
    person = visitor("operator", "en")
    person.go(f"/desk/{case.number}/")
    person.page.keyboard.press("Enter")
    person.page.wait_for_selector("text=Recorded under your name")
    assert CaseRow.objects.get(pk=case.id).area == "110108001004"
    person.page.keyboard.press("1")
    person.page.wait_for_selector('[data-key="1"]', state="detached")
    assert CaseRow.objects.get(pk=case.id).category == COLD
    assert answer_of(case, Kind.CATEGORY) == "accepted"
    person.go("/desk/new/")
    person.page.fill("#text", TEXT)
    person.page.click("[data-fill=category]")
    assert person.page.input_value("#category") == COLD
    person.page.click("[data-fill=area]")
    assert person.page.input_value("#area") == "110108001"
    assert person.complaints == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_with_suggestions_have_nothing_serious(visitor: Callable[..., Any], width: int) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run `npm ci` in frontend/")
    methods.forget_methods()
    background.forget_window()
    about = {"category": COLD, "address": "翠微南里3号楼", "place": (116_290_000, 39_905_000)}
    suggested("翠微南里3号楼暖气不热", **about)
    case = suggested("翠微南里3号楼暖气还是不热", **about)
    other = suggested()
    person, leader = visitor("operator", "zh", width), visitor("leader", "zh", width)
    found = findings(person, f"/desk/{case.number}/") + findings(person, f"/desk/{other.number}/")
    found += findings(leader, "/cockpit/suggestions/")
    assert found + person.complaints + leader.complaints == []
