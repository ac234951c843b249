"""One report, one reporter: nobody is told another's number or code, whatever key, source or number is named."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.test import Client

from bihuan.loop.models import CaseRow
from tests.api.callers import Caller, caller, report

pytestmark = pytest.mark.usefixtures("district", "app_role")
CALLERS = ("anonymous", "resident", "operator", "integrator", "other-integrator")


def who(name: str) -> Caller:
    if name == "anonymous":
        return caller(None)
    return caller(name.removeprefix("other-"))


def secrets_of(answer: Any) -> list[str]:
    body = answer.json()
    return [str(body[name]) for name in ("number", "report", "access")]


@pytest.mark.slow
def test_the_same_key_of_another_caller_tells_nothing() -> None:
    pairs = itertools.product(CALLERS, CALLERS, (True, False))
    for n, (first, second, same_body) in enumerate(pairs):
        made = who(first).post("/reports", report(), key=f"my-{n}")
        assert made.status_code == 201
        body = report() if same_body else report(text="另一位居民的事")
        again = who(second).post("/reports", body, key=f"my-{n}")
        for secret in secrets_of(made):
            assert secret not in again.content.decode(), (first, second)
        if first == second == "anonymous":  # they cannot be told apart: nothing is swallowed, and nothing told
            assert again.status_code == (200 if same_body else 422)
        else:
            assert again.status_code == 201, (first, second)
    assert CaseRow.objects.count() == 2 * (n + 1) - 2


@pytest.mark.parametrize("second", CALLERS)
def test_a_known_number_of_another_source_tells_nothing_and_takes_nothing(second: str) -> None:
    owner = caller("integrator")
    made = owner.post("/reports", report(source="city12345", number="A-7"))
    assert made.status_code == 201
    again = who(second).post("/reports", report(source="city12345", number="A-7"), key="x")
    assert again.status_code == 422
    assert again.json()["code"] in ("field_not_yours", "source_not_yours")
    for secret in secrets_of(made):
        assert secret not in again.content.decode()
    early = who(second).post("/reports", report(source="city12345", number="A-8"), key="y")
    assert early.status_code == 422
    assert owner.post("/reports", report(source="city12345", number="A-8")).status_code == 201, "the genuine one"


def test_an_integrator_that_repeats_itself_gets_the_same_answer() -> None:
    me = caller("integrator")
    for sent, key in ((report(), "k"), (report(source="city", number="7"), None)):
        first, second = me.post("/reports", sent, key=key), me.post("/reports", sent, key=key)
        assert (first.status_code, second.status_code) == (201, 200)
        assert {**first.json(), "duplicate": True} == second.json()


@pytest.mark.parametrize("name", [n for n in CALLERS if n != "other-integrator"])
def test_the_same_key_with_another_body_or_route_is_refused(name: str) -> None:
    me = who(name)
    assert me.post("/reports", report(), key="k").status_code == 201
    other = me.post("/reports", report(text="别的事情"), key="k")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert me.post("/reports", report(), key="k").status_code == 200, "the first one still stands"
    assert CaseRow.objects.count() == 1


def test_a_number_sent_again_with_other_contents_is_refused() -> None:
    me = caller("integrator")
    assert me.post("/reports", report(source="city", number="7")).status_code == 201
    changed = me.post("/reports", report(source="city", number="7", text="改过的内容"), key="z")
    assert (changed.status_code, changed.json()["code"]) == (422, "number_reused")


def test_a_key_of_one_case_is_refused_for_another() -> None:
    me = caller("operator")
    one, two = (me.post("/reports", report(), key=key).json()["number"] for key in ("a", "b"))
    body = {"data": {"urgency": "urgent"}}
    answer = me.post(f"/cases/{one}/commands/classify", body, key="c")
    assert answer.status_code == 200, answer.json()
    assert me.post(f"/cases/{one}/commands/classify", body, key="c").json()["duplicate"]
    for path in (f"/cases/{two}/commands/classify", f"/cases/{one}/commands/dispatch"):
        refused = me.post(path, body, key="c")
        assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


SAID = {"source": "s", "number": "1", "due": {"feedback": "2030-01-01T00:00:00Z"}, "at": None, "dispatch": True}
MAY = {"anonymous": (), "resident": (), "operator": ("at", "dispatch"), "integrator": tuple(SAID)}


@pytest.mark.parametrize("name", list(MAY))
@pytest.mark.parametrize("field", list(SAID))
def test_each_authority_may_say_its_own_fields(name: str, field: str) -> None:
    answer = who(name).post("/reports", report(**{field: SAID[field]}), key="k")
    if field in MAY[name]:
        assert answer.json().get("code") != "field_not_yours", answer.json()
    else:
        assert answer.status_code == 422
        assert (answer.json()["code"], answer.json()["field"]) == ("field_not_yours", field)
        assert CaseRow.objects.count() == 0


def test_a_page_sent_twice_is_one_report_and_other_words_are_another() -> None:
    words = {"text": "路灯不亮了", "area": "110108011", "key": "form-1"}
    mine, stranger = Client(), Client()
    for browser in (mine, stranger):
        browser.get("/report/")
    assert mine.post("/report/", words).status_code == 302
    assert mine.post("/report/", words).status_code == 302, "back and send again"
    assert CaseRow.objects.count() == 1
    number = mine.session["receipt"]["number"]
    assert stranger.post("/report/", words).status_code == 302
    assert stranger.session["receipt"]["number"] != number, "another browser's form is its own report"
    assert mine.post("/report/", {**words, "text": "井盖缺失"}).status_code == 302
    assert mine.session["receipt"]["number"] != number, "back, other words, send: nothing is swallowed"
    assert CaseRow.objects.count() == 3
    without = Client()
    assert without.post("/report/", words).status_code == 302
    again = Client().post("/report/", words)  # keeps no cookies: nobody can tell whose it is
    assert again.status_code == 422
    assert not any(row.number in again.content.decode() for row in CaseRow.objects.all())
