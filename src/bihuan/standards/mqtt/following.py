"""From messages on disk to series and orders: each once, however often it came.

A reading: `bihuan/readings/DEVICE/CODE`, payload a number, `{"time", "value", "flag"}` or a list of them; a time
without a zone is the district's, none at all is the instant of receipt. Series name their codes (`channel: mqtt:CODE`).
A receipt: `bihuan/receipts/QUEUE/ADDRESSEE`, payload `{"id": ORDER, "state": "received"|"done"|"declined"}`.
Source: docs/topics/mqtt.md.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bihuan.documents.orders.course import OrderRefused
from bihuan.documents.orders.receipting import receipt_many
from bihuan.loop.facts import LoopFacts
from bihuan.series.catalogue import current_catalogue
from bihuan.standards.mqtt.broker import READINGS, RECEIPTS
from bihuan.standards.mqtt.frames import WireMessage, message_of_frame
from bihuan.standards.parts.following import (
    ZONE,
    JournalFollower,
    Place,
    Rows,
    devices_of,
    places_of,
    store_rows,
)
from bihuan.standards.parts.journal import KeptFrame

WIRE = "mqtt"


class ReadingsFollower(JournalFollower):
    """Brings readings into series."""

    def _take(self, frames: list[KeptFrame]) -> int:
        catalogue = current_catalogue()
        places, devices = places_of(catalogue, WIRE), dict[str, dict[str, str]]()
        rows = defaultdict[str, Rows](dict)
        for frame in frames:
            try:
                self._note(message_of_frame(frame.raw), frame, places, devices, rows)
            except ValueError:
                self.counts["says_nothing"] += 1
        for code, found in rows.items():
            store_rows(self, catalogue, places[code], found, "system:mqtt")
        return frames[-1].end

    def _note(
        self, message: WireMessage, frame: KeptFrame, places: Mapping[str, Place],
        devices: dict[str, dict[str, str]], rows: dict[str, Rows],
    ) -> None:  # fmt: skip
        told = message.topic.removeprefix(f"{READINGS}/").split("/")
        device = message.property("device") or told[0]
        code = message.property("code") or told[-1]
        place = places.get(code)
        subject = place and devices_of(self.district, place, devices, self.now).get(device)
        for time, value, flag in readings_of_payload(message.payload, frame.received):
            if place is None or not subject:
                self.counts["unrouted"] += 1
                continue
            row = {"subject": subject, "time": time, "value": value}
            rows[code][subject, time] = row | ({"flag": flag} if flag else {})


@dataclass
class ReceiptsFollower(JournalFollower):
    """Brings what terminals say to their orders.

    Args:
        queue: Of the topics that are read; what claims another is not taken. world: The facts in force.
    """

    queue: str = ""
    world: LoopFacts | None = None

    def _take(self, frames: list[KeptFrame]) -> int:
        assert self.world is not None
        said = defaultdict[UUID, list[tuple[str, str]]](list)
        for frame in frames:
            try:
                order, terminal, state = _receipt(message_of_frame(frame.raw), self.queue)
                said[order].append((terminal, state))
            except (ValueError, KeyError, TypeError):
                self.counts["says_nothing"] += 1
        for order, told in said.items():
            try:
                self.counts += receipt_many(order, told, self.world)
            except OrderRefused as refused:
                self.counts[refused.code] += len(told)
        return frames[-1].end


def readings_of_payload(payload: bytes, received: int) -> Iterator[tuple[str, str, str]]:
    """The readings of a payload as (time in ISO 8601, value, flag); a value that is null is missing.

    Raises:
        ValueError: it is no reading.

    Source: docs/topics/mqtt.md, "Readings".
    """
    told = json.loads(payload)
    for each in told if isinstance(told, list) else [told]:
        item: dict[str, Any] = each if isinstance(each, dict) else {"value": each}
        value, time = item.get("value"), item.get("time")
        if isinstance(value, bool) or not isinstance(value, int | float | str | None):
            raise ValueError("value")
        at = datetime.fromisoformat(str(time)) if time else datetime.fromtimestamp(received / 1e6, UTC)
        at = at if at.tzinfo is not None else at.replace(tzinfo=ZONE)
        yield at.isoformat(), "" if value is None else str(value), str(item.get("flag") or "")


def _receipt(message: WireMessage, queue: str) -> tuple[UUID, str, str]:
    named, terminal = message.topic.removeprefix(f"{RECEIPTS}/").split("/")
    if named != queue:
        raise ValueError(named)
    told = json.loads(message.payload)
    return UUID(str(told["id"])), terminal, str(told["state"])
