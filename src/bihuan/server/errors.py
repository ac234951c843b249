"""Django's handlers of refusals and errors: the page that a room has added for the status, else a plain one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bihuan.extend import ERROR_PAGES


def error_page(status: str, request: HttpRequest, *given: object) -> HttpResponse:
    """The page that a room has added for a status (`bihuan.extend.ErrorPage`), else bare.

    Args:
        status: 400, 403, 404, 500 or `csrf`. given: What Django passes on beside the request.

    Source: docs/adr/0236 (pages of errors come through the one door)
    """
    for page in ERROR_PAGES.all():
        if page.status == status:
            answer: HttpResponse = page.view(request, *given)
            return answer
    return HttpResponse(status=int(status) if status.isdigit() else 403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400`. Source: docs/adr/0236 (pages of errors come through the one door)."""
    return error_page("400", request, exception)


def not_yours(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler403`. Source: docs/adr/0236 (pages of errors come through the one door)."""
    return error_page("403", request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler404`. Source: docs/adr/0236 (pages of errors come through the one door)."""
    return error_page("404", request, exception)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's `CSRF_FAILURE_VIEW`. Source: docs/adr/0236 (pages of errors come through the one door)."""
    return error_page("csrf", request, reason)
