"""Who calls: bearer tokens and sessions become the kernel's actor; scopes of a token narrow what it may do."""

import hashlib
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NamedTuple

from django.http import HttpRequest
from ninja import Router
from ninja.security import HttpBearer, SessionAuth
from ninja.utils import check_csrf

from bihuan.faces.parts.problems import ApiProblem, problem
from bihuan.faces.parts.world import NOBODY, World, world
from bihuan.loop import scope
from bihuan.loop.actors import actor_of
from bihuan.loop.kernel.model import Actor, Refusal, Text
from bihuan.registers.live import current_registers
from bihuan.registers.people import authenticate_token
from bihuan.registers.pure.roles import catalogue, who_may
from bihuan.server import limits

REMEMBERED_SECONDS = 2.0  # a revoked token or changed role takes effect at the latest then
SCOPES = ("report", "read", "act", "audit")
MOST_REMEMBERED = 1000

TOO_MANY = Refusal("too_many", Text("操作过于频繁", "too many requests"),
                   Text("请稍候再发，见Retry-After", "wait as long as Retry-After says"))  # fmt: skip

_lock = threading.Lock()
_known: dict[bytes, tuple[float, Actor, frozenset[str]]] = {}


class Token(HttpBearer):
    """`Authorization: Bearer bih_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> World | None:
        """The world of a token's owner, or None.

        Source: RFC 6750 §2.1 (bearer token in the header); docs/topics/api.md ("Who calls")
        """
        registers = current_registers()
        scope.ensure(registers.district.code)
        now = datetime.now(UTC)
        digest = hashlib.sha256(token.encode()).digest()
        found = _remembered(digest)
        if found is None:
            row = authenticate_token(token, now)
            if row is None:
                return None
            found = actor_of(row.user, now, registers), frozenset(row.scopes)
            with _lock:
                if len(_known) >= MOST_REMEMBERED:
                    _known.clear()
                _known[digest] = (time.monotonic(), *found)
        return _let_in(request, World(found[0], registers, now), found[1])


class Session(SessionAuth):
    """A signed-in person's browser; writes need the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> World | None:
        """The world of the person, or None; only who is signed in by a cookie can be made to send something unawares.

        Source: docs/topics/api.md ("Who calls": a browser's session with its CSRF token)
        """
        if not request.user.is_authenticated:
            return None
        if request.method not in ("GET", "HEAD", "OPTIONS") and check_csrf(request) is not None:
            raise problem(403, "csrf", "缺少或不匹配的CSRF令牌", "the CSRF token is missing or does not match",
                          remedy=("重新打开页面后再试，或用令牌（Authorization）", "open the page again, or use a bearer token"))  # fmt: skip
        return _let_in(request, world(request), frozenset(SCOPES))


STAFF = [Token(), Session(csrf=False)]


def anonymous(request: HttpRequest) -> World:
    """The world of somebody without an account; who writes too fast waits (`server.limits`).

    Raises:
        ApiProblem: 429, too fast.

    Source: docs/adr/0220 (who is too fast waits seconds)
    """
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        seconds = limits.seconds_to_wait(limits.WRITES, limits.address_of(request))
        if seconds:
            raise ApiProblem(429, TOO_MANY, seconds)
    registers = current_registers()
    scope.ensure(registers.district.code)
    return _let_in(request, World(NOBODY, registers, datetime.now(UTC)), frozenset({"report"}))


def here(request: HttpRequest) -> World:
    """The world of a request that was let in."""
    found: World = request.bihuan_world  # type: ignore[attr-defined]  # set by whoever let the request in
    return found


class Demand(NamedTuple):
    """What an operation asks of its caller: a scope of the token and one of these capabilities. Every operation has one."""

    scope: str
    capabilities: frozenset[str]


ANYBODY = "*"
"""Instead of capabilities: also without an account."""


def needs(wanted: str, *capabilities: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let an operation be used only with a token scope and a role that has one of `capabilities` (or by `ANYBODY`).

    Args:
        wanted: the scope.
        capabilities: of the role catalogue; an operation that names none is for nobody.

    Source: docs/adr/0234 (an operation declares its capability); tests/api/rights.txt, the second truth.
    """
    asked = Demand(wanted, frozenset(capabilities))
    assert asked.capabilities - {ANYBODY} <= catalogue().capabilities.keys(), capabilities

    def wrap(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if wanted not in request.bihuan_scopes:  # type: ignore[attr-defined]  # set by whoever let the request in
                raise problem(403, "scope_missing", f"令牌没有“{wanted}”权限", f"the token lacks the scope {wanted!r}",
                              remedy=("申请带此权限的令牌", "Ask for a token with that scope"))  # fmt: skip
            if ANYBODY not in asked.capabilities and not here(request).actor.may(*capabilities):
                who = who_may(*capabilities)
                raise problem(403, "role_missing", f"需要角色：{who.zh}", f"one of these roles is needed: {who.en}",
                              remedy=("请管理员授予角色", "the administrator can give the role"))  # fmt: skip
            return operation(request, *args, **kwargs)

        guarded.asked = asked  # type: ignore[attr-defined]  # read by `deny_undeclared`
        return guarded

    return wrap


def public(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Declare that an operation is for everybody, with or without an account; nothing of it depends on who asks.

    Source: docs/adr/0234 (an operation declares its capability); tests/api/rights.txt, the second truth.
    """
    operation.asked = Demand("", frozenset({ANYBODY}))  # type: ignore[attr-defined]  # read by `deny_undeclared`
    return operation


def deny_undeclared(router: Router) -> None:
    """Refuse every operation of a router that declares no capability: forgetting one closes a door, never opens it.

    Source: docs/adr/0234 (an operation declares its capability); tests/api/rights.txt, the second truth.
    """
    for view in router.path_operations.values():
        for operation in view.operations:
            if not hasattr(operation.view_func, "asked"):
                operation.view_func = _undeclared


def _undeclared(request: HttpRequest, **_: Any) -> Any:
    raise problem(403, "undeclared", "此接口未声明权限，已关闭", "this operation declares no capability and is closed",
                  remedy=("由维护者用 needs(…) 或 public 声明", "a maintainer declares it with needs(…) or public"))  # fmt: skip


def forget_tokens() -> None:
    """Forget remembered tokens (tests, and after rights were changed here)."""
    with _lock:
        _known.clear()


def _remembered(digest: bytes) -> tuple[Actor, frozenset[str]] | None:
    found = _known.get(digest)
    return found[1:] if found and time.monotonic() - found[0] < REMEMBERED_SECONDS else None


def _let_in(request: HttpRequest, found: World, scopes: frozenset[str]) -> World:
    request.bihuan_world = found  # type: ignore[attr-defined]  # Django's request is open for attributes
    request.bihuan_scopes = scopes  # type: ignore[attr-defined]  # see above
    return found
