"""Receivers of others verify our webhooks and read them as CloudEvents; no address leads into our own network."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bihuan.notices.delivering import BACKOFF, pause_after
from bihuan.notices.models import Webhook
from bihuan.notices.ports import PortError, outward
from bihuan.notices.ports.cloudevents import BINARY, STRUCTURED
from bihuan.notices.ports.webhook import OVERLAP, headers_of, secret_of, send, turns_of
from tests.notices.conftest import Receiver, receiver
from tests.standards.conftest import ForeignClients

__all__ = ["receiver"]  # the fixture

slow = pytest.mark.slow
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LANGUAGES = ("python", "node")


def hook_of(receiver: Receiver, form: str) -> Webhook:
    """A subscription that is not stored."""
    return Webhook(id=uuid4(), district_id="110108", url=receiver.url, form=form)


@slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_libraries_of_others_verify_what_is_signed_while_a_key_turns(foreign: ForeignClients, language: str) -> None:
    mine, other, body = uuid4(), uuid4(), '{"kind": "反映"}'
    headers = headers_of(mine, "msg-1", body.encode(), datetime.now(UTC), (1, 0))
    secrets = [secret_of(mine, 1), secret_of(mine, 0), secret_of(mine, 2), secret_of(other)]
    run = foreign.python if language == "python" else foreign.node
    said = {"body": body, "headers": headers, "secrets": secrets}
    told = run("verify_webhook", said, proves="Standard Webhooks 1.0", by=("standardwebhooks",))
    assert told == ["verified", "verified", "refused", "refused"]


@slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", [BINARY, STRUCTURED])
def test_libraries_of_others_read_the_envelope(
    foreign: ForeignClients, receiver: Receiver, language: str, form: str
) -> None:
    body = {"kind": "receipt", "number": "2603010000001", "state": "处理中"}
    send(hook_of(receiver, form), body, "n-1")
    headers, posted = receiver.taken[0]
    said = {"headers": {name.lower(): value for name, value in headers.items()}, "body": posted.decode()}
    run = foreign.python if language == "python" else foreign.node
    told = run("read_cloudevent", said, proves=f"CloudEvents 1.0 {form.partition('-')[2]}", by=("cloudevents",))
    assert told["data"] == body
    kept = ("specversion", "id", "type", "subject")
    assert [told["attributes"][name] for name in kept] == ["1.0", "n-1", "org.bihuan.notice.receipt", body["number"]]
    assert told["attributes"]["source"].endswith("/districts/110108")
    assert datetime.fromisoformat(told["time"]).tzinfo is not None


def test_two_keys_sign_for_a_week_and_then_one() -> None:
    hook = Webhook(id=uuid4(), turn=2, turned_at=NOW)
    assert turns_of(hook, NOW + timedelta(days=1)) == (2, 1)
    assert turns_of(hook, NOW + OVERLAP) == (2,)
    assert turns_of(Webhook(id=uuid4()), NOW) == (0,)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("::1", False),
        ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False), ("224.0.0.1", False), ("::ffff:8.8.8.8", True), ("192.0.2.1", False),
    ],
)  # fmt: skip
def test_only_addresses_of_everybody_are_called(address: str, public: bool) -> None:
    assert outward.is_public(address) == public


@pytest.fixture
def nothing_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No host of the own network is named."""
    monkeypatch.delenv(outward.ALLOWED, raising=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}/hook", "http://localhost:{}/hook", "http://[::ffff:7f00:1]:{}/"])
def test_our_own_network_is_not_told(receiver: Receiver, nothing_inside: None, url: str) -> None:
    hook = Webhook(id=uuid4(), district_id="110108", url=url.format(receiver.server_address[1]))
    with pytest.raises(PortError, match=r"public|not known|ConnectError"):
        send(hook, {"kind": "test"}, "n-1")
    assert receiver.taken == []


def test_a_name_that_changes_its_mind_reaches_nothing(
    receiver: Receiver, nothing_inside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer is public, each later one leads home: the name is asked once, and that address is called."""
    asked: list[str] = []
    port = receiver.server_address[1]
    connected: list[Any] = []

    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = "8.8.8.8" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: Any, *_: Any, **__: Any) -> Any:
        connected.append(address)
        raise OSError("no way out of a test")

    monkeypatch.setattr(outward.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(httpx.ConnectError):
        outward.post_outward(f"http://rebinding.example:{port}/", b"{}", {}, 5)
    assert (asked, connected[0][0]) == (["rebinding.example"], "8.8.8.8")
    assert receiver.taken == []


def test_pauses_are_spread_and_the_same_notice_waits_the_same() -> None:
    waits = {pause_after(1, f"notice-{number}") for number in range(50)}
    assert len(waits) > 40
    assert all(BACKOFF[0] <= wait <= BACKOFF[0] * 1.25 for wait in waits)
    assert pause_after(3, "a") == pause_after(3, "a")
