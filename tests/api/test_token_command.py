"""`bihuan token`: what it prints opens the API over a real socket, once revoked it does not; nonsense is refused."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from bihuan.cli.tokens import app
from bihuan.console import bootstrap
from bihuan.faces.api import access
from bihuan.registers import live
from bihuan.registers.models import ApiToken, Grant, User
from tests.commands import answer_of
from tests.shipped import load_shipped

CODE = "110108"


@pytest.fixture
def owner(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """An operator of a loaded district; the server runs already and this process stays the owner."""
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    live.forget_snapshots()
    access.forget_tokens()
    load_shipped()
    user = User.objects.create_user("clerk", name="clerk", district_id=CODE)
    Grant.objects.create(district_id=CODE, user=user, role="operator", scope_kind="district", scope=CODE)
    yield user
    live.forget_snapshots()
    access.forget_tokens()


def call(*words: str) -> dict[str, Any]:
    return answer_of(app, *words)


def status(server: Any, token: str) -> int:
    asked = urllib.request.Request(f"{server.url}/api/v1/cases", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_token_opens_the_api_until_it_is_revoked(owner: User, live_server: Any) -> None:
    made = call("issue", "clerk", "--name", "nightly export", "--days", "30", "--scopes", "read")
    assert status(live_server, made["token"]) == 200
    assert status(live_server, made["token"][:-1] + "x") == 401
    (listed,) = call("list", "--user", "clerk")["tokens"]
    assert (listed["id"], listed["name"]) == (made["id"], "nightly export")
    assert "token" not in listed
    assert made["token"].encode() not in bytes(ApiToken.objects.get().digest)
    assert call("revoke", made["id"])["ok"]
    access.forget_tokens()
    assert status(live_server, made["token"]) == 401
    assert call("list")["tokens"] == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("issue", "nobody", "--name", "x"), "no active user"),
        (("issue", "clerk", "--name", "x", "--days", "400"), "not allowed"),
        (("issue", "clerk", "--name", "x", "--days", "0"), "not allowed"),
        (("issue", "clerk", "--name", " "), "1 to 64"),
        (("issue", "clerk", "--name", "x", "--scopes", "everything"), "not a scope"),
        (("revoke", "not-an-id"), "no token"),
    ],
)
def test_nonsense_is_refused_with_a_remedy(owner: User, words: tuple[str, ...], complaint: str) -> None:
    answer = call(*words)
    assert complaint in answer["error"]
    assert answer["remedy"]
    assert not ApiToken.objects.exists()


def reported(server: Any, token: str, source: str, number: str) -> int:
    body = {"programme": "hotline", "text": "路灯不亮", "area": "110108011", "source": source, "number": number}
    asked = urllib.request.Request(
        f"{server.url}/api/v1/reports",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def integrator(name: str) -> dict[str, Any]:
    user = User.objects.create_user(name, name=name, district_id=CODE)
    Grant.objects.create(district_id=CODE, user=user, role="integrator", scope_kind="district", scope=CODE)
    return call("issue", name, "--name", "orders", "--scopes", "report")


def test_a_source_is_given_to_the_account_of_a_token_and_nobody_else_may_use_it(owner: User, live_server: Any) -> None:
    city, other = integrator("city"), integrator("other")
    assert call("bind", "beijing", city["id"]) | {"ok": True} == {
        "ok": True, "source": "beijing", "user": "city", "token": city["id"], "moved": False,
    }  # fmt: skip
    assert reported(live_server, other["token"], "beijing", "1") == 422, "it came first and gets nothing"
    assert reported(live_server, city["token"], "beijing", "1") == 201
    refused = call("bind", "beijing", other["id"])
    assert not refused["ok"]
    assert "--move" in refused["remedy"]
    assert call("bind", "beijing", other["id"], "--move")["moved"]
    assert (
        reported(live_server, other["token"], "beijing", "2"),
        reported(live_server, city["token"], "beijing", "3"),
    ) == (201, 422)
    assert [(s["source"], s["user"]) for s in call("sources")["sources"]] == [("beijing", "other")]


@pytest.mark.parametrize(
    ("source", "key"), [("mail", ""), ("", ""), (" x", ""), ("x" * 65, ""), ("x", "no-id"), ("x", "clerk")]
)
def test_what_cannot_be_bound_is_refused_with_a_remedy(owner: User, source: str, key: str) -> None:
    known = {"": integrator("city")["id"], "clerk": call("issue", "clerk", "--name", "n", "--scopes", "report")["id"]}
    answer = call("bind", source, known.get(key, key))
    assert not answer["ok"]
    assert answer["remedy"]
