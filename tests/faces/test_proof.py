"""What proves a completion and what a talk rests on: copies are refused, residents see it, claims are called so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faces import cases
from tests.faces.browser import Visitor
from tests.loop.test_pictures import jpeg, scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]


@pytest.fixture
def photos(tmp_path: Path) -> dict[str, str]:
    """Files of two scenes; `copy` is the first one as a messenger sends it."""
    first, second = scene(1), scene(2)
    made = {"first": jpeg(first), "copy": jpeg(first.resize((640, 480)), 55), "second": jpeg(second)}
    for name, content in made.items():
        (tmp_path / f"{name}.jpg").write_bytes(content)
    return {name: str(tmp_path / f"{name}.jpg") for name in made}


def test_the_residents_own_photograph_does_not_prove_and_the_real_one_is_shown(
    visitor: Come, photos: dict[str, str]
) -> None:
    resident = visitor(width=390, language="en")
    resident.go("/report/")
    resident.page.fill("#text", "The lamp in the yard is broken")
    resident.page.select_option("#area", "110108011")
    resident.page.set_input_files("#photos", photos["first"])
    resident.page.click("form[data-report] button.primary")
    resident.page.wait_for_url("**/received/")
    number = resident.page.locator(".number-plate").first.inner_text()

    operator = visitor("operator", "en")
    operator.go(f"/desk/{number}/")
    operator.act("dispatch")
    assert "Give the category first" in operator.text(), "one key never sends what is not classified to the district"
    operator.go(f"/desk/{number}/")
    operator.act("dispatch", unit="street-110108011")

    handler = visitor("handler", "en")
    handler.go(f"/cases/{number}/")
    handler.act("accept")
    handler.act("contact", channel="phone")
    assert "their word alone, no number was left" in handler.text()
    for name in ("first", "copy"):
        handler.act("add_evidence", type="photo", file=photos[name])
        assert "came with the report" in handler.text(), name
        handler.go(f"/cases/{number}/")
        assert handler.page.locator(".evidence img").count() == 1, "what was refused leaves nothing behind"
    handler.act("add_evidence", type="photo", file=photos["second"])
    handler.act("add_evidence", type="photo", file=photos["second"])
    assert "already attached" in handler.text()
    handler.go(f"/cases/{number}/")
    handler.act("submit", text="New bulb")

    resident.go("/track/report/")
    proof = resident.page.locator("section[aria-labelledby=proof] img")
    assert proof.count() == 1
    assert proof.first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    stranger = visitor()
    assert stranger.page.request.get(f"{stranger.base}{proof.first.get_attribute('src')}").url.endswith("/track/")

    other, _code = cases.opened()
    other = cases.then(other, "operator", "dispatch", unit="street-110108011")
    cases.then(other, "handler", "accept")
    handler.go(f"/cases/{other.number}/")
    handler.act("add_evidence", type="photo", file=photos["second"])
    assert f"evidence of case {number} already" in handler.text()
    assert handler.complaints == resident.complaints == []


def test_a_call_back_says_what_it_rests_on_and_phone_and_form_share_a_page(visitor: Come) -> None:
    dialled, _code = cases.handled("楼道灯不亮")
    guessed, _code = cases.handled("水管漏水")
    agent = visitor("callback", "en")
    agent.go(f"/callback/{dialled.number}/")
    agent.page.click("section[aria-labelledby=reporters] summary")
    agent.page.fill("#purpose", "call-back")
    agent.page.click("section[aria-labelledby=reporters] form button")
    agent.page.wait_for_load_state()
    assert "13800138000" in agent.text().replace("+86", "").replace(" ", "")
    agent.act("verify", result="solved", satisfied="yes")
    agent.go(f"/cases/{dialled.number}/")
    assert "the number was opened, on record" in agent.text()
    agent.go(f"/callback/{guessed.number}/")
    agent.act("verify", result="solved", satisfied="yes")
    agent.go(f"/cases/{guessed.number}/")
    assert "nobody opened the number" in agent.text()
