"""Security events as lines of the logger `bihuan.security`: who did what to access, by ids; never an identity."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from bihuan.server.log_lines import LINES, log, log_committed

KINDS = frozenset(name for name, line in LINES.items() if line.room == "security")
"""Every kind of line; a reader of logs may rely on them."""


def record(
    kind: str, *, actor: Any = None, request: HttpRequest | None = None, committed: bool = False, **ids: object
) -> None:
    """One line, at once: that somebody looked stays true when what they did is rolled back.

    Args:
        kind: One of `KINDS`.
        actor: The user, or its id; only the id is written.
        request: Gives the route, never the address, which may hold a tracking code.
        committed: Write it when the transaction under way is committed, for what is true only then.
        ids: Further ids and codes; never words, names or numbers of people.

    Raises:
        ValueError: there is no such kind of event.

    Source: GB/T 22239-2019, 8.1.4.3 (security audit); docs/topics/operations.md, "Watching".
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of security event; add it to KINDS")
    about: dict[str, object] = dict(ids)
    if actor is not None:
        about["actor"] = str(getattr(actor, "pk", actor))
    if request is not None:
        match = request.resolver_match
        about["route"] = match.route if match is not None else ""
        about["method"] = str(request.method)
        user = getattr(request, "user", None)
        if actor is None and user is not None and user.is_authenticated:
            about["actor"] = str(user.pk)
    (log_committed if committed else log)(kind, **about)


def connect() -> None:
    """Listen to sign-ins; what was typed as a name is not written, for people type their passwords there.

    Source: docs/reference/logs.md (security); docs/adr/0220.
    """
    user_logged_in.connect(_signed_in, dispatch_uid="bihuan.security.in")
    user_logged_out.connect(_signed_out, dispatch_uid="bihuan.security.out")
    user_login_failed.connect(_failed, dispatch_uid="bihuan.security.failed")


def _signed_in(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    record("sign_in", actor=user, request=request)


def _signed_out(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    record("sign_out", actor=user, request=request)


def _failed(sender: Any, request: HttpRequest | None = None, **_: Any) -> None:
    record("sign_in_failed", request=request)
