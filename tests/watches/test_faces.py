"""A watch of one file is on the page, in the API and in the command's answer; silences by those who may."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bihuan.registers.models import User
from tests.api.callers import caller
from tests.watches.toys import permit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toys")]


def browser(role: str) -> Client:
    client = Client()
    user = caller(role).user
    assert isinstance(user, User)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def looked(toys: None) -> None:
    from bihuan.watches.catalogue import current_catalogue
    from bihuan.watches.running import run_watches

    now = datetime.now(UTC)
    permit("p1", valid_to=(now + timedelta(days=20)).date().isoformat())
    run_watches(current_catalogue(), now, names=["toy-expires"])


def test_the_pages_tell_what_is_open_and_why(looked: None) -> None:
    client = browser("leader")
    for language, title in (("zh-hans", "监看"), ("en", "Watches")):
        client.cookies["django_language"] = language
        page = client.get("/watches/").content.decode()
        assert title in page
        assert "toy-expires" in page
        one = client.get("/watches/toy-expires/").content.decode()
        assert "有效期至" in one or "Valid to" in one, "the fact behind it"
        assert "a register" in one, "its source"
    assert client.get("/watches/none/").status_code == 404
    assert client.post("/watches/toy-expires/silence/", {}).status_code == 403


def test_an_operator_silences_and_lifts_on_the_page(looked: None) -> None:
    client = browser("operator")
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    client.post("/watches/toy-expires/silence/", {"until": until, "reason": "换证在办", "subject": "p1"})
    page = client.get("/watches/toy-expires/").content.decode()
    assert "换证在办" in page
    key = page.split('name="lift" value="')[1].split('"')[0]
    client.post("/watches/toy-expires/silence/", {"lift": key})
    assert "换证在办" not in client.get("/watches/toy-expires/").content.decode()
    assert client.post("/watches/toy-expires/silence/", {"until": "soon", "reason": "x"}).status_code == 302


def test_the_api_tells_and_silences(looked: None) -> None:
    who: Any = caller("operator")
    listed = json.loads(who.get("/watches").content)
    row = next(each for each in listed["watches"] if each["watch"] == "toy-expires")
    assert (row["open"], row["cases"], row["kind"]) == (1, 1, "expires")
    one = json.loads(who.get("/watches/toy-expires").content)
    assert one["incidents"][0]["facts"][0]["source"] == "a register"
    until = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    made = who.post("/watches/toy-expires/silences", {"until": until, "reason": "换证"})
    assert made.status_code == 201
    assert (
        who.post("/watches/toy-expires/silences", {"until": "2020-01-01T00:00:00Z", "reason": "x"}).status_code == 422
    )
    key = made.json()["id"]
    assert who.post(f"/watches/silences/{key}/lift", {}).status_code == 200
    assert who.post(f"/watches/silences/{key}/lift", {}).status_code == 404
    assert who.get("/watches/none").status_code == 404
