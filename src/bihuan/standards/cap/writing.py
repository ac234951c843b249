"""An alert as CAP 1.2, a list of them as an Atom feed. Source: CAP-v1.2 §3.2; RFC 4287."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from bihuan.methods.parts.cap import SPACE
from bihuan.standards.cap.alerts import AlertText, PublicMessage

ATOM = "http://www.w3.org/2005/Atom"
MEDIA = "application/cap+xml"
NEVER = datetime(2020, 1, 1, tzinfo=UTC)
GEOCODE = "GB/T 2260"


def write_alert(message: PublicMessage, zone: ZoneInfo) -> bytes:
    """Return an alert by the schema, without signature and without blanks between elements. Source: CAP-v1.2 §3.2."""
    root = etree.Element(f"{{{SPACE}}}alert", nsmap={None: SPACE})
    _add(root, "identifier", message.identifier)
    _add(root, "sender", message.sender)
    _add(root, "sent", _instant(message.sent, zone))
    _add(root, "status", "Actual")
    _add(root, "msgType", message.kind)
    _add(root, "scope", "Public")
    _add(root, "references", message.references)
    for text in message.texts:
        _add_info(root, message, text, zone)
    return bytes(etree.tostring(root))


def write_feed(
    messages: Sequence[PublicMessage], address: str, title: str, author: str, zone: ZoneInfo
) -> bytes:  # fmt: skip
    """Return the feed of what holds now.

    Args:
        messages: The newest first. address: Of the folder of alerts, without the last slash. title, author: Words.

    Source: RFC 4287 §4.1.
    """
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _put(root, "id", f"{address}/feed.atom")
    _put(root, "title", title)
    _put(root, "updated", _instant(max((each.sent for each in messages), default=NEVER), zone))
    _put(_put(root, "author"), "name", author)
    _put(root, "link", rel="self", href=f"{address}/feed.atom", type="application/atom+xml")
    for each in messages:
        entry, place = _put(root, "entry"), f"{address}/{each.identifier}.xml"
        text = each.texts[0] if each.texts else None
        _put(entry, "id", place)
        _put(entry, "title", text.headline if text is not None else each.identifier)
        _put(entry, "updated", _instant(each.sent, zone))
        _put(entry, "summary", text.description if text is not None else each.kind)
        _put(entry, "category", term=each.kind)
        _put(entry, "link", rel="alternate", href=place, type=MEDIA)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _add_info(root: Any, message: PublicMessage, text: AlertText, zone: ZoneInfo) -> None:
    info = _add(root, "info")
    for name, value in (
        ("language", text.language), ("category", message.category), ("event", text.event),
        ("urgency", message.urgency), ("severity", message.severity), ("certainty", message.certainty),
    ):  # fmt: skip
        _add(info, name, value)
    code = _add(info, "eventCode")
    _add(code, "valueName", "bihuan")
    _add(code, "value", message.event)
    for name, at in (("effective", message.sent), ("onset", message.sent), ("expires", message.expires)):
        _add(info, name, _instant(at, zone))
    for name, value in (
        ("senderName", text.sender_name), ("headline", text.headline), ("description", text.description),
        ("instruction", text.instruction),
    ):  # fmt: skip
        _add(info, name, value)
    area = _add(info, "area")
    _add(area, "areaDesc", "、".join(name for _, name in message.areas) or text.area)
    for value, _ in message.areas:
        geocode = _add(area, "geocode")
        _add(geocode, "valueName", GEOCODE)
        _add(geocode, "value", value)


def _add(parent: Any, name: str, text: str | None = None) -> Any:
    """An element of CAP; one that would say nothing is left out."""
    if text == "":
        return None
    made = etree.SubElement(parent, f"{{{SPACE}}}{name}")
    made.text = text
    return made


def _put(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    made = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    made.text = text
    return made


def _instant(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
