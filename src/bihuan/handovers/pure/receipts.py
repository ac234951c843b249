"""What arrived, as receiving records in the field set of England's digital waste tracking service.

One record a receipt, also of one that belongs to no act: ticket, waybill, instant, weight and whether it was
estimated, code of the waste, way of treatment, carrier, receiver. What a register does not hold is left out and named
beside the record, so that nobody takes a gap for an answer. Numbers are those of our registers; the service's own
patterns of permits do not apply.
Source: DEFRA, Digital Waste Tracking Receipt API 1.0; docs/topics/handovers.md, "Receiving records".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from bihuan.handovers.pure.judging import HandoverAnswer, HandoverSide

NEEDED = (
    "wasteItems.ewcCodes", "wasteItems.disposalOrRecoveryCodes", "carrier.organisationName",
    "carrier.registrationNumber", "receiver.siteName", "receiver.authorisationNumber",
)  # fmt: skip
"""What the service asks of every record and a register may lack."""
UNITS = {"kg": "Kilograms"}


class ReceiptParty(NamedTuple):
    """A carrier or a receiver as its register says it."""

    name: str = ""
    number: str = ""


class ReceiptFacts(NamedTuple):
    """What registers say beside the two sides.

    Args:
        codes, treatments: By the key of a receipt. carriers: By the key of what was given. receivers: By place.
    """

    codes: Mapping[str, str]
    treatments: Mapping[str, str]
    carriers: Mapping[str, ReceiptParty]
    receivers: Mapping[str, ReceiptParty]


def receiving_records(answer: HandoverAnswer, facts: ReceiptFacts) -> list[dict[str, Any]]:
    """Return a record for each receipt, in order of time, each with what is `missing` from it.

    Source: DEFRA, Digital Waste Tracking Receipt API 1.0
    """
    arrived: list[tuple[HandoverSide, HandoverSide | None]] = [
        (act.received, act.given) for act in answer.acts if act.received is not None
    ]
    arrived += [(each.received, None) for each in answer.left]
    arrived.sort(key=lambda each: (each[0].at, each[0].key))
    return [_record(received, given, facts) for received, given in arrived]


def _record(received: HandoverSide, given: HandoverSide | None, facts: ReceiptFacts) -> dict[str, Any]:
    weight = {"metric": UNITS["kg"], "amount": _number(received.weighed.net), "isEstimate": received.weighed.estimated}
    item: dict[str, Any] = {"weight": weight}
    if code := facts.codes.get(received.key, ""):
        item["ewcCodes"] = [code]
    if treatment := facts.treatments.get(received.key, ""):
        item["disposalOrRecoveryCodes"] = [{"code": treatment, "weight": weight}]
    carrier = facts.carriers.get(given.key, ReceiptParty()) if given is not None else ReceiptParty()
    receiver = facts.receivers.get(received.place, ReceiptParty())
    record: dict[str, Any] = {
        "dateTimeReceived": received.at.isoformat(), "yourUniqueReference": received.key, "wasteItems": [item],
        "carrier": {
            **_told(organisationName=carrier.name, registrationNumber=carrier.number),
            "meansOfTransport": "Road", "vehicleRegistration": received.carrier,
        },
        "receiver": _told(siteName=receiver.name, authorisationNumber=receiver.number),
    }  # fmt: skip
    number = given.number if given is not None else received.number
    if number:
        record["otherReferencesForMovement"] = [{"label": "waybill", "reference": number}]
    return record | {"missing": list(_missing(record))}


def _told(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _missing(record: Mapping[str, Any]) -> Iterator[str]:
    for name in NEEDED:
        part, _, field = name.partition(".")
        held = record[part][0] if part == "wasteItems" else record[part]
        if field not in held:
            yield name


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
