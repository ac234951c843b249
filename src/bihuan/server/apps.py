"""The server as a Django app: the rights of the application role are set before the first table exists."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate


class ServerConfig(AppConfig):
    name = "bihuan.server"
    label = "server"

    def ready(self) -> None:
        """Connect what listens to sign-ins and to the first migration."""
        from bihuan.server import security_log

        security_log.connect()
        pre_migrate.connect(grant_application_role, dispatch_uid="bihuan.server.grant_application_role")


def grant_application_role(sender: AppConfig, using: str, **_: Any) -> None:
    """Let the application role use whatever tables the owner creates from now on; it never owns one.

    Default privileges rather than a GRANT afterwards, so that a migration which takes a right away (append-only tables)
    is not undone by the next run of migrate. Without a second role (one URL for both) there is nothing to grant.

    Source: docs/adr/0040 (two roles from the first table on).
    """
    if sender.label != "contenttypes":  # the signal comes once per app; once is enough
        return
    from django.conf import settings

    from bihuan.server.roles import default_privileges

    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == settings.BIHUAN_APP_ROLE:
            return
        for statement in default_privileges(settings.BIHUAN_APP_ROLE):
            cursor.execute(statement)
