"""What every answer carries, and the three pages for machines."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from bihuan.declare.stamped import StampedReading, files_of
from bihuan.registers import live
from bihuan.server.middleware import RequestMiddleware

pytestmark = pytest.mark.django_db


def test_health_needs_no_database(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"ok": True}


def test_readiness_follows_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").status_code == 200

    def broken() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", broken)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "reason": "database: OperationalError"}


@pytest.mark.parametrize("path", ["/", "/api/v1/programmes", "/report/"])
def test_an_installation_without_a_district_says_what_to_load(client: Client, path: str) -> None:
    live.forget_snapshots()
    answer = client.get(path, headers={"Accept-Language": "zh-hans"})
    assert answer.status_code == 503
    assert "bihuan load district" in answer.content.decode()
    english = client.get("/", headers={"Accept-Language": "en"})
    assert english.status_code == 503
    assert "no district is loaded" in english.content.decode()


def test_a_page_is_answered_as_of_one_moment(tmp_path: Path, rf: RequestFactory) -> None:
    """Whatever it asks of one kind of declarations, a page sees the same; the next page sees what came meanwhile."""
    what = StampedReading(lambda: files_of(tmp_path), len)
    seen: list[int] = []

    def page(request: HttpRequest) -> HttpResponse:
        seen.append(what.content())
        (tmp_path / f"{len(seen)}.yaml").write_text("a: 1", encoding="utf-8")
        seen.append(what.content())
        return HttpResponse("read")

    for _ in range(2):
        RequestMiddleware(page)(rf.get("/"))
    assert seen == [0, 0, 1, 1]


def test_pages_carry_the_security_headers(client: Client) -> None:
    headers = client.get("/accounts/login/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_request_id_is_kept_when_harmless_and_replaced_when_not(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-12345"}).headers["X-Request-ID"] == "abc-12345"
    replaced = client.get("/healthz", headers={"X-Request-ID": 'x"}\n{"level": "error"'}).headers["X-Request-ID"]
    assert len(replaced) == 32


def test_metrics_count_requests_by_route(client: Client) -> None:
    client.get("/healthz")
    text = client.get("/metrics").content.decode()
    assert 'bihuan_requests_total{method="GET",route="healthz",status="200"}' in text
    assert "bihuan_database_bytes" in text
    client.get("/no/such/page/13800138000")
    assert "13800138000" not in client.get("/metrics").content.decode()


@pytest.mark.parametrize(
    ("token", "proxy", "headers", "address", "status"),
    [
        ("", False, {}, "127.0.0.1", 200),
        ("", False, {}, "10.0.0.7", 403),
        ("", True, {}, "127.0.0.1", 403),
        ("", False, {"X-Forwarded-For": "10.0.0.7"}, "127.0.0.1", 403),
        ("t0ken", True, {"Authorization": "Bearer t0ken"}, "10.0.0.7", 200),
        ("t0ken", True, {"Authorization": "Bearer wrong"}, "10.0.0.7", 403),
        ("t0ken", False, {}, "127.0.0.1", 403),
    ],
)
def test_metrics_are_for_the_token_or_this_machine(
    client: Client,
    settings: Settings,
    token: str,
    proxy: bool,
    headers: dict[str, str],
    address: str,
    status: int,
) -> None:
    settings.BIHUAN_METRICS_TOKEN = token
    settings.BIHUAN_BEHIND_PROXY = proxy
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


def test_nobody_can_sign_up(client: Client) -> None:
    form = {"username": "mallory", "password1": "a long password 1", "password2": "a long password 1"}
    client.post("/accounts/signup/", form)
    from django.contrib.auth import get_user_model

    assert not get_user_model().objects.filter(username="mallory").exists()


def test_posting_without_the_csrf_token_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a"}).status_code == 403
