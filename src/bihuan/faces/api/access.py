"""Who calls: bearer tokens and sessions become the kernel's actor; scopes of a token narrow what it may do."""

import hashlib
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from bihuan.faces.api.problems import problem
from bihuan.faces.world import NOBODY, World, world
from bihuan.loop import scope
from bihuan.loop.actors import actor_of
from bihuan.loop.kernel.model import Actor
from bihuan.registers.live import current_registers
from bihuan.registers.people import authenticate_token

REMEMBERED_SECONDS = 2.0  # a revoked token or changed role takes effect at the latest then
SCOPES = ("report", "read", "act", "audit")
MOST_REMEMBERED = 1000

_lock = threading.Lock()
_known: dict[bytes, tuple[float, Actor, frozenset[str]]] = {}


class Token(HttpBearer):
    """`Authorization: Bearer bih_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> World | None:
        """The world of a token's owner, or None."""
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
        """The world of the person, or None."""
        if not request.user.is_authenticated:
            return None
        return _let_in(request, world(request), frozenset(SCOPES))


STAFF = [Token(), Session(csrf=True)]


def anonymous(request: HttpRequest) -> World:
    """The world of somebody without an account."""
    registers = current_registers()
    scope.ensure(registers.district.code)
    return _let_in(request, World(NOBODY, registers, datetime.now(UTC)), frozenset({"report"}))


def here(request: HttpRequest) -> World:
    """The world of a request that was let in."""
    found: World = request.bihuan_world  # type: ignore[attr-defined]  # set by whoever let the request in
    return found


def needs(wanted: str, *roles: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let an operation be used only with a token scope and, when named, one of `roles`."""

    def wrap(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if wanted not in request.bihuan_scopes:  # type: ignore[attr-defined]  # set by whoever let the request in
                raise problem(403, "scope_missing", f"令牌没有“{wanted}”权限", f"the token lacks the scope {wanted!r}",
                              remedy=("申请带此权限的令牌", "Ask for a token with that scope"))  # fmt: skip
            if roles and not here(request).actor.roles & set(roles):
                raise problem(
                    403,
                    "role_missing",
                    f"需要角色：{'、'.join(roles)}",
                    f"one of these roles is needed: {', '.join(roles)}",
                )
            return operation(request, *args, **kwargs)

        return guarded

    return wrap


def forget() -> None:
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
