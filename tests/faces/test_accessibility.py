"""Every page at a phone's and a desk's width, in both languages: nothing serious by axe, no overflow, no error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bihuan.intake import mailbox
from bihuan.intake.models import MailLeft
from bihuan.loop import erasing, stuck
from tests.faces import cases
from tests.faces.browser import Visitor
from tests.faces.conftest import AXE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]

PUBLIC = (
    "/", "/report/", "/track/", "/letters/read/",
    "/programmes/", "/programmes/hotline/", "/programmes/community-access/item/list/",
    "/audit/", "/accounts/login/",
)  # fmt: skip
STAFF = {
    "operator": (
        "/home/",
        "/desk/",
        "/desk/{received}/",
        "/desk/new/",
        "/desk/caller/",
        "/cases/{received}/",
        "/letters/",
        "/orders/",
    ),
    "analyst": ("/accounts/2fa/",),
    "handler": ("/unit/", "/cases/{held}/"),
    "head": ("/unit/",),
    "callback": ("/callback/", "/callback/{verifying}/"),
    "arbiter": ("/approvals/", "/cases/{held}/"),
    "inspector": ("/inbox/", "/programmes/street-scene/finding/new/"),
    "auditor": ("/audit/",),
    "leader": ("/cockpit/", "/cockpit/resolution_rate/", "/cases/{closed}/"),
}
LEFT = {
    "operator": ("/erasures/", "/desk/stuck/", "/desk/mails/"),
    "arbiter": ("/erasures/",),
    "admin": ("/erasures/", "/desk/stuck/"),
}
GRAVE = ("serious", "critical")


@pytest.fixture
def numbers(district: None) -> dict[str, str]:
    """One case received, one held with a request pending, one being verified, one closed."""
    received, _code = cases.opened()
    held, _code = cases.opened("水管漏水")
    held = cases.then(held, "operator", "dispatch", unit="street-110108011")
    held = cases.then(held, "handler", "accept")
    until = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    held = cases.then(held, "handler", "request_suspension", until=until, reason="works")
    verifying, _code = cases.handled()
    closed, _code = cases.handled("电梯坏了")
    closed = cases.then(closed, "callback", "verify", result="solved", satisfied="yes")
    found = {"received": received, "held": held, "verifying": verifying, "closed": closed}
    return {name: case.number for name, case in found.items()}


@pytest.fixture
def left(numbers: dict[str, str]) -> None:
    """An erasure that waits, a mail that was not taken, a case that a loop has set aside."""
    now, long = datetime.now(UTC), "ValidationError: " + "unreadable_" * 20
    erasing.ask_erasure(numbers["closed"], "request", "本人来电要求", cases.person("operator"), now)
    stuck.set_aside("ticks", "0" * 64, numbers["received"], long, now)
    stuck.set_aside("lists", "f" * 64, "", long, now)
    raw = b"From: w@example.org\r\nMessage-ID: <9@e>\r\nPrecedence: bulk\r\nSubject: lamp\r\n\r\nThe lamp is dark\r\n"
    mailbox.take_safely(raw, "hotline", "request", mailbox.Handled())
    assert MailLeft.objects.exists()


def findings(visitor: Visitor, path: str) -> list[str]:
    """What axe calls serious or critical on a page, and whether the page is wider than the screen."""
    response = visitor.go(path)
    assert response.status == 200, (path, response.status)
    visitor.page.evaluate(AXE.read_text(encoding="utf-8"))
    result: dict[str, Any] = visitor.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [v for v in result["violations"] if v["impact"] in GRAVE]
    found = [f"{path} {v['id']}: {v['nodes'][0]['html'][:160]}" for v in grave]
    if visitor.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{path}: wider than the screen")
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page(visitor: Come, numbers: dict[str, str], width: int, language: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run `npm ci` in frontend/")
    people = {None: PUBLIC, **STAFF}
    found: list[str] = []
    for user, paths in people.items():
        person = visitor(user, language, width)
        for path in paths:
            found += findings(person, path.format(**numbers))
        found += person.complaints
    assert found == []


def test_every_list_of_what_was_left(visitor: Come, left: None) -> None:
    """The lists of what waits for somebody, with something on each."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run `npm ci` in frontend/")
    found: list[str] = []
    for user, paths in LEFT.items():
        for language, width in (("zh", 390), ("en", 390), ("en", 1440)):
            person = visitor(user, language, width)
            for path in paths:
                found += findings(person, path)
            found += person.complaints
    assert found == []


def test_axe_sees_a_picture_without_text(visitor: Come, district: None) -> None:
    """The check itself can fail."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run `npm ci` in frontend/")
    person = visitor()
    person.go("/")
    person.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    person.page.evaluate(AXE.read_text(encoding="utf-8"))
    result = person.page.evaluate("axe.run(document)")
    assert any(v["id"] == "button-name" and v["impact"] in GRAVE for v in result["violations"])
