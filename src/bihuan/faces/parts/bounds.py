"""The fence before every view: bounded bodies, hostile text answered 400, writes of anybody limited.

No input makes a 500: what the database or a parser cannot take (U+0000, lone surrogates, numbers without end, nesting
without end) is the sender's fault and is said so. Which limits hold for whom stands in `bihuan.server.limits`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string

from bihuan.faces.parts.errors import render_error
from bihuan.faces.parts.language import say
from bihuan.faces.parts.problems import of_refusal
from bihuan.loop.kernel.model import Refusal, Text
from bihuan.server import limits
from bihuan.server.log_lines import log
from bihuan.server.programs import for_programs

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SIGN_IN = "/accounts/login/"
PROVING = frozenset({SIGN_IN, "/accounts/2fa/authenticate/"})  # where somebody shows a password or second factor
TRACK = "/track/"
TRACK_API = "/api/v1/track/"
SENDERS_FAULT = (DataError, UnicodeError, RecursionError, OverflowError, MultiPartParserError, SuspiciousOperation,
                 UnreadablePostError)  # fmt: skip
BAD = (
    Text("请求内容无法读取", "The request cannot be read"),
    Text("请去掉特殊字符、过长或嵌套过深的内容后重试。",
         "Leave out control characters, overlong and deeply nested contents."),
)  # fmt: skip
LARGE = (
    Text("内容过大", "This is too large to be sent"),
    Text("请减少或缩小文件后重新发送。", "Send fewer or smaller files."),
)


class BoundsMiddleware:
    """See the module's docstring; stands before everything that reads the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (refused := _too_large(request) or _unreadable(request)) is not None:
            return refused
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What only input can cause is the sender's fault, not the house's.

        Source: docs/adr/0220 (whatever anybody sends is bounded)
        """
        nul = isinstance(error, ValueError) and (
            "NUL" in str(error) or "null" in str(error) or "integer string" in str(error)
        )
        if not nul and not isinstance(error, SENDERS_FAULT):
            return None
        log("input_unreadable", route=getattr(request.resolver_match, "route", ""), error=type(error).__name__)
        return render_error(request, 400, BAD[0], "", BAD[1])


class LimitsMiddleware:
    """Whoever has no account waits after a burst of writes or of tries at codes and passwords; stands after sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seconds = _seconds_to_wait(request)
        if seconds:
            return _slower(request, seconds)
        response = self.get_response(request)
        if request.path in PROVING and request.method == "POST" and response.status_code == 200:
            limits.seconds_to_wait(limits.SIGN_IN, *_account(request))
            limits.seconds_to_wait(limits.SIGN_INS, limits.address_of(request))
        return response


def _seconds_to_wait(request: HttpRequest) -> int:
    address = limits.address_of(request)
    if request.path in PROVING and request.method == "POST":
        return limits.seconds_to_wait(limits.SIGN_IN, *_account(request), by=0) or limits.seconds_to_wait(
            limits.SIGN_INS, address, by=0
        )
    if request.path.startswith(TRACK_API) or (request.path == TRACK and request.method == "POST"):
        number = request.path.removeprefix(TRACK_API) if request.path != TRACK else request.POST.get("number", "")
        return limits.seconds_to_wait(limits.TRACKING, address) or limits.seconds_to_wait(
            limits.CODES, number.strip()[:40]
        )
    if request.method in SAFE or for_programs(request.path) or request.user.is_authenticated:
        return 0  # the API counts where it finds that nobody is signed in: `api.access.anonymous`
    return limits.seconds_to_wait(limits.WRITES, address)


def _account(request: HttpRequest) -> tuple[str, str]:
    """Whose secret is tried, and from where; at the second factor the one whose password was right."""
    pending = request.session.get("account_login")
    waiting = str(pending.get("user_pk", "")) if isinstance(pending, dict) and request.path != SIGN_IN else ""
    return waiting or request.POST.get("login", "").strip().casefold()[:150], limits.address_of(request)


def _slower(request: HttpRequest, seconds: int) -> HttpResponse:
    title = Text("操作过于频繁", "Too many requests")
    remedy = Text(
        f"请等待{seconds}秒后再试，或拨打热线。", f"Wait {seconds} seconds and try again, or call the hotline."
    )
    answer = render_error(request, 429, title, "", remedy)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _plain(request: HttpRequest, status: int, title: Text, remedy: Text) -> HttpResponse:
    """The refusal of what nobody has looked at yet: it asks neither session nor database."""
    if for_programs(request.path):
        return of_refusal(status, Refusal(f"http_{status}", title, remedy))
    context = {"status": status, "title": say(title), "what": "", "remedy": say(remedy)}
    return HttpResponse(render_to_string("faces/error_plain.html", context), status=status)


def _too_large(request: HttpRequest) -> HttpResponse | None:
    """Refuse by the announced length, before a byte of the body is read or kept."""
    if request.method in SAFE:
        return None
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if not length and "chunked" in str(request.META.get("HTTP_TRANSFER_ENCODING", "")).casefold():
        told = Text("请说明内容长度（Content-Length）", "Say how long the contents are (Content-Length)")
        return _plain(request, 411, told, LARGE[1])
    if not length.isascii() or not (length or "0").isdigit():
        return _plain(request, 400, BAD[0], BAD[1])
    files = str(request.META.get("CONTENT_TYPE", "")).casefold().startswith("multipart/")
    most = settings.BIHUAN_MAX_BODY_BYTES if files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return _plain(request, 413, LARGE[0], LARGE[1]) if int(length[:20] or 0) > most else None


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """Refuse addresses that hold what no text may hold."""
    query = str(request.META.get("QUERY_STRING", ""))
    if "\x00" in request.path or "%00" in query or "\x00" in query or len(query) > 8000 or len(request.path) > 2000:
        return _plain(request, 400, BAD[0], BAD[1])
    try:
        (request.path + query).encode()
    except UnicodeError:
        return _plain(request, 400, BAD[0], BAD[1])
    return None
