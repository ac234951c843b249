"""Addresses of subscriptions. Source: ETSI GS CIM 009 V1.8.1, 6.10, 6.11."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import here, needs
from bihuan.standards.ngsild.subscriptions import (
    as_subscription,
    change_subscription,
    end_subscription,
    subscribe,
    subscription_of,
    subscriptions_of,
)
from bihuan.standards.ngsild.telling import BODY, as_the_standard_says, contexted, decoded, number, told_json
from bihuan.standards.serving.callers import demand

USUAL, MOST = 20, 1_000


def add_subscriptions(router: Router) -> None:
    """Add the operations on subscriptions to the router of the wire. Source: ETSI GS CIM 009, 6.10, 6.11."""
    router.get("/subscriptions", summary="Subscriptions of the caller")(all_of_them)
    router.get("/subscriptions/", include_in_schema=False)(all_of_them)
    router.post("/subscriptions", summary="Subscribe to entities", openapi_extra=BODY)(create)
    router.post("/subscriptions/", include_in_schema=False)(create)
    router.get("/subscriptions/{path:urn}", summary="One subscription")(one)
    router.patch("/subscriptions/{path:urn}", summary="Change a subscription", openapi_extra=BODY)(change)
    router.delete("/subscriptions/{path:urn}", summary="End a subscription")(end)


@needs("read", "work")
@as_the_standard_says
def all_of_them(request: HttpRequest) -> HttpResponse:
    """A page of the caller's subscriptions. Source: ETSI GS CIM 009, 6.10.3.2."""
    given = {name: str(value) for name, value in request.GET.items()}
    limit, offset = min(number(given, "limit", USUAL), MOST), number(given, "offset", 0)
    rows = subscriptions_of(request)
    answered = told_json(
        request, [contexted(request, as_subscription(row, here(request).now)) for row in rows[offset : offset + limit]]
    )
    if given.get("count") == "true":
        answered.headers["NGSILD-Results-Count"] = str(rows.count())
    return answered


@needs("act", "keep", "relay")
@as_the_standard_says
def create(request: HttpRequest) -> HttpResponse:
    """Subscribe; who may not read entities may not have them sent. Source: ETSI GS CIM 009, 6.10.3.1."""
    demand(request, "read", "work")
    row = subscribe(request, decoded(request, dict))
    answered = HttpResponse(status=201)
    answered.headers["Location"] = f"/ngsi-ld/v1/subscriptions/{row.urn}"
    return answered


@needs("read", "work")
@as_the_standard_says
def one(request: HttpRequest, urn: str) -> HttpResponse:
    """A subscription and how it stands. Source: ETSI GS CIM 009, 6.11.3.1."""
    return told_json(request, contexted(request, as_subscription(subscription_of(request, urn), here(request).now)))


@needs("act", "keep", "relay")
@as_the_standard_says
def change(request: HttpRequest, urn: str) -> HttpResponse:
    """Change what is asked for. Source: ETSI GS CIM 009, 6.11.3.2."""
    demand(request, "read", "work")
    change_subscription(request, urn, decoded(request, dict))
    return HttpResponse(status=204)


@needs("act", "keep", "relay")
@as_the_standard_says
def end(request: HttpRequest, urn: str) -> HttpResponse:
    """End a subscription. Source: ETSI GS CIM 009, 6.11.3.3."""
    end_subscription(request, urn)
    return HttpResponse(status=204)
