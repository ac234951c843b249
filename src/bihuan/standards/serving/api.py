"""The API object of one standard: closed until an operation declares whose it is, errors as problem documents."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from ninja import Router

from bihuan import __version__
from bihuan.faces.api.site import Api
from bihuan.faces.parts import problems

made: dict[str, Api] = {}
"""Every wire's API object by its route, for the tests that walk all of them."""


def wire_api(route: str, title: str, router: Router, openapi: str = "/openapi.json") -> Api:
    """Return the API object of a standard, with the operations of its router.

    Args:
        route: Where it lies, as `Page` has it. title: Before people.
        router: Its operations; what declares no capability answers 403.
        openapi: Where its description lies, below the standard's own address.

    Source: docs/adr/0368-wires.md; RFC 9457.
    """
    api = Api(title=title, version=__version__, urls_namespace=route, openapi_url=openapi, docs_url=None)
    problems.install(api)
    api.add_router("", router)
    made[route] = api
    return api


def as_json(body: object, form: str = "application/json", status: int = 200) -> HttpResponse:
    """Return a body as JSON of a media type. Source: RFC 8259."""
    return HttpResponse(msgspec.json.encode(body), status=status, content_type=form)


def link(href: str, rel: str, form: str = "application/json", title: str = "") -> dict[str, Any]:
    """Return a link as OGC APIs have it. Source: RFC 8288; OGC 17-069r4, 7.2."""
    return {"href": href, "rel": rel, "type": form, **({"title": title} if title else {})}
