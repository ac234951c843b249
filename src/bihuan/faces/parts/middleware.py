"""What every page's answer gets: interrupted words are kept, and no refusal reaches a person without a page of ours."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bihuan.faces.parts import drafts, errors
from bihuan.loop.store import UnreadableCase
from bihuan.registers.pure.errors import NoDistrict
from bihuan.server.programs import for_programs


class PagesMiddleware:
    """Keep the words of refused forms (see `drafts`); give a bare 405 the page it lacks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        drafts.note(request, response)
        if response.status_code == 405 and not for_programs(request.path):
            return errors.wrong_method(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """What concerns one case, or the whole house before it is set up, is said, whichever page met it.

        Source: docs/topics/faces.md ("One bad case spoils no list")
        """
        if isinstance(exception, NoDistrict):
            return errors.no_district(request)
        return errors.unreadable(request) if isinstance(exception, UnreadableCase) else None
