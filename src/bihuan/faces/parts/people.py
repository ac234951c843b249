"""Who has work on which page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.extend import MENU
from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import world
from bihuan.registers.models import User
from bihuan.registers.pure.roles import catalogue

View = Callable[..., HttpResponseBase]


class Room(NamedTuple):
    """One staff page in the navigation, named in the reader's language."""

    url: str
    label: str


def rooms(request: HttpRequest) -> list[Room]:
    """The staff pages this person has work on. Source: docs/adr/0234 (rooms and capabilities of a role)."""
    if not request.user.is_authenticated:
        return []
    actor = world(request).actor
    return [Room(link.page, say((link.zh, link.en))) for link in MENU.all() if link.shown(actor)]


def requires(*rooms: str, may: str = "") -> Callable[[View], View]:
    """Let a view be seen only by people who work in one of `rooms`, by any staff when none is named.

    Others are asked to sign in, or told no.

    Args:
        rooms: of the role catalogue; may: a capability that is needed besides.

    Raises:
        PermissionDenied: somebody is signed in and works in none of the rooms (when the view is asked).

    Source: docs/adr/0234 (rooms and capabilities of a role)
    """
    asked = [catalogue().rooms[room] for room in rooms] + ([catalogue().capabilities[may]] if may else [])
    assert all(asked)  # a misspelt room or capability ends the start, not a request

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            here = world(request)
            if not (here.actor.opens(*rooms) if rooms else here.staff) or (may and not here.actor.may(may)):
                raise PermissionDenied(
                    _("Your role has no work on this page. The administrator can give you the role if you need it.")
                )
            return view(request, *args, **kwargs)

        guarded.rooms = frozenset(rooms)  # type: ignore[attr-defined]  # tells a guarded page from a public one
        return guarded

    return wrap


def acts(page: str, *names: str) -> Callable[[View], View]:
    """Mark a view that only acts (POST). Visited after a log-in or a reload, it leads to the page of its form.

    Args:
        page: URL name of that page; names: arguments of the address that the page takes too.

    Source: docs/topics/faces.md (an address that only acts leads to the page of its form)
    """

    def back(arguments: Mapping[str, Any]) -> str:
        return reverse(page, args=[arguments[name] for name in names])

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method in ("GET", "HEAD"):
                return redirect(back(kwargs))
            return HttpResponseNotAllowed(["POST"])

        guarded.back = back  # type: ignore[attr-defined]  # read by drafts.page_of
        return guarded

    return wrap


def account_of(actor: str) -> str:
    """Return the name under which a person signs in; empty for a program or for nobody.

    Source: docs/topics/registers.md, "People, roles, deputies".
    """
    kind, _, key = actor.partition(":")
    try:
        known = User.objects.filter(pk=UUID(key)).values_list("username", flat=True) if kind == "user" else ()
    except ValueError:
        return ""
    return next(iter(known), "")
