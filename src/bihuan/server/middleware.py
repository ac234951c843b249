"""Request ids: every request has one, every log line of it carries it, every response names it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestIdMiddleware:
    """Take over the caller's id when it is harmless text, else make one; bind it to the logs of this request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        identifier = given if _ACCEPTABLE.fullmatch(given) else uuid.uuid4().hex
        request.request_id = identifier  # type: ignore[attr-defined]  # Django's request is open for attributes
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identifier)
        response = self.get_response(request)
        response.headers[HEADER] = identifier
        return response
