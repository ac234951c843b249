"""Secrets of an installation: from the environment, else from `BIHUAN_HOME/secrets.env` (mode 0600)."""

from __future__ import annotations

import base64
import os
import secrets as random
from collections.abc import Mapping
from pathlib import Path

from bihuan.faults import Fault
from bihuan.server.home import Home

KEYS = ("SECRET_KEY", "BIHUAN_IDENTITY_KEY", "BIHUAN_INDEX_KEY", "BIHUAN_LEDGER_KEY")
"""Keys whose loss loses data; they travel with a backup, sealed by a passphrase."""

PASSWORDS = ("BIHUAN_PG_SUPERUSER_PASSWORD", "BIHUAN_PG_OWNER_PASSWORD", "BIHUAN_PG_APP_PASSWORD")
"""Passwords of the private PostgreSQL; made anew for every installation."""

INSECURE_PREFIX = "insecure-"


class SecretsError(Fault):
    """A secret is missing or unusable; the message names it and the remedy."""

    remedy = "see docs/topics/security.md for the secrets an installation needs, or run `bihuan init`"


def generate() -> dict[str, str]:
    """Fresh values for every secret: the signing key of Django as text, the others base64 of 32 random bytes."""
    made = {name: base64.b64encode(random.token_bytes(32)).decode() for name in KEYS[1:]}
    made["SECRET_KEY"] = random.token_urlsafe(50)
    made |= {name: random.token_urlsafe(24) for name in PASSWORDS}
    return made


def read_file(path: Path) -> dict[str, str]:
    """Parse `NAME=value` lines; an absent file is an empty mapping.

    Raises:
        SecretsError: a line is not `NAME=value`; names file and line.
    """
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SecretsError(f"{path}:{number}: expected NAME=value; correct or remove the line")
        found[name.strip()] = value.strip()
    return found


def write_file(path: Path, values: Mapping[str, str]) -> None:
    """Write the secrets so that no moment exists at which others may read them, and survive a crash half-way."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write("# Keep this file secret and backed up: without it sealed identities and signatures are lost.\n")
        out.writelines(f"{name}={value}\n" for name, value in values.items())
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)


def ensure(home: Home, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Complete `secrets.env`: keep what stands there, prefer `given`, generate what is missing; returns all values."""
    standing = read_file(home.secrets_file)
    complete = generate() | standing | dict(given or {})
    if complete != standing:
        write_file(home.secrets_file, complete)
    return complete


def lookup(home: Home, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Every secret that is set, the environment winning over the file."""
    standing = read_file(home.secrets_file)
    return standing | {name: environ[name] for name in (*KEYS, *PASSWORDS) if environ.get(name)}
