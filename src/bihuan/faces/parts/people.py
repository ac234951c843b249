"""Who has work on which page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.extend import MENU
from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import world
from bihuan.loop.erasing import ASKS, DECIDES

View = Callable[..., HttpResponseBase]


class Room(NamedTuple):
    """One staff page in the navigation: who has work there."""

    url: str
    label: Promise | str
    roles: frozenset[str]


INBOX_ROLES = frozenset({"inspector"})
ROOMS = (
    Room("desk", gettext_lazy("Desk"), frozenset({"operator"})),
    Room("unit", gettext_lazy("My unit"), frozenset({"handler", "unit_head"})),
    Room("callback", gettext_lazy("Call-back"), frozenset({"callback_agent"})),
    Room("inbox", gettext_lazy("Waiting for me"), INBOX_ROLES),
    Room("approvals", gettext_lazy("Approvals"), frozenset({"arbiter"})),
    Room(
        "cockpit",
        gettext_lazy("Cockpit"),
        frozenset({"leader", "analyst", "arbiter", "unit_head", "operator", "district_admin", "auditor", "inspector"}),
    ),
    Room("erasures", lazy(say, str)(("删除申请", "Erasure")), ASKS | DECIDES),
)


def rooms(request: HttpRequest) -> list[Room]:
    """The staff pages this person has work on."""
    if not request.user.is_authenticated:
        return []
    actor = world(request).actor
    own = [room for room in ROOMS if actor.roles & room.roles]
    added = (Room(link.page, say((link.zh, link.en)), frozenset()) for link in MENU.all() if link.shown(actor))
    return [*own, *added]


def requires(*roles: str) -> Callable[[View], View]:
    """Let a view be seen only by people with one of `roles`, by any staff when none is named.

    Others are asked to sign in, or told no.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            here = world(request)
            if not (here.actor.roles & set(roles) if roles else here.staff):
                raise PermissionDenied(
                    _("Your role has no work on this page. The administrator can give you the role if you need it.")
                )
            return view(request, *args, **kwargs)

        guarded.roles = frozenset(roles)  # type: ignore[attr-defined]  # the matrix test reads who may open the page
        return guarded

    return wrap


def acts(page: str, *names: str) -> Callable[[View], View]:
    """Mark a view that only acts (POST). Visited after a log-in or a reload, it leads to the page of its form.

    Args:
        page: URL name of that page; names: arguments of the address that the page takes too.
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
