"""A form in a browser on a phone: nothing serious by axe, a step at a time, hidden what is not asked; and offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bihuan.documents.forms.models import SubmissionRow
from bihuan.loop.models import CaseRow
from tests.documents.toy_forms import declared, jpeg
from tests.faces.browser import Visitor
from tests.faces.conftest import AXE
from tests.faces.test_accessibility import findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]
PATHS = ("/forms/", "/forms/toy-stall/", "/forms/toy-stall/print/")


@pytest.fixture
def stall(district: None) -> Iterator[None]:
    """The toy form, served."""
    with declared():
        yield


def fill(person: Visitor, paper: Path) -> None:
    """Fill in every step as a person with scripts does."""
    page = person.page
    page.fill("#f-firm", "A-1")
    page.fill("#f-firm_name", "玩具公司")
    page.fill("#f-contact", "李某")
    page.locator("button", has_text="下一步").click()
    page.locator("input[name=kind][value=food]").check()
    assert page.locator("#f-tested").is_visible()
    page.locator("input[name=kind][value=books]").check()
    assert page.locator("#f-tested").is_hidden(), "books are not tested"
    page.fill("#f-stalls", "2")
    page.locator("button", has_text="下一步").click()
    page.locator("#f-paper").set_input_files(str(paper))
    page.locator("button", has_text="下一步").click()
    page.fill("#f-true_words", "李某某")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_forms_on_a_phone_are_accessible(visitor: Come, stall: None, language: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run `npm ci` in frontend/")
    person = visitor(None, language, 390)
    found = [each for path in PATHS for each in findings(person, path)]
    person.go("/forms/toy-stall/")
    while person.page.locator("[data-send]").is_hidden():
        person.page.locator("form[data-form] button.primary:visible:not([data-send])").click()
    person.page.locator("[data-send]").click()
    person.page.wait_for_selector("[data-error-summary]")
    person.page.evaluate(AXE.read_text(encoding="utf-8"))
    result = person.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    found += [f"refused: {each['id']}" for each in result["violations"] if each["impact"] in ("serious", "critical")]
    assert found + person.complaints == []


class Faulty:
    """A line that is said to be there and drops the first so many requests that send something."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, route: Any) -> None:
        if route.request.method == "POST" and self.left:
            self.left -= 1
            route.abort()
        else:
            route.continue_()


@pytest.mark.parametrize("dropped", [0, 1])
def test_a_form_filled_in_without_a_connection_is_sent_once_there_is_one(
    visitor: Come, stall: None, tmp_path: Path, dropped: int
) -> None:
    paper = tmp_path / "licence.jpg"
    paper.write_bytes(jpeg())
    person = visitor(None, "zh", 390)
    person.go("/forms/toy-stall/")
    fill(person, paper)
    context = person.page.context
    line = Faulty(dropped)
    context.route("**/forms/toy-stall/", line)
    context.set_offline(True)
    person.page.locator("[data-send]").click()
    person.page.locator("[data-form-state]", has_text="联网后自动提交").wait_for()
    assert not SubmissionRow.objects.exists()
    context.set_offline(False)
    person.page.wait_for_url("**/received/")
    case = CaseRow.objects.get()
    assert case.number in person.text()
    assert line.left == 0
    person.go("/forms/toy-stall/")
    person.page.wait_for_load_state("networkidle")
    assert CaseRow.objects.count() == 1, "it is not sent again"
    assert person.page.input_value("#f-firm_name") == ""
