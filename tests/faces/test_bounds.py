# ruff: noqa: E501 - hostile values stand in long rows
"""Hostile requests get a 4xx with a word, and nothing that anybody may write is unlimited."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from bihuan.ledger import keyring
from bihuan.registers import live
from bihuan.server import limits
from tests.api.callers import caller
from tests.shipped import load_shipped

pytestmark = pytest.mark.slow

PASSWORD = "correct-horse-7"


@pytest.fixture
def district(db: None) -> None:
    live.forget_snapshots()
    keyring.forget_cached_keys()
    load_shipped()


def routes(found: Any = None, before: str = "") -> list[str]:
    """Every address of the URL table, parameters filled in."""
    out: list[str] = []
    for each in (found or get_resolver()).url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            out += routes(each, path)
        elif isinstance(each, URLPattern):
            out.append("/" + path)
    return out


def filled(route: str) -> str:
    parts = [p.split(">", 1) for p in route.replace("^", "").replace("$", "").replace("\\Z", "").split("<")]
    uuid = "00000000-0000-7000-8000-000000000000"
    return parts[0][0] + "".join((uuid if "uuid" in p[0] else "1") + p[1] for p in parts[1:] if len(p) == 2)


EXEMPT = (
    "/accounts/login/",
    "/accounts/2fa/authenticate/",
    "/api/v1/docs",
    "/healthz",
    "/readyz",
    "/metrics",
    "/health",
)


DESCRIBED = "/openapi.json"
"""The description of each wire answers a POST as it answers a GET, and writes nothing."""


def test_no_write_of_anybody_is_unlimited(district: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Walks the URL table: a POST without an account is counted, refused to everybody, or not there."""
    monkeypatch.setattr(limits, "WRITES", limits.Limit("write", 0, 60))
    monkeypatch.setattr(limits, "TRACKING", limits.Limit("track", 0, 60))
    client, unlimited, counted = Client(raise_request_exception=False), [], 0
    for route in routes():
        path = filled(route)
        if "(?" in path or path.startswith(EXEMPT) or path.endswith(DESCRIBED):
            continue
        answer = client.post(path, {}, content_type="application/json") if "/api/" in path else client.post(path)
        if answer.status_code == 429:
            counted += 1
            assert int(answer["Retry-After"]) >= 1
        elif answer.status_code not in (401, 404, 405):
            unlimited.append((path, answer.status_code))
    assert unlimited == []
    assert counted > 40


def test_the_address_is_the_connections_unless_our_proxies_are_declared(settings: Any) -> None:
    def seen(forwarded: str, remote: str = "10.0.0.1") -> str:
        request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=remote)
        return limits.address_of(request)

    settings.BIHUAN_TRUSTED_PROXIES = 0
    assert seen("1.2.3.4") == "10.0.0.1"
    settings.BIHUAN_TRUSTED_PROXIES = 1
    assert seen("6.6.6.6, 1.2.3.4") == "1.2.3.4", "what the client itself wrote does not count"
    assert seen("") == "10.0.0.1"
    settings.BIHUAN_TRUSTED_PROXIES = 2
    assert seen("6.6.6.6, 1.2.3.4, 10.0.0.9") == "1.2.3.4"
    settings.BIHUAN_TRUSTED_PROXIES = 0
    assert seen("", "2001:db8:1:2:3::1") == seen("", "2001:db8:1:2:9::9"), "one customer of IPv6"


def test_a_strangers_failures_do_not_lock_out_the_owner_of_an_account(district: None) -> None:
    user = caller("operator").user
    assert user is not None
    user.set_password(PASSWORD)
    user.save()

    def sign_in(address: str, password: str) -> int:
        body = {"login": user.username, "password": password}
        return Client(REMOTE_ADDR=address).post("/accounts/login/", body).status_code

    codes = [sign_in("198.51.100.7", "wrong") for _ in range(8)]
    assert codes[:5] == [200] * 5
    assert codes[-1] == 429
    assert sign_in("198.51.100.7", PASSWORD) == 429, "who guessed waits, also with the right one"
    assert sign_in("203.0.113.9", PASSWORD) == 302, "the owner, from elsewhere, is let in"


def test_codes_are_guessed_slowly_and_forwarded_headers_do_not_help(district: None) -> None:
    client = Client()
    codes = [
        client.get("/api/v1/track/1", headers={"X-Access-Code": str(n), "X-Forwarded-For": f"9.9.9.{n}"}).status_code
        for n in range(25)
    ]
    assert codes[:20] == [404] * 20
    assert set(codes[20:]) == {429}


