"""In the browser: figures are what they are called, every case behind one can be reached, and digits never stack."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bihuan.faces.numbers import cockpit
from bihuan.numbers.keeping import catch_up
from tests.faces import cases
from tests.faces.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]


def test_a_number_is_what_it_is_called_and_leads_to_every_case(visitor: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.ledger import store

    monkeypatch.setattr(cockpit, "CASES_A_PAGE", 2)
    numbers = sorted(cases.opened(f"case {n}")[0].number for n in range(5))
    while store.sequence_leaves():
        continue
    catch_up()
    leader = visitor("leader", "en", 390)
    leader.go("/cockpit/volume/")
    head = leader.page.inner_text(".page-head")
    assert "5 cases" in head
    assert "Requests per 10,000 residents 5" not in head, "the raw count is not the figure per 10,000"
    assert leader.page.locator("h1 .number").inner_text() == "0.02", "5 cases of 3.12 million residents"
    found: list[str] = []
    for _ in range(3):
        part = leader.page.locator("details[open]")
        assert "of 5" in part.inner_text()
        found += part.locator("a.mono").all_inner_texts()
        following = part.locator("a.button:has-text('Next page')")
        if following.count():
            following.click()
            leader.page.wait_for_load_state()
    assert found == numbers
    leader.go("/cockpit/")
    wraps = leader.page.eval_on_selector_all(
        "td, th.right", "cells => cells.map(c => getComputedStyle(c).overflowWrap)"
    )
    assert set(wraps) == {"normal"}
    stacked = leader.page.eval_on_selector_all(
        "td.right",
        """cells => cells.filter(cell => {
            const text = document.createRange();
            text.selectNodeContents(cell);
            return new Set([...text.getClientRects()].map(line => Math.round(line.top))).size > 1;
        }).map(cell => cell.textContent)""",
    )
    assert stacked == [], "digits stand beside each other"
    assert leader.complaints == []
