"""Orders for programs: draft, approve, end, receipt, coverage."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from bihuan.documents.orders import acting
from bihuan.documents.orders.catalogue import UnknownOrder
from bihuan.documents.orders.course import OrderRefused
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.showing import PAGE, described_order, orders_page
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.parts.problems import not_found, problem
from bihuan.registers.isolation import in_district

router = Router(tags=["orders"], auth=STAFF)


class OrderAsked(Schema):
    """An order to be drafted: its facts, the codes of its addressees."""

    key: str = Field(min_length=1, max_length=120)
    order: str = Field(min_length=1, max_length=64)
    facts: dict[str, Any] = Field(default_factory=dict)
    to: list[str] = Field(min_length=1, max_length=acting.MOST_ADDRESSED)


class EndAsked(Schema):
    """Refuse a draft, or cancel."""

    kind: str = Field(pattern="^(refused|cancelled)$")
    reason: str = Field(default="", max_length=200)


class ReceiptAsked(Schema):
    """What an addressee says."""

    addressee: str = Field(min_length=1, max_length=120)
    kind: str = Field(pattern="^(received|done|declined)$")


@router.get("/orders", response=dict[str, Any], summary="Orders, the newest first")
@needs("read", "work", "relay")
def orders(request: HttpRequest, before: UUID | None = None) -> Any:
    """Forty orders with state and coverage; `next` asks for those before."""
    with in_district(here(request).registers.district.code):
        rows = orders_page(before)
        told = [described_order(row, whole=False) for row in rows]
    return {"orders": told, "next": str(rows[-1].pk) if len(rows) == PAGE else None}


@router.get("/orders/{key}", response=dict[str, Any], summary="An order, its receipts and signature")
@needs("read", "work", "relay")
def order(request: HttpRequest, key: UUID) -> Any:
    """Text in both languages, course, a line for each addressee, whether the signature is good."""
    return _told(request, key)


@router.post("/orders", response=dict[str, Any], summary="Draft an order")
@needs("act", "write")
def draft(request: HttpRequest, body: OrderAsked) -> Any:
    """Draft an order; another person approves it. The same key twice is one order."""
    world = here(request)
    try:
        row = acting.draft_order(body.order, body.key, body.facts, body.to, world.facts, world.actor.id)
    except UnknownOrder:
        raise not_found("这种指令", "order") from None
    except OrderRefused as refused:
        raise _refused(refused) from None
    return _told(request, row.id)


@router.post("/orders/{key}/approve", response=dict[str, Any], summary="Approve, sign and dispatch")
@needs("act", "approve")
def approve(request: HttpRequest, key: UUID) -> Any:
    """Sign and dispatch a draft of somebody else; it ends what goes after it at its addressees."""
    world = here(request)
    return _done(request, key, lambda: acting.approve_order(key, world.facts, world.actor.id))


@router.post("/orders/{key}/end", response=dict[str, Any], summary="Refuse or cancel")
@needs("act", "approve")
def end(request: HttpRequest, key: UUID, body: EndAsked) -> Any:
    """Refuse a draft of somebody else, or cancel an order."""
    world = here(request)
    return _done(request, key, lambda: acting.end_order(key, body.kind, world.facts, world.actor.id, body.reason))


@router.post("/orders/{key}/receipts", response=dict[str, Any], summary="Record a receipt")
@needs("act", "write", "handle", "relay")
def receipt(request: HttpRequest, key: UUID, body: ReceiptAsked) -> Any:
    """Record that an addressee received, carried out or declined an order."""
    world = here(request)
    return _done(
        request, key, lambda: acting.receipt_order(key, body.addressee, body.kind, world.facts, world.actor.id)
    )


def _done(request: HttpRequest, key: UUID, act: Callable[[], object]) -> dict[str, Any]:
    try:
        act()
    except OrderRefused as refused:
        if refused.code == "no_order":
            raise not_found("这项指令", "order") from None
        raise _refused(refused) from None
    return _told(request, key)


def _told(request: HttpRequest, key: UUID) -> dict[str, Any]:
    with in_district(here(request).registers.district.code):
        row = OrderRow.objects.filter(pk=key).first()
        if row is None:
            raise not_found("这项指令", "order")
        return described_order(row)


def _refused(refused: OrderRefused) -> Exception:
    status = 422 if refused.code in ("missing_fact", "wrong_value", "unknown_fact", "no_addressees") else 409
    remedy = (refused.remedy.zh, refused.remedy.en)
    return problem(status, refused.code, refused.what.zh, refused.what.en, remedy=remedy)
