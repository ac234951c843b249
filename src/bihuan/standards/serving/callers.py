"""Who calls a wire: a token as bearer or as the password of HTTP Basic, a session, or anybody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBasicAuth

from bihuan.faces.api.access import Session, Token, anonymous, here, needs
from bihuan.faces.parts.problems import ApiProblem, problem
from bihuan.faces.parts.world import NOBODY, World

_tokens = Token()


class BasicToken(HttpBasicAuth):
    """`Authorization: Basic …` with a token as password, any name: what desktop programs can be told.

    Source: RFC 7617; docs/adr/0368-wires.md.
    """

    def authenticate(self, request: HttpRequest, username: str, password: str) -> World | None:
        """The world of a token's owner, or None. Source: RFC 7617."""
        return _tokens.authenticate(request, password)


def visitor(request: HttpRequest) -> World | None:
    """Anybody; but not who shows something that is no token of ours: that is told, not overlooked.

    Source: docs/adr/0368-wires.md.
    """
    return None if "Authorization" in request.headers else anonymous(request)


STAFF_OR_TOKEN: list[Any] = [_tokens, BasicToken(), Session(csrf=False)]
ANY_CALLER: list[Any] = [*STAFF_OR_TOKEN, visitor]


def demand(request: HttpRequest, scope: str, *capabilities: str) -> None:
    """Let a part of a public operation be used only as `needs` has it.

    Raises:
        ApiProblem: 401 for somebody without an account, 403 for a scope or role that is missing.

    Source: docs/adr/0234; docs/adr/0368-wires.md.
    """
    if here(request).actor.id == NOBODY.id:
        raise not_signed_in()
    needs(scope, *capabilities)(lambda request: None)(request)


def holds(request: HttpRequest, *capabilities: str) -> bool:
    """Return whether the caller has one of the capabilities and may read by its token. Source: docs/adr/0234."""
    return "read" in request.bihuan_scopes and here(request).actor.may(*capabilities)  # type: ignore[attr-defined]


def not_signed_in() -> ApiProblem:
    """Return the problem of a caller without an account where one is needed. Source: RFC 9110 §15.5.2."""
    return problem(
        401, "not_signed_in", "需要有效的令牌或登录", "a valid bearer token or session is needed",
        remedy=("在请求头中携带 Authorization: Bearer …", "send Authorization: Bearer …"),
    )  # fmt: skip
