"""Health (the process lives) and readiness (it can do its work: database reachable, migrations applied)."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse


def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers; touches nothing else, so that a slow database does not get it restarted."""
    return JsonResponse({"ok": True})


def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503 with the reason; for load balancers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return JsonResponse({"ok": False, "reason": f"database: {type(error).__name__}"}, status=503)
    return JsonResponse({"ok": True})
