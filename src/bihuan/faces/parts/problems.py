"""Errors as `application/problem+json` (RFC 9457): what is wrong, where, and what to do, in both languages."""

from http import HTTPStatus
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from bihuan.loop.kernel.model import Refusal, Text
from bihuan.loop.store import UnreadableCase

TYPE = "application/problem+json"


class ApiProblem(Exception):
    """Raised by an operation; answered as problem+json.

    Args:
        status: HTTP status.
        refusal: code, sentence, field and remedy.
        retry_after: seconds, when the caller was too fast.
    """

    def __init__(self, status: int, refusal: Refusal, retry_after: int = 0) -> None:
        super().__init__(refusal.text.en)
        self.retry_after = retry_after
        self.status = status
        self.refusal = refusal


def problem(status: int, code: str, zh: str, en: str, *, field: str | None = None,
            remedy: tuple[str, str] | None = None) -> ApiProblem:  # fmt: skip
    """Return a problem from its parts. Source: RFC 9457 (problem details); docs/topics/api.md ("Errors")."""
    return ApiProblem(status, Refusal(code, Text(zh, en), Text(*remedy) if remedy else None, field))


def not_found(zh: str, en: str) -> ApiProblem:
    """The thing does not exist, or this actor may not know that it does.

    Source: RFC 9110 §15.5.5; DESIGN §7 (visibility)
    """
    return problem(404, "not_found", f"没有{zh}，或您无权查看", f"no such {en}, or not visible to you")


def answer(status: int, body: dict[str, Any]) -> HttpResponse:
    """Return a problem document as a response. Source: RFC 9457 (problem details); docs/topics/api.md ("Errors")."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, **body}
    return HttpResponse(msgspec.json.encode(body), status=status, content_type=TYPE)


def of_refusal(status: int, refusal: Refusal) -> HttpResponse:
    """Return a kernel refusal as a response. Source: RFC 9457 (problem details); docs/topics/api.md ("Errors")."""
    body: dict[str, Any] = {
        "code": refusal.code,
        "detail": refusal.text.en,
        "text": {"zh": refusal.text.zh, "en": refusal.text.en},
    }
    if refusal.field:
        body["field"] = refusal.field
    if refusal.remedy:
        body["remedy"] = {"zh": refusal.remedy.zh, "en": refusal.remedy.en}
    return answer(status, body)


def install(api: NinjaAPI) -> None:
    """Teach an API to answer every error as a problem document.

    Source: RFC 9457 (problem details); docs/topics/api.md ("Errors")
    """
    api.add_exception_handler(ApiProblem, _problem)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(UnreadableCase, _unreadable)
    api.add_exception_handler(AuthenticationError, _unauthenticated)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(Http404, _missing)


def _problem(request: HttpRequest, error: ApiProblem | type[ApiProblem]) -> HttpResponse:
    assert isinstance(error, ApiProblem)
    response = of_refusal(error.status, error.refusal)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _unreadable(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    return answer(409, {
        "code": "unreadable_case",
        "detail": "the stored record of this case cannot be read; no other case is affected",
        "text": {"zh": "这个案件的记录无法读取，其他案件不受影响", "en": "the record of this case cannot be read; no other case is affected"},
        "remedy": {"zh": "请把编号告知系统维护人员", "en": "tell whoever runs the system its number"},
    })  # fmt: skip


def _invalid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)
    faults = [
        {"field": ".".join(str(step) for step in fault["loc"][1:]), "rule": fault["msg"], "code": fault["type"]}
        for fault in error.errors
    ]
    return answer(422, {
        "code": "invalid",
        "detail": "; ".join(f"{f['field']}: {f['rule']}" for f in faults),
        "text": {"zh": "请求内容不符合要求", "en": "the request does not follow the schema"},
        "errors": faults,
        "remedy": {"zh": "按 /api/v1/openapi.json 修改后重发", "en": "correct it after /api/v1/openapi.json and send again"},
    })  # fmt: skip


def _missing(request: HttpRequest, error: Http404 | type[Http404]) -> HttpResponse:
    return of_refusal(404, not_found("此项", "thing").refusal)


def _unauthenticated(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    response = answer(401, {
        "code": "not_signed_in",
        "detail": "a valid bearer token or session is needed",
        "text": {"zh": "需要有效的令牌或登录", "en": "a valid bearer token or session is needed"},
        "remedy": {"zh": "在请求头中携带 Authorization: Bearer …", "en": "send Authorization: Bearer …"},
    })  # fmt: skip
    response["WWW-Authenticate"] = 'Bearer realm="bihuan"'
    return response


def _http(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)
    return answer(
        error.status_code, {"code": "http", "detail": str(error), "text": {"zh": str(error), "en": str(error)}}
    )
