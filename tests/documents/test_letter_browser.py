"""A letter in a browser: opened by number and code, in both languages and widths, nothing serious by axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bihuan.documents.background import write_letters
from bihuan.documents.letters import catalogue
from bihuan.ledger import store as ledger
from bihuan.loop import shelves
from bihuan.loop.codes import code_of
from tests.documents.declared import RECEIPT
from tests.documents.test_sending import letters
from tests.faces.browser import Visitor
from tests.faces.conftest import AXE, built, chromium, district, visitor  # noqa: F401 - fixtures
from tests.faces.test_accessibility import findings
from tests.notices.test_notices import reported

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def written(district: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:  # noqa: F811
    """A letter to a reporter."""
    (tmp_path / "hotline" / "letters").mkdir(parents=True)
    (tmp_path / "hotline" / "letters" / "receipt.yaml").write_text(RECEIPT, encoding="utf-8")
    monkeypatch.setattr(shelves, "roots", lambda: [tmp_path])
    catalogue.forget_letters()
    reported("1", name="赵标记")
    while ledger.sequence_leaves():
        continue
    while write_letters():
        continue
    yield letters()[0]
    catalogue.forget_letters()


def test_the_letter_and_its_reasons_are_readable_for_everybody(
    visitor: Callable[..., Visitor],  # noqa: F811
    written: Any,
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run `npm ci` in frontend/")
    found: list[str] = []
    for language, width in (("zh", 390), ("en", 1440)):
        person = visitor(None, language, width)
        person.go("/letters/read/")
        person.page.fill("#number", written.number["zh"])
        person.page.fill("#code", code_of(written.id))
        person.page.click("main form button.primary")
        person.page.wait_for_url("**/letters/mine/")
        assert "赵标记" in person.text()
        found += findings(person, "/letters/mine/")
        found += person.complaints
    staff = visitor("operator", "zh", 390)
    found += findings(staff, f"/letters/{written.id}/")
    assert "赵标记" not in staff.text()
    assert found == []
