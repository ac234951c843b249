"""Pages and catalogue say since when a programme takes no new case, in both languages, and offer no form for one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from bihuan.loop import retiring
from bihuan.loop.store import current_facts
from bihuan.registers.models import User

FORM = "/programmes/hotline/request/new/"


@pytest.fixture
def district(loaded: None, db: None) -> None:
    """The model district; what a test adds is rolled back."""


def test_pages_and_catalogue_say_since_when_and_why(district: None, built: None) -> None:
    client, now = Client(), datetime.now(UTC)
    today = current_facts(now).registers.calendar.local_date(now)
    client.force_login(User.objects.get(username="operator"), backend="django.contrib.auth.backends.ModelBackend")
    assert FORM in client.get("/programmes/hotline/").content.decode()
    assert client.get(FORM).status_code == 200
    retiring.retire("hotline", "110108", today, today, "并入网格", "cli:x", now)
    for language, words in (("zh-hans", f"自 {today} 起停止受理新件"), ("en", f"No new cases from {today}")):
        client.cookies["django_language"] = language
        assert words in client.get("/programmes/").content.decode()
        page = client.get("/programmes/hotline/").content.decode()
        assert words in page
        assert "并入网格" in page
        assert FORM not in page
    assert client.get(FORM).headers["Location"] == "/programmes/hotline/"
    sent = client.post(FORM, {"text": "电梯坏了", "key": "x"})
    assert sent.status_code == 422
    assert f"takes no new cases since {today}" in sent.content.decode()
    (row,) = [p for p in client.get("/api/v1/programmes").json() if p["id"] == "hotline"]
    assert date.fromisoformat(row["retired_from"]) == today
