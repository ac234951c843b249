"""A resident asks for erasure on the own tracking page: a person decides it; nothing happens by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.test import Client

from bihuan.loop import erasing
from bihuan.loop.actors import reporter_of
from bihuan.loop.models import ErasureRow, EventPrivate, ReportRow
from bihuan.registers.live import current_registers
from tests.faces import cases
from tests.faces.browser import Visitor
from tests.faces.test_accessibility import AXE, findings

Come = Callable[..., Visitor]


def following(number: str, code: str) -> Client:
    """A browser that has opened the report."""
    browser = Client(raise_request_exception=False)
    assert browser.post("/track/", {"number": number, "code": code}).status_code == 302
    return browser


def words_of(case: object) -> int:
    return EventPrivate.objects.filter(district_id=current_registers().district.code).count()


@pytest.mark.usefixtures("district")
def test_a_request_is_a_record_for_the_officer_and_never_an_act() -> None:
    case, code = cases.opened()
    browser, before = following(case.number, code), words_of(case)
    assert browser.post("/track/report/erasure/").status_code == 302
    (row,) = ErasureRow.objects.all()
    report = ReportRow.objects.get(case_id=case.id)
    assert (row.asked_by, row.ground, row.reason, row.outcome) == (f"reporter:{report.id}", "request", "", None)
    assert words_of(case) == before, "nothing was erased"
    again = browser.post("/track/report/erasure/")
    assert (again.status_code, ErasureRow.objects.count()) == (422, 1), "one request waits"
    officer = Client()
    officer.force_login(_user("arbiter"), backend="django.contrib.auth.backends.ModelBackend")
    page = officer.get("/erasures/").content.decode()
    assert case.number in page
    assert "诉求人在查询页面提出" in page
    assert "案件尚未办结" in page
    refused = officer.post(f"/erasures/{row.id}/decide/", {"answer": "approve"})
    assert refused.status_code == 422, "an open case needs its words"
    assert browser.post("/track/report/do/withdraw/", {"reason": "不用了", "key": "w"}).status_code == 302
    assert officer.post(f"/erasures/{row.id}/decide/", {"answer": "approve"}).status_code == 302
    row.refresh_from_db()
    assert (row.outcome, row.erased["registers_identity"]) == ("approved", 1)
    assert not EventPrivate.objects.exists()


@pytest.mark.usefixtures("district")
def test_a_refusal_is_shown_and_asking_is_limited() -> None:
    case, code = cases.opened()
    browser = following(case.number, code)
    browser.post("/track/report/erasure/")
    erasing.decide(
        ErasureRow.objects.get().id,
        cases.person("arbiter"),
        current_registers().district,
        datetime.now(UTC),
        approve=False,
    )
    assert "您的申请未获同意" in browser.get("/track/report/").content.decode()
    answers = [browser.post("/track/report/erasure/").status_code for _ in range(3)]
    assert answers == [302, 422, 429]
    assert ErasureRow.objects.count() == 2


@pytest.mark.usefixtures("district")
def test_a_stranger_asks_for_nobody() -> None:
    case, _code = cases.opened()
    assert Client().post("/track/report/erasure/").headers["Location"] == "/track/"
    other, _code = cases.opened("别的事")
    mine = ReportRow.objects.get(case_id=other.id)
    actor = reporter_of(UUID(str(mine.id)), UUID(str(other.id)))
    with pytest.raises(erasing.ErasureRefused):
        erasing.ask_as_reporter(UUID(str(case.id)), actor, "110108", datetime.now(UTC))
    assert not ErasureRow.objects.exists()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1440)])
def test_the_page_asks_and_answers_for_everybody(visitor: Come, language: str, width: int) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run `npm ci` in frontend/")
    case, code = cases.opened()
    resident = visitor(language=language, width=width)
    page = resident.page
    resident.go("/track/")
    page.fill("#number", case.number)
    page.fill("#code", code)
    page.click("main button.primary")
    page.wait_for_url("**/track/report/")
    page.click("section[aria-labelledby=erasure] summary")
    found = findings(resident, "/track/report/")
    page.click("section[aria-labelledby=erasure] summary")
    page.click("section[aria-labelledby=erasure] button")
    page.wait_for_load_state()
    assert ("您已申请删除" if language == "zh" else "You asked for erasure") in resident.text()
    found += findings(resident, "/track/report/")
    assert (found, resident.complaints) == ([], [])


def _user(name: str) -> object:
    from bihuan.registers.models import User

    return User.objects.get(username=name)
