"""`bihuan webhook`: subscribe, test against a real receiver, remove; what cannot work is refused at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as StandardWebhook

from bihuan.cli.webhooks import app
from bihuan.console import bootstrap
from bihuan.notices.models import Webhook
from bihuan.registers import live
from tests.commands import answer_of
from tests.notices.test_notices import reported, work

pytestmark = pytest.mark.usefixtures("district")


@pytest.fixture(autouse=True)
def _running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server runs already, and this process stays the owner."""
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    yield
    live.forget_snapshots()


def call(*words: str) -> dict[str, Any]:
    return answer_of(app, *words)


def test_the_secret_printed_once_verifies_what_the_receiver_gets(receiver: Any) -> None:
    added = call("add", receiver.url, "--kinds", "receipt, closed")
    assert added["kinds"] == ["closed", "receipt"]
    assert call("test", added["id"])["delivered"]
    headers, body = receiver.taken[0]
    assert json.loads(body) == {"kind": "test"}
    assert added["secret"].startswith("whsec_")
    assert StandardWebhook(added["secret"]).verify(body, headers) == {"kind": "test"}
    listed = call("list")["webhooks"]
    assert listed == [{"id": added["id"], "url": receiver.url, "kinds": ["closed", "receipt"], "form": "plain"}]
    case = reported(email="", name="")
    work()
    assert [b["number"] for b in receiver.bodies()[1:]] == [case.number]


def test_a_removed_subscription_is_told_nothing_more(receiver: Any) -> None:
    added = call("add", receiver.url)
    assert call("remove", added["id"])["ok"]
    assert call("list")["webhooks"] == []
    assert "no subscription" in call("test", added["id"])["error"]
    reported(email="", name="")
    work()
    assert receiver.taken == []
    assert Webhook.objects.filter(pk=added["id"]).exists()


def test_a_receiver_that_refuses_is_reported(receiver: Any) -> None:
    receiver.answers = [500]
    answer = call("test", call("add", receiver.url)["id"])
    assert "answered 500" in answer["error"]
    assert "2xx" in answer["remedy"]


@pytest.mark.parametrize(
    "url", ["ftp://example.org/x", "example.org/hook", "https://", "file:///etc/passwd", "http://a:b:c/", "http://a b/"]
)
def test_an_address_that_is_not_http_is_refused(url: str) -> None:
    answer = call("add", url)
    assert "not an http or https address" in answer["error"]
    assert not Webhook.objects.exists()


def test_unknown_kinds_and_a_second_subscription_are_refused(receiver: Any) -> None:
    assert "receipt" in call("add", receiver.url, "--kinds", "reciept")["remedy"]
    assert call("add", receiver.url)["ok"]
    assert "subscribed already" in call("add", receiver.url)["error"]
    assert "no subscription" in call("remove", "nonsense")["error"]