NASTY: list[Any] = ["\x00", "a\x00b", "\ud800", "\udfff\ud800", "9" * 5000, 10**400, -(2**63) - 1, 1e308, float("nan"), None, True,
         [], {}, [[]] * 50, "🜁" * 3000, "\u202e\u0000", {"a": {"b": [None]}}, "' OR 1=1 --", "<!--" * 2000, "%00", "\r\nX: y"]  # fmt: skip


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_no_input_makes_a_500(district: None) -> None:
    """Hostile values in every field of the anonymous and the staff doors, and bodies that are no bodies."""
    luck = random.Random(7)
    staff = caller("operator")
    number = staff.post("/reports", {"programme": "hotline", "text": "路灯不亮"}, key="n").json()["number"]
    calls, bad = 0, []

    def sent(answer: Any, what: Any) -> None:
        nonlocal calls
        calls += 1
        if answer.status_code >= 500:
            bad.append((answer.status_code, repr(what)[:200]))

    fields = ("programme", "kind", "title", "text", "category", "area", "urgency", "address", "lon", "lat", "reporter",
              "at", "source", "number", "due", "dispatch")  # fmt: skip
    for field in fields:
        for value in NASTY:
            body = {"programme": "hotline", "text": "x", field: value}
            text = json.dumps(body)
            sent(staff.client.post("/api/v1/reports", text, content_type="application/json",
                                   headers={**staff.headers, "Idempotency-Key": str(calls)}), body)  # fmt: skip
    commands = (
        "classify",
        "dispatch",
        "note",
        "merge",
        "restrict",
        "add_evidence",
        "delegate",
        "verify",
        "\x00",
        "x" * 300,
    )
    keys = ("category", "area", "unit", "person", "parent", "kind", "media", "result", "type", "place")
    for command in commands:
        for value in NASTY:
            text = json.dumps({"data": {luck.choice(keys): value}, "text": "x"})
            path = f"/api/v1/cases/{number}/commands/{command}".replace("\x00", "%00")
            sent(staff.client.post(path, text, content_type="application/json", headers=staff.headers), (path, value))
    anonymous = Client(raise_request_exception=False)
    for n, value in enumerate(NASTY):
        text = value if isinstance(value, str) else json.dumps(value)
        text = text.encode("utf-8", "surrogatepass").decode("latin-1")
        remote = {"REMOTE_ADDR": f"10.1.{n}.1"}
        for path, form in (
            ("/report/", {"text": text, "area": text, "key": text, "lon": text, "lat": text, "phone": text}),
            ("/track/", {"number": text, "code": text}),
            ("/audit/", {"receipt": text}),
            ("/i18n/setlang/", {"language": text, "next": text}),
            ("/accounts/login/", {"login": text, "password": text}),
        ):
            sent(anonymous.post(path, form, **remote), (path, value))
        for path in ("/track/", "/cases/1/", "/desk/", "/api/v1/cases", "/api/v1/audit/consistency"):
            sent(anonymous.get(path, {"q": text, "number": text, "old": text, "cursor": text}, **remote), (path, value))
        for name in ("Authorization", "X-Access-Code", "Idempotency-Key", "Accept-Language", "Cookie", "X-Request-ID"):
            ascii_ = text.encode("ascii", "replace").decode()[:9000].replace("\r", "").replace("\n", "")
            sent(anonymous.get("/api/v1/track/1", headers={name: ascii_}, **remote), (name, value))
    bodies = [b"", b"{", b"\xff\xfe", b"null", b"[]", b'"x"', b"\x00", deep(100_000).encode(), b'{"text":' + deep(5000).encode() + b"}",
              b'{"programme": "hotline", "text": "\\ud800"}', b'{"lat": ' + b"9" * 6000 + b"}", b"--x\r\nbroken"]  # fmt: skip
    kinds = ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "",
             "application/x-www-form-urlencoded; charset=utf-999", "multipart/form-data; boundary=" + "y" * 300]  # fmt: skip
    for n, (body, kind) in enumerate((b, k) for b in bodies for k in kinds):
        for path in ("/api/v1/reports", "/report/", "/api/v1/audit/receipt", f"/api/v1/cases/{number}/files"):
            headers = staff.headers if "cases" in path else {}
            sent(
                anonymous.generic("POST", path, body, content_type=kind, headers=headers, REMOTE_ADDR=f"10.2.{n}.1"),
                (path, body, kind),
            )
    for path in ("/%00", "/cases/%00/", "/track/?number=%00", "/cases/%ff%fe/", "/?" + "a=1&" * 5000, "/" + "a" * 5000,
                 "/cases/" + "%F0%9F%9C%81" * 300 + "/", "/report/?x=%ed%a0%80", "/api/v1/cases/%ed%a0%80"):  # fmt: skip
        sent(anonymous.get(path), path)
    print(f"hostile requests: {calls}, 5xx: {len(bad)}")
    assert bad == []
    assert calls > 800


@pytest.mark.parametrize("path", ["/report/", "/api/v1/reports", "/accounts/login/", "/track/"])
def test_a_body_without_measure_is_refused_before_it_is_read(district: None, path: str) -> None:
    class Unread:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("read")

        readline = read

    kind = "multipart/form-data; boundary=x"
    for length in ("400000000", str(settings.BIHUAN_MAX_BODY_BYTES + 1), "9" * 30):
        answer = Client().post(path, b"", content_type=kind, CONTENT_LENGTH=length, **{"wsgi.input": Unread()})
        assert answer.status_code == 413
    answer = Client().post(
        path, b"", content_type="application/json", CONTENT_LENGTH="3000000", **{"wsgi.input": Unread()}
    )
    assert answer.status_code == 413
    assert (
        Client().post(path, b"", content_type=kind, CONTENT_LENGTH="-1", **{"wsgi.input": Unread()}).status_code == 400
    )
