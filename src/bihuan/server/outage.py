"""What is answered when the database is away: 503 and when to ask again, as problem+json or as a plain page.

An outage is no error of the request: the same request succeeds once the database is back. Nothing was stored.
"""

from __future__ import annotations

import json
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from bihuan.server.errors import error_page
from bihuan.server.programs import for_programs

RETRY_SECONDS = 5
PLAIN = """<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>暂时不可用 · Temporarily unavailable</title></head>
<body><main><h1>系统暂时不可用</h1><p>您填写的内容尚未提交。请稍候几秒后重试；紧急情况请直接拨打当地热线。</p>
<h1 lang="en">Temporarily unavailable</h1><p lang="en">What you wrote has not been submitted. Please try again in a few
seconds; in an emergency call your local hotline.</p></main></body></html>
"""
PROBLEM = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "code": "unavailable",
    "detail": "the database does not answer at this moment; nothing was stored",
    "text": {"zh": "数据库暂时没有响应，未保存任何内容", "en": "the database does not answer; nothing was stored"},
    "remedy": {
        "zh": "几秒后用同一个 Idempotency-Key 重试",
        "en": "send the same request again in a few seconds, with the same Idempotency-Key",
    },
}


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: 503 when the database is away, else the page for an error nobody foresaw.

    Source: RFC 9110 §15.6.4 (503); docs/topics/operations.md, "Watching".
    """
    if _outage(sys.exception()):
        return unavailable(request)
    if for_programs(request.path):
        body = {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "code": "unforeseen",
            "detail": f"an error nobody foresaw; quote request {getattr(request, 'request_id', '')} to the operator",
        }
        return HttpResponse(json.dumps(body), status=500, content_type="application/problem+json")
    return error_page("500", request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503, `Retry-After`, and the same in words; needs neither session nor template nor database.

    Source: RFC 9110 §15.6.4 and §10.2.3 (Retry-After); RFC 9457 (problem+json).
    """
    if for_programs(request.path):
        text, kind = json.dumps(PROBLEM, ensure_ascii=False), "application/problem+json"
    else:
        text, kind = PLAIN, "text/html; charset=utf-8"
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(text, status=503, content_type=kind, headers=headers)


def _outage(error: BaseException | None) -> bool:
    """Return whether the database was away, out of space or out of connections, now or in what caused the error."""
    while error is not None:
        if isinstance(error, (OperationalError, InterfaceError)):
            return True
        error = error.__cause__ or error.__context__
    return False
