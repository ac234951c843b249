"""Orders that their declaration tells to the public (`alert:`), as messages: the alert, its update, its cancellation.

An order that was sent is one message, its cancellation another; an order that took another's place is an update and
names it. Drafts and refused orders are nothing, and an order without `alert:` (a drill) can never become one.
Source: CAP-v1.2 §3.2.1; docs/topics/alerts.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from bihuan.documents.orders import course as courses
from bihuan.documents.orders.catalogue import all_orders
from bihuan.documents.orders.course import OrderCourse
from bihuan.documents.orders.declaration import OrderDeclaration, PublicAlert
from bihuan.documents.orders.models import OrderEvent, OrderRow
from bihuan.documents.orders.recording import course_of_order
from bihuan.faces.parts.world import World

LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
CANCEL = "-cancel"
MOST = 200
"""Of the feed."""


@dataclass(frozen=True)
class AlertText:
    """What an alert says in one language."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str
    sender_name: str
    area: str


@dataclass(frozen=True)
class PublicMessage:
    """An alert.

    Args:
        identifier, sender, sent: As the standard has them. kind: Alert, Update or Cancel. expires: Until when.
        references: sender,identifier,sent of the message that it updates or cancels; empty for none.
        category, urgency, severity, certainty: Words of the standard. event: Code. areas: Codes and names.
        texts: One for each language.
    """

    identifier: str
    sender: str
    sent: datetime
    kind: str
    expires: datetime
    references: str
    category: str
    urgency: str
    severity: str
    certainty: str
    event: str
    areas: tuple[tuple[str, str], ...]
    texts: tuple[AlertText, ...]


def messages_in_force(here: World) -> list[PublicMessage]:
    """Return what the feed tells: the newest message of each order that has not expired, the newest first.

    Source: CAP-v1.2 §3.2.2 (expires); docs/topics/alerts.md.
    """
    named = [name for name, each in all_orders().items() if each.order.alert is not None]
    sent = OrderEvent.objects.filter(kind=courses.DISPATCHED).values("order_id")
    rows = OrderRow.objects.filter(order__in=named, pk__in=sent).order_by("-pk")[:MOST]
    found = []
    for row in rows:
        messages = list(_messages(here, row))
        replaced = _ended_by(row) is not None
        if messages and messages[-1].expires > here.now and not replaced:
            found.append(messages[-1])
    return sorted(found, key=lambda each: (each.sent, each.identifier), reverse=True)


def message_named(here: World, identifier: str) -> PublicMessage | None:
    """Return the message of an identifier, expired or not; None when there is none. Source: CAP-v1.2 §3.2.1."""
    district, _, rest = identifier.partition("-")
    try:
        key = UUID(rest.removesuffix(CANCEL))
    except ValueError:
        return None
    row = OrderRow.objects.filter(pk=key).first() if district == here.registers.district.code else None
    messages = _messages(here, row) if row is not None else ()
    return next((each for each in messages if each.identifier == identifier), None)


def _messages(here: World, row: OrderRow) -> Iterator[PublicMessage]:
    declared = all_orders().get(row.order)
    course = course_of_order(row)
    if declared is None or declared.order.alert is None or course.dispatched_at is None:
        return
    old = _replaced(row)
    first = _message(here, row, declared.order, course, old)
    yield first
    if course.state == courses.CANCELLED and course.ended_at is not None and _ended_by(row) is None:
        yield PublicMessage(
            f"{first.identifier}{CANCEL}", first.sender, course.ended_at, "Cancel", first.expires,
            _reference(here, first), first.category, first.urgency, first.severity, first.certainty,
            first.event, first.areas, first.texts,
        )  # fmt: skip


def _message(
    here: World, row: OrderRow, order: OrderDeclaration, course: OrderCourse, old: tuple[OrderRow, datetime] | None
) -> PublicMessage:
    told: Any = order.alert
    assert course.dispatched_at is not None
    assert course.expires_at is not None
    area = str(row.facts.get(told.area, ""))
    areas = tuple((code, _area_name(here, code)) for code in area.replace(",", " ").split())
    event = str(row.facts.get(told.event, ""))
    sender = f"bihuan-{row.district_id}@{urlsplit(settings.BIHUAN_BASE_URL).hostname or 'localhost'}"
    reference = f"{sender},{_identifier(old[0])},{_instant(here, old[1])}" if old is not None else ""
    return PublicMessage(
        _identifier(row), sender, course.dispatched_at, "Update" if old is not None else "Alert", course.expires_at,
        reference, told.categories.get(event, "Other"), told.urgency,
        told.severities.get(str(row.facts.get(told.severity, "")), "Unknown"), told.certainty, event, areas,
        tuple(_texts(here, row, order, told)),
    )  # fmt: skip


def _texts(here: World, row: OrderRow, order: OrderDeclaration, told: PublicAlert) -> Iterator[AlertText]:
    """A text for each language in which there is a headline and a description."""
    for language, tag in LANGUAGES.items():
        said = {
            part: str(row.facts.get(getattr(told, part).get(language, ""), "") or "")
            for part in ("headline", "description", "instruction")
        }
        if not said["headline"] or not said["description"]:
            continue
        choices = {each.code: each for each in order.facts[told.event].choices}
        choice = choices.get(str(row.facts.get(told.event, "")))
        event = getattr(choice, language) if choice is not None else str(row.facts.get(told.event, ""))
        name = here.registers.district.name_zh if language == "zh" else here.registers.district.name_en
        yield AlertText(tag, event, said["headline"], said["description"], said["instruction"], name, name)


def _replaced(row: OrderRow) -> tuple[OrderRow, datetime] | None:
    """The order whose place this one took, and when that was sent."""
    event = OrderEvent.objects.filter(order_id=row.id, kind=courses.DISPATCHED).first()
    key = event.data.get("replaces") if event is not None else None
    old = OrderRow.objects.filter(pk=key).first() if key else None
    sent = course_of_order(old).dispatched_at if old is not None else None
    return (old, sent) if old is not None and sent is not None else None


def _ended_by(row: OrderRow) -> str | None:
    """The order that took this one's place, None where none did."""
    event = OrderEvent.objects.filter(order_id=row.id, kind=courses.CANCELLED).first()
    return event.data.get("by") if event is not None else None


def _identifier(row: OrderRow) -> str:
    return f"{row.district_id}-{row.id}"


def _reference(here: World, message: PublicMessage) -> str:
    return f"{message.sender},{message.identifier},{_instant(here, message.sent)}"


def _instant(here: World, at: datetime) -> str:
    return at.astimezone(here.zone).isoformat(timespec="seconds")


def _area_name(here: World, code: str) -> str:
    area = here.registers.areas.get(code)
    return f"{area.name_zh} {area.name_en}" if area is not None else code
