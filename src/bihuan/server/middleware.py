"""What every request gets: an id, one log line, a place in the metrics, and declarations as of one moment."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from bihuan.declare.stamped import one_moment
from bihuan.server import metrics
from bihuan.server.log_lines import log

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_QUIET = frozenset({"healthz", "readyz", "metrics"})


class RequestMiddleware:
    """Take over the caller's id when it is harmless text, else make one; log and count the answer.

    Logs and metrics name the route (`cases/<uuid:case>`), never the address: addresses may hold tracking codes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        identifier = given if _ACCEPTABLE.fullmatch(given) else uuid.uuid4().hex
        request.request_id = identifier  # type: ignore[attr-defined]  # Django's request is open for attributes
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identifier)
        started = time.perf_counter()
        with one_moment():
            response = self.get_response(request)
        seconds = time.perf_counter() - started
        response.headers[HEADER] = identifier
        _keep_private(request, response)
        _record(request, response.status_code, seconds)
        return response


def _keep_private(request: HttpRequest, response: HttpResponse) -> None:
    """Nothing that one person or program may see is kept by a browser, which others use after them, or by a proxy."""
    if "Cache-Control" in response.headers or request.path.startswith("/static/"):
        return
    personal = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
    if personal or response.cookies or request.method not in ("GET", "HEAD"):
        response.headers["Cache-Control"] = "no-store"


def _record(request: HttpRequest, status: int, seconds: float) -> None:
    match = request.resolver_match
    route = match.route if match is not None else "(none)"
    method = request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
    metrics.REQUESTS.labels(method, route, str(status)).inc()
    metrics.SECONDS.labels(route).observe(seconds)
    if route not in _QUIET:
        log("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
