"""One case in the browser: a resident reports, the desk dispatches, a unit acts, call-back asks, the ring closes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.faces.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]

PHONE = "13800138000"
WORDS = "三单元楼道路灯不亮，晚上看不见"


def report(resident: Visitor) -> tuple[str, str]:
    """Report by the plain form; returns number and access code."""
    resident.go("/report/")
    page = resident.page
    page.fill("#text", WORDS)
    page.select_option("#area", "110108011")
    page.fill("#phone", PHONE)
    page.click("form[data-report] button.primary")
    page.wait_for_url("**/received/")
    number, code = page.locator(".number-plate").all_inner_texts()
    return number, code


def handle(handler: Visitor, number: str, photo: Path) -> None:
    """Accept, contact, attach a photo, submit."""
    handler.go("/unit/")
    handler.page.click(f'a.case-line[href="/cases/{number}/"]')
    handler.act("accept")
    handler.act("contact", channel="phone")
    handler.act("add_evidence", type="photo", file=str(photo))
    handler.act("submit", text="更换了灯泡")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "lamp.jpg"
    Image.new("RGB", (64, 48), (240, 220, 120)).save(path)
    return path


def test_a_report_goes_round_the_whole_ring(visitor: Come, photo: Path) -> None:
    resident = visitor(width=390)
    number, code = report(resident)
    assert resident.ring().count("done") == 1

    operator = visitor("operator")
    operator.go("/desk/")
    operator.page.click(f'a.case-line[href^="/desk/{number}/"]')
    operator.act("dispatch", unit="street-110108011")

    handler = visitor("handler")
    handle(handler, number, photo)
    assert PHONE not in handler.text()

    callback = visitor("callback")
    callback.go(f"/callback/{number}/")
    callback.act("verify", result="solved", satisfied="yes", contacted="yes", text="居民说亮了")

    resident.go("/track/report/")
    assert resident.ring() == ["done"] * 7
    assert "更换了灯泡" in resident.text()
    assert "居民说亮了" not in resident.text()

    stranger = visitor(language="en")
    stranger.go("/track/")
    stranger.page.fill("#number", number)
    stranger.page.fill("#code", "0000000000")
    stranger.page.click("main button.primary")
    assert "do not belong together" in stranger.text()
    stranger.page.fill("#code", code.lower())
    stranger.page.click("main button.primary")
    stranger.page.wait_for_url("**/track/report/")
    for person in (resident, operator, handler, callback, stranger):
        assert person.complaints == []


def test_unsolved_goes_back_and_the_unit_cannot_verify_itself(visitor: Come, photo: Path) -> None:
    resident = visitor()
    number, _code = report(resident)
    operator = visitor("operator")
    operator.go(f"/desk/{number}/")
    operator.act("dispatch", unit="street-110108011")
    handler = visitor("handler")
    handle(handler, number, photo)
    assert handler.page.locator("#act-verify").count() == 0
    assert handler.go(f"/callback/{number}/").status == 403

    resident.go("/track/report/")
    page = resident.page
    page.check('input[name="result"][value="unsolved"]')
    page.check('input[name="satisfied"][value="no"]')
    page.check('input[name="contacted"][value="no"]')
    page.click('form[action$="/answer/"] button')
    page.wait_for_load_state()

    callback = visitor("callback")
    callback.go(f"/callback/{number}/")
    assert callback.page.is_checked('#act-verify input[name="result"][value="unsolved"]')
    callback.act("verify")
    handler.go(f"/cases/{number}/")
    assert handler.page.locator("#act-accept").count() == 1
    assert "current" in handler.ring()


def test_a_refused_form_says_where_and_what_and_keeps_the_words(visitor: Come) -> None:
    resident = visitor(language="en")
    resident.go("/report/")
    resident.page.fill("#text", "The lamp is broken in the yard")
    resident.page.fill("#phone", "12")
    resident.page.click("form[data-report] button.primary")
    summary = resident.page.locator("[data-error-summary]")
    assert "where" in summary.inner_text()
    assert summary.evaluate("element => element === document.activeElement")
    assert resident.page.input_value("#text") == "The lamp is broken in the yard"


def test_a_draft_survives_a_closed_tab_and_is_gone_after_sending(
    visitor: Come, wait_until: Callable[..., None]
) -> None:
    resident = visitor()

    def draft() -> str:
        return str(resident.page.evaluate("localStorage.getItem('bihuan-draft')"))

    resident.go("/report/")
    resident.page.fill("#text", WORDS)
    wait_until(lambda: "路灯" in draft(), what="draft kept")
    resident.go("/")
    resident.go("/report/")
    assert resident.page.input_value("#text") == WORDS
    resident.page.fill("#phone", PHONE)
    resident.page.select_option("#area", "110108011")
    wait_until(lambda: "110108011" in draft(), what="draft kept again")
    assert PHONE not in draft()
    resident.page.click("form[data-report] button.primary")
    resident.page.wait_for_url("**/received/")
    assert resident.page.evaluate("localStorage.getItem('bihuan-draft')") is None


def test_the_keyboard_takes_a_case_from_the_queue_to_the_unit(visitor: Come) -> None:
    number, _code = report(visitor())
    operator = visitor("operator")
    operator.go("/desk/")
    keys = operator.page.keyboard
    keys.press("?")
    assert operator.page.locator("dialog[data-shortcuts]").is_visible()
    keys.press("Escape")
    keys.press("j")
    keys.press("Enter")
    operator.page.wait_for_url(f"**/desk/{number}/**")
    keys.press("d")
    keys.type("street-110108011")
    keys.press("Enter")
    operator.page.wait_for_url("**/desk/")
    assert "street-110108011" not in operator.text()
    handler = visitor("handler")
    handler.go("/unit/")
    assert number in handler.text()


def test_two_operators_do_not_take_the_same_case(visitor: Come) -> None:
    number, _code = report(visitor())
    first, second = visitor("operator"), visitor("operator2", "en")
    first.go(f"/desk/{number}/")
    second.go("/desk/")
    assert "is editing" in second.text()
    second.page.click('form[action="/desk/next/"] button')
    assert "Nothing is waiting" in second.text()
    second.go(f"/desk/{number}/")
    assert "is editing this case" in second.text()


def test_the_map_opens_without_tiles_and_a_click_sets_the_place(visitor: Come) -> None:
    resident = visitor()
    foreign: list[str] = []
    resident.page.on(
        "request", lambda r: foreign.append(r.url) if not r.url.startswith((resident.base, "blob:", "data:")) else None
    )
    resident.go("/report/")
    resident.page.click("[data-open-map]")
    resident.page.wait_for_selector("[data-map-ready]", timeout=30_000)
    resident.page.locator("[data-map] canvas").click(position={"x": 120, "y": 100})
    assert resident.page.input_value('[name="lon"]').startswith("116.")
    assert foreign == []
    assert resident.complaints == []


@pytest.mark.parametrize("path", ["/", "/report/", "/track/"])
def test_the_portal_works_without_scripts(visitor: Come, chromium: object, path: str) -> None:
    resident = visitor()
    context = chromium.new_context(java_script_enabled=False)  # type: ignore[attr-defined]  # a Playwright browser
    page = context.new_page()
    page.goto(resident.base + path)
    assert page.locator("main h1").count() == 1
    if path == "/report/":
        page.fill("#text", WORDS)
        page.select_option("#area", "110108011")
        page.click("form[data-report] button.primary")
        page.wait_for_url("**/received/")
        assert page.locator(".number-plate").count() == 2
    context.close()
