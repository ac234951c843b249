"""Secrets of an installation: from the environment, else from two files of `BIHUAN_HOME` (mode 0600 each).

`secrets.env` holds what pages and background work need and belongs to the user they run as; `owner.env` holds the
passwords of the private PostgreSQL's owner and superuser and belongs to whoever sets the installation up.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets as random
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bihuan.faults import Fault
from bihuan.server.home import Home

KEYS = ("SECRET_KEY", "BIHUAN_IDENTITY_KEY", "BIHUAN_INDEX_KEY", "BIHUAN_LEDGER_KEY", "BIHUAN_SEAL_KEY")
"""Keys whose loss loses data; they travel with a backup, sealed by a passphrase."""

PASSWORDS = ("BIHUAN_PG_SUPERUSER_PASSWORD", "BIHUAN_PG_OWNER_PASSWORD", "BIHUAN_PG_APP_PASSWORD")
"""Passwords of the private PostgreSQL; made anew for every installation."""

OWNERS = PASSWORDS[:2]
"""Of those, the ones that nothing which listens or works may ever hold."""

INSECURE_PREFIX = "insecure-"


class SecretsError(Fault):
    """A secret is missing or unusable; the message names it and the remedy."""

    remedy = "see docs/topics/security.md for the secrets an installation needs, or run `bihuan init`"


def generate_secrets() -> dict[str, str]:
    """Fresh values for every secret: the signing key of Django as text, the others base64 of 32 random bytes.

    Source: docs/adr/0222 (secrets are two files)
    """
    made = {name: base64.b64encode(random.token_bytes(32)).decode() for name in KEYS[1:]}
    made["SECRET_KEY"] = random.token_urlsafe(50)
    made |= {name: random.token_urlsafe(24) for name in PASSWORDS}
    return made


def read_file(path: Path) -> dict[str, str]:
    """Parse `NAME=value` lines; an absent file is an empty mapping.

    Raises:
        SecretsError: a line is not `NAME=value`; names file and line.

    Source: docs/adr/0222 (secrets are two files)
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
    """Write the secrets so that no moment exists at which others may read them, and survive a crash half-way.

    A file that stands there already keeps its owner.

    Source: docs/topics/operations.md, "The data folder" (0600).
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write("# Keep this file secret and backed up: without it sealed identities and signatures are lost.\n")
            out.writelines(f"{name}={value}\n" for name, value in values.items())
            out.flush()
            os.fsync(out.fileno())
        if os.geteuid() == 0 and path.exists():
            os.chown(temporary, path.stat().st_uid, path.stat().st_gid)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def ensure_secrets(home: Home, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Complete both files: keep what stands there, prefer `given`, generate what is missing; returns all values.

    Source: docs/adr/0222 (secrets are two files)
    """
    split_secrets(home)
    standing = _standing(home)
    complete = generate_secrets() | standing | dict(given or {})
    if complete != standing:
        # The owner's first: a home with secrets.env counts as set up.
        write_file(home.owner_file, {name: complete[name] for name in OWNERS})
        write_file(home.secrets_file, {name: value for name, value in complete.items() if name not in OWNERS})
    return complete


def split_secrets(home: Home) -> bool:
    """Move the owner's passwords out of a `secrets.env` of before there were two files; True when it did.

    Safe to interrupt and to run twice at once: they stand in `owner.env` before they leave `secrets.env`.

    Source: docs/adr/0222 (an old single file is split by the next command).
    """
    standing = read_file(home.secrets_file)
    moving = {name: standing[name] for name in OWNERS if name in standing}
    if not moving:
        return False
    write_file(home.owner_file, moving | read_file(home.owner_file))
    write_file(home.secrets_file, {name: value for name, value in standing.items() if name not in OWNERS})
    return True


def lookup(home: Home, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return every secret that pages and background work need, the environment winning over the file.

    Source: docs/adr/0222 (`secrets.lookup` reads the first file only).
    """
    names = (*KEYS, *(name for name in PASSWORDS if name not in OWNERS))
    standing = {name: value for name, value in read_file(home.secrets_file).items() if name not in OWNERS}
    return standing | {name: environ[name] for name in names if environ.get(name)}


def everything(home: Home, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`lookup` with the passwords of the private server's owner and superuser, where this user may read them.

    Source: docs/adr/0222 (secrets are two files)
    """
    found = _standing(home) | lookup(home, environ)
    return found | {name: environ[name] for name in OWNERS if environ.get(name)}


def _standing(home: Home) -> dict[str, str]:
    owners: dict[str, str] = {}
    with contextlib.suppress(PermissionError):  # ours is only the application's part
        owners = read_file(home.owner_file)
    # The owner's file wins: who may write the application's must not choose the owner's passwords.
    return read_file(home.secrets_file) | {name: owners[name] for name in OWNERS if name in owners}
