"""What a command does before it may touch the database: check the home, start the private server, set Django up."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Literal

from bihuan.console.output import fail

if TYPE_CHECKING:
    from bihuan.server.postgres import Server

Role = Literal["app", "owner"]


def private_server() -> Server | None:
    """Return the private server of this home, or None when DATABASE_URL names another one.

    Source: docs/adr/0040 (a private PostgreSQL 18)
    """
    from bihuan.server import configuration, postgres, secrets
    from bihuan.server.home import current_home

    if not configuration.uses_private_server():
        return None
    home = current_home()
    with contextlib.suppress(PermissionError):  # only who set the home up can, and will at its next command
        secrets.split_secrets(home)
    return postgres.server_of_home(home, secrets.everything(home))


def ensure_database() -> bool:
    """Start the private PostgreSQL when it is not running; True when this call started it.

    Raises:
        Failure: the home was never initialised, or PostgreSQL does not start.

    Source: docs/adr/0040 (a private PostgreSQL 18)
    """
    from bihuan.server.home import current_home, interrupted
    from bihuan.server.pgbin import ProgramsError
    from bihuan.server.postgres import PostgresError

    server = private_server()
    if server is None:
        return False
    home = current_home()
    if interrupted(home):
        fail(
            f"{home.path}：上次恢复未完成 · a restore into it was interrupted",
            "再次运行 `bihuan restore` · run `bihuan restore` again; it clears away what the last one left",
        )
    if not home.secrets_file.exists():
        fail(
            f"{home.path} is not initialised",
            "run `bihuan init` first, or point BIHUAN_HOME at an initialised folder",
        )
    try:
        return server.ensure_running()
    except (PostgresError, ProgramsError) as error:
        fail(str(error), "run `bihuan doctor`")


def start_django(role: Role = "app", *, database: bool = True) -> None:
    """Make models usable in this process, acting as `role`; idempotent.

    Args:
        role: `app` for all work; `owner` only for migrations.
        database: also make sure that the private PostgreSQL runs.

    Raises:
        Failure: no usable home, configuration or database.

    Source: docs/adr/0040 (two roles; configuration from the environment)
    """
    import django
    from django.core.exceptions import ImproperlyConfigured

    from bihuan.server.secrets import SecretsError

    if database:
        ensure_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bihuan.server.settings"
    os.environ["BIHUAN_DB_ROLE"] = role
    try:
        django.setup()
    except (ImproperlyConfigured, SecretsError) as error:
        fail(str(error))
