"""Production refuses what is set up as for a trial; what is personal is not kept; security events are lines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings
from structlog.testing import capture_logs

from bihuan.registers import doctoring
from bihuan.registers.models import District
from bihuan.server import gate, limits, middleware, security_log
from bihuan.server.home import Home


def test_production_refuses_plain_http_unless_a_proxy_is_declared(tmp_path: Path, settings: Settings) -> None:
    settings.BIHUAN_ENV, settings.BIHUAN_BASE_URL = "production", "http://qu.example"
    with pytest.raises(gate.NotForProduction, match="plain http"):
        gate.refuse_trial_setup(Home(tmp_path))
    settings.BIHUAN_BEHIND_PROXY = True
    gate.refuse_trial_setup(Home(tmp_path))


def test_production_refuses_the_data_of_a_demonstration(tmp_path: Path, settings: Settings) -> None:
    settings.BIHUAN_ENV, settings.BIHUAN_BASE_URL = "production", "https://qu.example"
    (tmp_path / "demo.json").write_text("{}")
    with pytest.raises(gate.NotForProduction, match="demonstration"):
        gate.refuse_trial_setup(Home(tmp_path))


@pytest.mark.django_db
def test_a_published_password_opens_nothing_in_production(settings: Settings) -> None:
    get_user_model().objects.create_user("someone", "bihuan-demo", name="x")
    assert authenticate(None, username="someone", password="bihuan-demo") is not None
    settings.BIHUAN_ENV = "production"
    with capture_logs() as lines:
        assert authenticate(None, username="someone", password="bihuan-demo") is None
        with pytest.raises(PermissionDenied):
            gate.PublishedPasswords().authenticate(None, password="bihuan-demo")
    assert {"demo_password_refused", "sign_in_failed"} <= {line["event"] for line in lines}
    assert "someone" not in str(lines)


@pytest.mark.django_db
def test_an_account_of_invented_people_opens_nothing_in_production(settings: Settings) -> None:
    user = get_user_model().objects.create_user("someone", "a-long-password", name="x", demo=True)
    client = Client()
    assert client.login(username="someone", password="a-long-password")
    assert client.get("/accounts/login/").status_code == 302, "signed in already"
    settings.BIHUAN_ENV = "production"
    with capture_logs() as lines:
        assert client.get("/accounts/login/").status_code == 200, "the session of before is ended"
        assert "_auth_user_id" not in client.session
        assert not Client().login(username="someone", password="a-long-password")
    refused = [line for line in lines if line["event"] == "demo_account_refused"]
    assert [line["actor"] for line in refused] == [str(user.pk)] * 2
    get_user_model().objects.update(demo=False)
    assert Client().login(username="someone", password="a-long-password")


@pytest.mark.django_db
def test_who_is_limited_is_a_security_line_without_an_address() -> None:
    few = limits.Limit("probe", 1, 60)
    with capture_logs() as lines:
        assert limits.seconds_to_wait(few, "192.0.2.7") == 0
        assert limits.seconds_to_wait(few, "192.0.2.7") > 0
    assert [(each["event"], each["limit"]) for each in lines] == [("limited", "probe")]
    assert "192.0.2.7" not in str(lines)


@pytest.mark.slow
def test_the_worker_of_a_trial_is_refused_in_production(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bihuan.cli", "worker"], capture_output=True, text=True, check=False, timeout=120,
        env=os.environ | {"BIHUAN_ENV": "production", "BIHUAN_BASE_URL": "http://qu.example"},
    )  # fmt: skip
    assert done.returncode != 0
    assert "plain http" in done.stderr


@pytest.mark.django_db
def test_doctor_names_accounts_of_invented_people() -> None:
    assert doctoring.invented().level == "ok"
    get_user_model().objects.create_user("someone", "a-long-password", name="x", demo=True)
    found = doctoring.invented()
    assert found.level == "warning"
    assert "someone" in found.message
    assert found.remedy


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "environment", "asked"), [
    ("operator", "production", True), ("callback_agent", "production", True), ("district_admin", "production", True),
    ("handler", "production", False), ("operator", "development", False),
])  # fmt: skip
def test_who_sees_identities_needs_a_second_factor_in_production(
    settings: Settings, role: str, environment: str, asked: bool
) -> None:
    district = District.objects.create(code="z9", name_zh="甲", name_en="A", zone="Asia/Shanghai", calendar="CN")
    user = get_user_model().objects.create_user("someone", "a-long-password", name="x", district=district)
    user.grants.create(district=district, role=role, scope_kind="district", scope="z9")
    settings.BIHUAN_ENV = environment
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    passed = gate.SecondFactorMiddleware(lambda _: HttpResponse("in"))

    def answer(path: str) -> HttpResponse:
        request = RequestFactory().get(path)
        request.user, request.session = user, client.session
        return passed(request)

    assert answer("/api/v1/cases").status_code == (403 if asked else 200)
    assert answer("/desk/").status_code == (302 if asked else 200)
    assert answer("/accounts/2fa/totp/activate/").status_code == 200, "where it is set up"
    if asked:
        assert answer("/desk/")["Location"] == "/accounts/2fa/totp/activate/"


def test_second_factors_are_sealed_at_rest() -> None:
    adapter = gate.SealedMfa()
    sealed = adapter.encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert adapter.decrypt(sealed) == "JBSWY3DPEHPK3PXP"
    assert adapter.decrypt("JBSWY3DPEHPK3PXP") == "JBSWY3DPEHPK3PXP", "stored before secrets were sealed"


def test_personal_answers_are_not_kept(settings: Settings) -> None:
    def kept(**headers: str) -> str | None:
        request = RequestFactory().get("/desk/", **headers)
        response = middleware.RequestMiddleware(lambda _: HttpResponse("x"))(request)
        return response.headers.get("Cache-Control")

    assert kept() is None
    assert kept(HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}=x") == "no-store"
    assert kept(HTTP_AUTHORIZATION="Bearer x") == "no-store"


def test_an_unknown_kind_of_security_event_is_refused() -> None:
    with pytest.raises(ValueError, match="KINDS"):
        security_log.record("somethng")
