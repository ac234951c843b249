"""What HTTP asks of every wire: HEAD as GET without contents, OPTIONS, `ETag` and 304, 405 as a problem, other origins.

A browser of another origin may read: no cookie goes with such a request (no `Allow-Credentials`), so it sees what
anybody sees, or what its own token opens.
Source: RFC 9110 §9.3.2, §9.3.7, §13; Fetch standard (CORS); docs/adr/0368-wires.md.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.http import ConditionalGetMiddleware

from bihuan.faces.parts.problems import answer
from bihuan.server.programs import API, for_programs

ASKED_AGAIN = "private, no-cache"
"""A program may keep an answer and must ask whether it still holds."""
ORIGINS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match, Idempotency-Key, Link",
    "Access-Control-Expose-Headers": "ETag, Link, Location, Content-Crs, OData-Version, NGSILD-Results-Count",
}


class WireMiddleware:
    """See the module's docstring."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.conditional = ConditionalGetMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not for_programs(request.path) or request.path.startswith(API):
            return self.get_response(request)
        asked = request.method
        if asked == "HEAD":
            request.method = request.META["REQUEST_METHOD"] = "GET"
        response = self.get_response(request)
        if response.status_code == 405:
            response = _not_allowed(request, response.headers.get("Allow", ""), asked == "OPTIONS")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = ASKED_AGAIN
        response = self._conditional(request, response)
        for name, value in ORIGINS.items():
            response.headers[name] = value
        if asked == "HEAD":
            request.method = request.META["REQUEST_METHOD"] = "HEAD"
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    def _conditional(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.method != "GET" or response.status_code != 200 or response.streaming:
            return response
        found = self.conditional.process_response(request, response)
        assert isinstance(found, HttpResponse)
        return found


def _not_allowed(request: HttpRequest, allowed: str, asked_what: bool) -> HttpResponse:
    methods = sorted({each.strip() for each in allowed.split(",") if each.strip()})
    names = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
    if asked_what:
        return HttpResponse(status=204, headers={"Allow": names, "Access-Control-Allow-Methods": names})
    told = answer(405, {
        "code": "method", "detail": f"allowed here: {names}",
        "text": {"zh": f"此处只支持：{names}", "en": f"allowed here: {names}"},
    })  # fmt: skip
    told.headers["Allow"] = names
    return told
