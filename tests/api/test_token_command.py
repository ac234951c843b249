"""`bihuan token`: what it prints opens the API over a real socket, once revoked it does not; nonsense is refused."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from bihuan.cli import bootstrap, output
from bihuan.cli.tokens import app
from bihuan.faces.api import access
from bihuan.registers import live
from bihuan.registers.loading.districts import load_district
from bihuan.registers.models import ApiToken, Grant, User

CODE = "110108"


@pytest.fixture
def owner(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """An operator of a loaded district; the server runs already and this process stays the owner."""
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    live.forget()
    access.forget()
    load_district("haidian", users=False)
    user = User.objects.create_user("clerk", name="clerk", district_id=CODE)
    Grant.objects.create(district_id=CODE, user=user, role="operator", scope_kind="district", scope=CODE)
    yield user
    live.forget()
    access.forget()


def call(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--json"])
    if isinstance(done.exception, output.Failure):
        return {"ok": False, "error": done.exception.message, "remedy": done.exception.remedy}
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


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
    access.forget()
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
