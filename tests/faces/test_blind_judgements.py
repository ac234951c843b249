"""An assessor enters what one thinks by hand; nobody comes upon another's judgement without saying for what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faces.test_views import visitor

SENT = {
    "f-number": "J1", "f-risk": "R1", "f-assessor": "P1", "f-chance": "0.5", "f-exposure": "6",
    "f-consequence": "40", "f-judged": "2026-11-02", "valid_from": "2026-11-02", "reason": "现场评估",
}  # fmt: skip


@pytest.mark.slow
def test_an_assessor_enters_a_judgement_and_others_do_not_come_upon_it(loaded: None, db: None, built: None) -> None:
    one, other = visitor("inspector"), visitor("handler")
    page: Any = one.post("/revisions/judgement/edit/", SENT)
    assert page.status_code == 302, page.content.decode()[:2000]
    for address in ("/subjects/judgement/J1/", "/subjects/judgement/", "/revisions/judgement/edit/?key=J1"):
        told: Any = other.get(address)
        assert told.status_code == 403, address
        assert "0.5" not in told.content.decode(), address
    asked: Any = one.get("/subjects/judgement/J1/", {"programme": "public-risk", "purpose": "核对本人评估"})
    assert "0.5" in asked.content.decode()
    assert visitor("leader").post("/revisions/judgement/edit/", SENT | {"f-number": "J2"}).status_code == 403
