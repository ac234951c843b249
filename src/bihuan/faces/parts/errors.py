# ruff: noqa: E501 - sentences in two languages: one a line is how they are read and compared
"""Pages for what went wrong: each says what, why, and what to do, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from bihuan.faces.parts import drafts
from bihuan.faces.parts.language import say
from bihuan.faces.parts.problems import answer
from bihuan.loop.kernel.model import Text
from bihuan.server.log_lines import log
from bihuan.server.programs import for_programs


def render_error(
    request: HttpRequest, status: int, title: Text, what: str, remedy: Text, kept: drafts.KeptDraft | None = None
) -> HttpResponse:
    """One page of an error; without header and navigation when the house itself cannot be asked (database away).

    Args:
        status: HTTP status; title: what happened; what: its reason in the reader's language, may be empty;
        remedy: what the person can do; kept: words that were to be sent, offered again.

    Source: docs/topics/faces.md (errors have pages of ours); RFC 9110 §15.
    """
    if for_programs(request.path):
        body = {"code": f"http_{status}", "detail": title.en, "text": {"zh": title.zh, "en": title.en}}
        return answer(status, {**body, "remedy": {"zh": remedy.zh, "en": remedy.en}})
    context: dict[str, Any] = {
        "status": status, "title": say(title), "what": what, "remedy": say(remedy), "resend": kept,
    }  # fmt: skip
    try:
        return render(request, "faces/error.html", context, status=status)
    except Exception:  # noqa: BLE001 - the page of an error must never be a second error: the plain one asks nobody
        log("error_page_failed", True, status=status)
        return HttpResponse(render_to_string("faces/error_plain.html", context), status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing there, or nothing this person may see.

    Source: RFC 9110 §15.5.5; docs/topics/faces.md (what is not visible does not exist)
    """
    told = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    title = Text("没有这个页面", "There is no such page")
    remedy = Text(
        "请核对网址或编号；从首页或您的工作清单重新进入。已反映的事项可凭编号和查询码查询。",
        "Check the address or number, or start again from the front page or your list. A report is found by its number and access code.",
    )
    return render_error(request, 404, title, told, remedy)


def unreadable(request: HttpRequest) -> HttpResponse:
    """409: the stored record of this one case cannot be read; nothing else is affected.

    Source: docs/topics/faces.md (errors have pages of ours); RFC 9110 §15.
    """
    title = Text("这个案件的记录无法读取", "The record of this case cannot be read")
    remedy = Text(
        "其他案件不受影响。请把编号告知系统维护人员；“已搁置”页面列有原因。",
        "No other case is affected. Tell whoever runs the system its number; the page “Set aside” gives the reason.",
    )
    return render_error(request, 409, title, "", remedy)


def no_district(request: HttpRequest) -> HttpResponse:
    """503: the installation runs, but nobody has loaded the district it works for.

    Source: docs/topics/faces.md (errors have pages of ours); RFC 9110 §15.
    """
    title = Text("系统尚未就绪：没有可用的区", "Not ready yet: no district is loaded")
    remedy = Text(
        "请系统维护人员执行 `bihuan load district 区名` 导入（已导入多个区时用 BIHUAN_DISTRICT 指明一个），然后刷新本页。急事请拨打热线。",
        "Whoever runs the system loads one with `bihuan load district NAME` (with several loaded, BIHUAN_DISTRICT names one); then reload this page. For urgent matters call the hotline.",
    )
    return render_error(request, 503, title, "", remedy)


def not_yours(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but this is not their work. Source: RFC 9110 §15.5.4."""
    title = Text("您没有这里的权限", "This is not open to you")
    remedy = Text(
        "如确需此项工作，请系统管理员为您授予相应角色；或换一个账号登录。",
        "If this is your work, ask the administrator for the role; or sign in with another account.",
    )
    return render_error(request, 403, title, str(exception), remedy)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the browser sent something that cannot be read, or far too much of it.

    Source: RFC 9110 §15.5.1; docs/adr/0220.
    """
    title = Text("无法读取发来的内容", "What was sent cannot be read")
    most = settings.BIHUAN_MAX_UPLOAD_BYTES // 1_000_000
    remedy = Text(
        f"请返回上一页，少写一些或少选几张照片（每张不超过 {most} MB）后再提交。",
        f"Go back, write less or choose fewer photographs (at most {most} MB each), and send again.",
    )
    return render_error(request, 400, title, "", remedy)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault; the number of the request finds it in the log.

    Source: docs/topics/faces.md (errors have pages of ours); RFC 9110 §15.
    """
    title = Text("系统出错了", "Something went wrong on our side")
    number = getattr(request, "request_id", "")
    remedy = Text(
        f"错误已记入日志（{number}）。请返回上一页稍后再试；急事请拨打热线。",
        f"It is in the log ({number}). Go back and try again later; for urgent matters call the hotline.",
    )
    return render_error(request, 500, title, "", remedy)


def wrong_method(request: HttpRequest) -> HttpResponse:
    """405: an address that is not visited this way.

    Source: docs/topics/faces.md (errors have pages of ours); RFC 9110 §15.
    """
    title = Text("这个网址不能这样打开", "This address cannot be opened like that")
    return render_error(request, 405, title, "", Text("请从页面上的按钮操作。", "Use the buttons of the page."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is not this browser's. The words are shown again, to be sent with a fresh token.

    They are never offered when another site sent the form: a person would sign what somebody else wrote.

    Source: docs/topics/faces.md ("Nothing written is lost"); docs/adr/0220.
    """
    title = Text("为了安全，这次没有提交", "For safety this was not sent")
    if "Origin" not in request.headers or reason.startswith(("Origin ", "Referer ")):
        remedy = Text("请从本站的页面重新填写并提交。", "Fill in and send the form from a page of this site.")
        return render_error(request, 403, title, "", remedy)
    remedy = Text(
        "页面打开太久，或在别的窗口登录、退出过，或浏览器不接受 Cookie。您写的内容还在下面：核对后再次提交即可。照片请重新选择。",
        "The page was open for long, you signed in or out elsewhere, or the browser takes no cookies. Your words are below: check them and send again. Please choose photographs anew.",
    )
    values = [(k, v) for k, listed in request.POST.lists() if k not in drafts.NEVER for v in listed if v]
    secret = drafts.NEVER & set(request.POST) - {"csrfmiddlewaretoken"}
    kept = drafts.sorted_out(request.get_full_path(), values) if values and not secret else None
    response = render_error(request, 403, title, "", remedy, kept)
    response.keeps_words = kept is not None  # type: ignore[attr-defined]  # read by drafts.note
    return response
