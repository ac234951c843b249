"""A handover as EPCIS 2.0 events: a shipping event for what was given, a receiving one for what arrived.

Quantities are class-level (`quantityList`; kilograms, or pieces without a unit), instants keep the offset of their
place, the waybill is a business transaction of type bill of lading.
Source: GS1 EPCIS 2.0 (ISO/IEC 19987:2024), 7.4; GS1 CBV 2.0, 7.1, 7.3.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from bihuan.handovers.pure.judging import HandoverAnswer, HandoverSide

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
LOT = "urn:bihuan:handover"
UOMS = {"kg": "KGM", "piece": ""}
"""Codes of UN/CEFACT Recommendation 20 by unit; what is counted in pieces has none. Money is no matter of EPCIS."""


def epcis_document(name: str, answer: HandoverAnswer, made: datetime, unit: str = "kg") -> dict[str, Any]:
    """Return the events of a handover as one document.

    Args:
        name: Of the handover. made: When the document is made. unit: one of `UOMS`.

    Source: ISO/IEC 19987:2024, 7.4.2 (ObjectEvent), 10 (JSON-LD)
    """
    events: list[dict[str, Any]] = []
    for act in answer.acts:
        events.append(_event(name, unit, "shipping", "in_transit", act.given, act.given.giver, act.given.number))
        if act.received is not None:
            place = act.received.place
            events.append(_event(name, unit, "receiving", "in_progress", act.received, place, act.given.number))
    events += [
        _event(name, unit, "receiving", "in_progress", each.received, each.received.place, each.received.number)
        for each in answer.left
    ]
    return {
        "@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": made.isoformat(timespec="milliseconds"), "epcisBody": {"eventList": events},
    }  # fmt: skip


def _event(
    name: str, unit: str, step: str, disposition: str, side: HandoverSide, place: str, number: str
) -> dict[str, Any]:
    offset = side.at.strftime("%z")
    quantity: dict[str, Any] = {"epcClass": _uri(name, "load"), "quantity": float(side.weighed.net)}
    if UOMS[unit]:
        quantity["uom"] = UOMS[unit]
    event: dict[str, Any] = {
        "type": "ObjectEvent", "eventID": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{LOT}:{name}:{step}:{side.key}')}",
        "eventTime": side.at.isoformat(timespec="milliseconds"), "eventTimeZoneOffset": f"{offset[:3]}:{offset[3:5]}",
        "action": "OBSERVE", "bizStep": step, "disposition": disposition, "readPoint": {"id": _uri("place", place)},
        "quantityList": [quantity],
    }  # fmt: skip
    if number:
        event["bizTransactionList"] = [{"type": "bol", "bizTransaction": _uri(name, number)}]
    return event


def _uri(kind: str, key: str) -> str:
    return f"{LOT}:{kind}:{quote(key, safe='')}"
