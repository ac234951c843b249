"""Pages of orders at a phone's and a desk's width, in both languages."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bihuan.documents.orders.acting import approve_order, draft_order
from bihuan.documents.orders.receipting import receipt_many
from bihuan.loop.store import current_facts
from tests.faces.browser import Visitor
from tests.faces.conftest import AXE
from tests.faces.test_order_composing import FORM, NAME, SAID, put_terminals


@pytest.mark.browser
@pytest.mark.slow
def test_pages_of_orders_in_a_browser(visitor: Callable[..., Visitor], district: None, tmp_path: Path) -> None:
    """Both widths, both languages: nothing grave by axe, no overflow; what is read aloud needs no network."""
    put_terminals(date(2026, 1, 1))
    row = draft_order(NAME, "K1", SAID, ["T0", "T1", "T2"], current_facts(), "user:a")
    approve_order(row.id, current_facts(), "user:b")
    receipt_many(row.id, [("T0", "received"), ("T0", "done"), ("T2", "received")], current_facts())
    shots = Path(os.environ.get("BIHUAN_SHOTS", tmp_path))
    for width, language in ((1440, "zh"), (390, "en")):
        person = visitor("operator", language=language, width=width)
        for name, address in (("compose", f"{FORM}?event=rain&colour=red"), ("order", f"/orders/{row.id}/")):
            person.go(address)
            wide = person.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (name, language)
            person.page.screenshot(path=shots / f"{name}_{width}.png", full_page=True)
            if AXE.exists():
                person.page.evaluate(AXE.read_text(encoding="utf-8"))
                found = person.page.evaluate("axe.run(document)")["violations"]
                assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == [], name
        person.go(f"{FORM}?event=rain&colour=red")
        person.page.click("button[data-lang=dialect]")
        assert person.complaints == []
