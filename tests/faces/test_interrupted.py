"""No log-in, language switch, reload or stale form loses what a person wrote; every error has a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from bihuan.faces.models import FormDraft
from bihuan.faces.parts import drafts
from tests.faces import cases
from tests.faces.browser import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]
WORDS = "The estate office says the lamp comes next week"
RAW = ("DEBUG", "Traceback", "CSRF verification", "Not Found", "Forbidden (403)")


def shown(person: Visitor) -> str:
    """The kept words the page offers to send again; empty when it offers none."""
    found = person.page.locator("#kept-1")
    return found.input_value() if found.count() else ""


def test_a_session_that_ended_while_somebody_wrote_loses_no_word(visitor: Come) -> None:
    case, _code = cases.opened()
    operator = visitor("operator", "en")
    operator.go(f"/cases/{case.number}/")
    operator.page.context.clear_cookies(name="sessionid")
    operator.act("note", text=WORDS)
    operator.page.wait_for_url("**/accounts/login/**")
    operator.page.fill("#id_login", "operator")
    operator.page.fill("#id_password", PASSWORD)
    operator.page.click("main button.primary >> nth=0")
    operator.page.wait_for_url(f"**/cases/{case.number}/")
    assert shown(operator) == WORDS
    operator.page.click("section:has(#kept-title) button.primary")
    operator.page.wait_for_load_state()
    assert WORDS in operator.page.inner_text(".timeline")
    assert shown(operator) == ""
    assert operator.complaints == []


def test_a_language_switch_behind_a_refused_action_keeps_the_words(visitor: Come) -> None:
    case, _code = cases.opened()
    operator = visitor("operator", "en")
    operator.go(f"/cases/{case.number}/")
    operator.page.evaluate("document.querySelectorAll('[required]').forEach(e => e.required = false)")
    operator.act("refuse", reason=WORDS)
    assert "act" in operator.page.url
    operator.page.click("form[action$='/setlang/'] button")
    operator.page.wait_for_load_state()
    assert operator.page.url.endswith(f"/cases/{case.number}/")
    assert shown(operator) == WORDS
    assert "尚未提交" in operator.text()


def test_the_report_form_keeps_its_words_without_scripts(visitor: Come, chromium: object) -> None:
    base = visitor().base
    context = chromium.new_context(java_script_enabled=False)  # type: ignore[attr-defined]  # a Playwright browser
    page = context.new_page()
    page.goto(base + "/report/")
    page.fill("#text", WORDS)
    page.click("form[data-report] button.primary")
    assert page.locator("[data-error-summary]").count() == 1
    page.click("form[action$='/setlang/'] button")
    assert page.input_value("#text") == WORDS
    context.close()


def test_a_reload_behind_any_action_leads_to_its_page(visitor: Come) -> None:
    case, _code = cases.opened()
    values = {
        "number": case.number,
        "command": "note",
        "key": "0198d000-0000-7000-8000-000000000000",
        "box": "none",
        "lot": "none",
    }
    operator, unit, arbiter = visitor("operator"), visitor("handler"), visitor("arbiter")
    for pattern, path in acting(values):
        person = unit if path.startswith("/unit/") else arbiter if path.startswith("/erasures/") else operator
        response = person.go(path)
        assert response is not None, pattern
        if pattern.startswith(
            ("orders/", "letters/", "revisions/", "notices/", "certificates/", "boxes/")
        ):  # there is none of that key
            continue
        assert response.status == 200, (pattern, response.status)
        assert person.page.locator("main h1").count() == 1, pattern


def acting(values: dict[str, str]) -> list[tuple[str, str]]:
    """(pattern, path) of every address of the faces that only acts."""
    found = []
    for each in get_resolver().url_patterns:
        for pattern in each.url_patterns if isinstance(each, URLResolver) else [each]:
            if isinstance(pattern, URLPattern) and hasattr(pattern.callback, "back"):
                route = str(pattern.pattern)
                found.append((route, "/" + re.sub(r"<\w+:(\w+)>", lambda m: values[m[1]], route)))
    assert len(found) >= 13
    return found


@pytest.mark.parametrize(("language", "home"), [("zh", "首页"), ("en", "Front page")])
def test_every_error_has_a_page_of_ours_with_a_way_on(visitor: Come, language: str, home: str) -> None:
    handler = visitor("handler", language)
    for path, status in (("/no/such/page/", 404), ("/cases/0000/", 404), ("/desk/", 403), ("/cockpit/?month=x", 404)):
        response = handler.go(path)
        text = handler.text()
        assert response.status in (status, 403), path
        assert home in text, path
        assert not [raw for raw in RAW if raw in text], path


def test_a_stale_form_is_explained_and_its_words_can_be_sent(visitor: Come) -> None:
    operator = visitor("operator", "en")
    operator.go("/desk/")
    operator.page.context.clear_cookies(name="csrftoken")
    operator.page.fill("#shift-note", WORDS)
    operator.page.click("form[action$='/desk/note/'] button")
    operator.page.wait_for_load_state()
    assert not [raw for raw in RAW if raw in operator.text()]
    assert shown(operator) == WORDS
    operator.page.click("section:has(#kept-title) button.primary")
    operator.page.wait_for_url("**/desk/")
    assert WORDS in operator.text()


def test_another_sites_form_is_never_offered_again(visitor: Come, client: object) -> None:
    from django.test import Client

    foreign = Client(enforce_csrf_checks=True, headers={"origin": "https://evil.example"})
    visitor()
    response = foreign.post("/report/", {"text": "words of somebody else", "area": "110108011"})
    assert response.status_code == 403
    assert "words of somebody else" not in response.content.decode()


def test_kept_words_are_sealed_hold_no_secret_and_end(district: None) -> None:
    from django.test import Client

    client = Client()
    sent = {"number": "2611", "code": "SECRETCODE", "text": WORDS}
    client.post("/track/", sent)
    client.post("/report/", {"text": "abc", "phone": "13800138000"})
    rows = list(FormDraft.objects.all())
    assert len(rows) == 2
    for row in rows:
        assert WORDS.encode() not in bytes(row.sealed)
        assert b"13800138000" not in bytes(row.sealed)
    assert "SECRETCODE" not in client.get("/track/").content.decode()
    FormDraft.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
    assert "abc" not in client.get("/report/").content.decode()
    assert drafts.sweep() == 2
