"""Configuration from environment and data folder: refusals name the variable and the remedy."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from bihuan.server import configuration, home, secrets
from bihuan.server.home import Home


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in (*secrets.KEYS, *secrets.PASSWORDS, "BIHUAN_DB_ROLE", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path / "home").ensure()


def test_production_refuses_a_missing_secret(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_ENV", "production")
    with pytest.raises(ImproperlyConfigured, match=r"BIHUAN_LEDGER_KEY is missing.*bihuan init"):
        configuration.load_configuration(place).secret("BIHUAN_LEDGER_KEY")


@pytest.mark.parametrize("value", ["insecure-secret-key-not-initialised-0000000000", "short"])
def test_production_refuses_default_and_short_secrets(place: Home, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BIHUAN_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", value)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        configuration.load_configuration(place).secret("SECRET_KEY")


def test_production_accepts_generated_secrets(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = secrets.ensure_secrets(place)
    monkeypatch.setenv("BIHUAN_ENV", "production")
    assert [configuration.load_configuration(place).secret(name) for name in secrets.KEYS] == [
        made[name] for name in secrets.KEYS
    ]


def test_environment_wins_over_the_file(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.ensure_secrets(place)
    monkeypatch.setenv("SECRET_KEY", "from-the-environment-" + "x" * 20)
    assert configuration.load_configuration(place).secret("SECRET_KEY").startswith("from-the-environment")


def test_unknown_environment_is_named_with_the_choices(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_ENV", "prod")
    with pytest.raises(ImproperlyConfigured, match=r"BIHUAN_ENV='prod'.*development, production"):
        configuration.load_configuration(place)


def test_database_url_is_taken_apart(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:p%40ss@db.example:5433/loop?sslmode=require")
    read = configuration.load_configuration(place)
    wanted = {"NAME": "loop", "USER": "app", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "5433"}
    assert {name: read.database[name] for name in wanted} == wanted
    assert read.database["OPTIONS"]["sslmode"] == "require"
    assert read.app_role == "app"


def test_owner_url_is_used_by_the_owner_and_the_application_role_stays_known(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:a@db/loop")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner:o@db/loop")
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    read = configuration.load_configuration(place)
    assert (read.database["USER"], read.app_role) == ("owner", "app")


@pytest.mark.parametrize("url", ["mysql://u:p@h/d", "postgresql://h/d", "postgresql://u:p@h"])
def test_unusable_database_url_is_refused(place: Home, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="postgresql://USER:PASSWORD@HOST:PORT/DATABASE"):
        configuration.load_configuration(place)


def test_single_sign_on_needs_all_three(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configuration.oidc_providers() == {}
    monkeypatch.setenv("BIHUAN_OIDC_ISSUER", "https://id.example")
    with pytest.raises(ImproperlyConfigured, match="BIHUAN_OIDC_CLIENT_ID, BIHUAN_OIDC_CLIENT_SECRET"):
        configuration.oidc_providers()
    monkeypatch.setenv("BIHUAN_OIDC_CLIENT_ID", "id")
    monkeypatch.setenv("BIHUAN_OIDC_CLIENT_SECRET", "secret")
    assert configuration.oidc_providers()["openid_connect"]["APPS"][0]["settings"]["server_url"] == "https://id.example"


def test_flag_refuses_what_is_neither_yes_nor_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_BEHIND_PROXY", "maybe")
    with pytest.raises(ImproperlyConfigured, match="BIHUAN_BEHIND_PROXY='maybe'"):
        configuration.flag_of_variable("BIHUAN_BEHIND_PROXY")


def test_secrets_file_is_private_and_stable(place: Home) -> None:
    made = secrets.ensure_secrets(place)
    assert stat.S_IMODE(place.secrets_file.stat().st_mode) == 0o600
    assert secrets.ensure_secrets(place) == made
    assert len(set(made.values())) == len(secrets.KEYS) + len(secrets.PASSWORDS)


def test_broken_secrets_line_is_named(place: Home) -> None:
    place.secrets_file.write_text("# comment\nSECRET_KEY\n")
    with pytest.raises(secrets.SecretsError, match=r"secrets\.env:2: expected NAME=value"):
        secrets.everything(place)


def test_closed_parent_folder_sends_roots_postgres_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home.os, "geteuid", lambda: 0)
    tmp_path.chmod(0o700)
    placed = Home(tmp_path / "home").postgres
    assert placed.is_relative_to(home.ROOT_STATE)
    assert placed != Home(tmp_path / "other").postgres


def test_ordinary_user_keeps_postgres_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home.os, "geteuid", lambda: 1000)
    tmp_path.chmod(0o700)
    assert Home(tmp_path / "home").postgres == tmp_path / "home" / "pg"
