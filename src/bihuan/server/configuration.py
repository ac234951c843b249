"""What the settings read: environment variables and the secrets of the data folder, checked once, with remedies."""

from __future__ import annotations

import os
import urllib.parse
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from bihuan.server import postgres, secrets
from bihuan.server.home import Home

ENVIRONMENTS = ("development", "production")
SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Configuration:
    """Checked configuration of this process."""

    environment: str
    secrets: dict[str, str]
    database: dict[str, Any]
    app_role: str

    def secret(self, name: str) -> str:
        """Return the secret, or in development before `bihuan init` a value marked insecure.

        Raises:
            ImproperlyConfigured: in production, when it is missing, marked insecure or shorter than 32 characters.

        Source: docs/adr/0040 (production refuses missing, default and short secrets).
        """
        value = self.secrets.get(name, f"{secrets.INSECURE_PREFIX}{name.lower()}-not-initialised-{'0' * 16}")
        if self.environment == "production" and (
            value.startswith(secrets.INSECURE_PREFIX) or len(value) < SHORTEST_SECRET
        ):
            raise ImproperlyConfigured(
                f"{name} is missing, a default or shorter than {SHORTEST_SECRET} characters; production needs a "
                "real one: set it in the environment, or run `bihuan init`, which writes secrets.env"
            )
        return value


def load_configuration(home: Home) -> Configuration:
    """Read the environment and the secrets of `home`.

    Raises:
        ImproperlyConfigured: an unknown BIHUAN_ENV or BIHUAN_DB_ROLE, or an unusable database URL.

    Source: docs/topics/operations.md, "Settings".
    """
    environment = _choice("BIHUAN_ENV", ENVIRONMENTS, "development")
    role = _choice("BIHUAN_DB_ROLE", ("app", "owner"), "app")
    found = secrets.everything(home) if role == "owner" else secrets.lookup(home)
    if url := os.environ.get("DATABASE_URL"):
        chosen = os.environ.get("DATABASE_OWNER_URL", url) if role == "owner" else url
        app_role = _parse_url("DATABASE_URL", url)["USER"]
        return Configuration(environment, found, _parse_url("database URL", chosen), app_role)
    server = postgres.server_of_home(home, found)
    parameters = server.conninfo(postgres.OWNER if role == "owner" else postgres.APP)
    database = _database(
        str(parameters["dbname"]), str(parameters["user"]), str(parameters["password"]), str(parameters["host"]),
        str(parameters["port"]), {},
    )  # fmt: skip
    return Configuration(environment, found, database, postgres.APP)


def uses_private_server() -> bool:
    """True when no DATABASE_URL is set, so that the server in the data folder is ours to start and stop.

    Source: docs/topics/operations.md, "Settings"; docs/adr/0040.
    """
    return not os.environ.get("DATABASE_URL")


def words_of_variable(name: str, default: str) -> list[str]:
    """Return a variable holding words separated by blanks or commas.

    Source: docs/topics/operations.md, "Settings"; docs/adr/0040.
    """
    return os.environ.get(name, default).replace(",", " ").split()


def flag_of_variable(name: str, *, default: bool = False) -> bool:
    """Return a yes/no variable.

    Raises:
        ImproperlyConfigured: neither of 1/true/yes/on and 0/false/no/off.

    Source: docs/topics/operations.md, "Settings"; docs/adr/0040.
    """
    text = os.environ.get(name, "").strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    if text:
        raise ImproperlyConfigured(f"{name}={text!r} is neither yes nor no; use 1 or 0")
    return default


def oidc_providers() -> dict[str, Any]:
    """One OpenID Connect provider when BIHUAN_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET are set, else none.

    Raises:
        ImproperlyConfigured: only some of the three are set.

    Source: OpenID Connect Core 1.0; docs/topics/operations.md, "Settings".
    """
    needed = ("BIHUAN_OIDC_ISSUER", "BIHUAN_OIDC_CLIENT_ID", "BIHUAN_OIDC_CLIENT_SECRET")
    given = {name: os.environ.get(name, "") for name in needed}
    if not any(given.values()):
        return {}
    if missing := [name for name, value in given.items() if not value]:
        raise ImproperlyConfigured(f"OpenID Connect needs {', '.join(missing)} too; set it or unset all three")
    app = {
        "provider_id": os.environ.get("BIHUAN_OIDC_ID", "oidc"),
        "name": os.environ.get("BIHUAN_OIDC_NAME", "Single sign-on"),
        "client_id": given["BIHUAN_OIDC_CLIENT_ID"],
        "secret": given["BIHUAN_OIDC_CLIENT_SECRET"],
        "settings": {"server_url": given["BIHUAN_OIDC_ISSUER"]},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def mailer() -> dict[str, Any]:
    """Return the mail transport: SMTP by BIHUAN_SMTP_*, or another Django backend by BIHUAN_EMAIL_BACKEND.

    Source: docs/topics/operations.md, "Settings"; docs/adr/0040.
    """
    backend = os.environ.get("BIHUAN_EMAIL_BACKEND")
    if backend:
        return {"BACKEND": backend}
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": os.environ.get("BIHUAN_SMTP_HOST", "localhost"),
            "port": int(os.environ.get("BIHUAN_SMTP_PORT", "25")),
            "username": os.environ.get("BIHUAN_SMTP_USER", ""),
            "password": os.environ.get("BIHUAN_SMTP_PASSWORD", ""),
            "use_tls": flag_of_variable("BIHUAN_SMTP_STARTTLS"),
            "timeout": 20,
        },
    }


def _choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    value = os.environ.get(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r} is unknown; use one of {', '.join(allowed)}")
    return value


def _parse_url(name: str, url: str) -> dict[str, Any]:
    """`postgresql://user:password@host:port/database?sslmode=require`; a socket folder may stand in `?host=`."""
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    database = urllib.parse.unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgresql", "postgres") or not database or not parts.username:
        raise ImproperlyConfigured(
            f"{name} must read postgresql://USER:PASSWORD@HOST:PORT/DATABASE; scheme, user or database is missing"
        )
    host = query.pop("host", parts.hostname or "")
    user, password = urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or "")
    return _database(database, user, password, host, str(parts.port or ""), query)


def _database(name: str, user: str, password: str, host: str, port: str, options: dict[str, str]) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        # One connection per thread, kept: connecting with SCRAM costs several milliseconds.
        "CONN_MAX_AGE": 3600,
        # One of before a restart of the server is replaced, not met with an error by the next visitor.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "bihuan", **options},
        "TEST": {"NAME": f"test_{name}"},
    }
