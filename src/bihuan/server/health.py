"""Health (the process lives), readiness (pages can be answered) and the whole state (background work included)."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from bihuan.extend import HEALTH
from bihuan.server import beating


def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers; touches nothing else, so that a slow database does not get it restarted.

    Source: docs/topics/operations.md, "Watching".
    """
    return JsonResponse({"ok": True})


def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503 with the reason; for load balancers.

    Source: docs/topics/operations.md, "Watching".
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return JsonResponse({"ok": False, "reason": f"database: {type(error).__name__}"}, status=503)
    return JsonResponse({"ok": True})


def ready(_request: HttpRequest) -> JsonResponse:
    """200 when pages and background work are well, else 503: what is silent, since when, and the remedy.

    For whoever watches over the installation. A load balancer asks `readyz`: pages must go on taking reports while the
    sequencer is silent.

    Source: docs/topics/operations.md, "Watching".
    """
    try:
        silent = beating.silences()
    except DatabaseError as error:
        reason = f"database: {type(error).__name__}"
        return JsonResponse({"ok": False, "database": False, "reason": reason, "silent": []}, status=503)
    stuck = [line for part in HEALTH.all() for line in part.lines()]
    well = not silent and not stuck
    body = {"ok": well, "database": True, "silent": [silence.as_dict() for silence in silent], "stuck": stuck}
    return JsonResponse(body, status=200 if well else 503, json_dumps_params={"ensure_ascii": False})
