"""From the journal of frames to observations: each frame once, however often it is read.

Source: docs/adr/0344-frames-before-answers.md; `standards/parts/following.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bihuan.series.catalogue import current_catalogue
from bihuan.standards.hj212.joining import PacketJoiner
from bihuan.standards.hj212.messages import DataMessage, Decipher, NoMessageError, message_of, readings_of
from bihuan.standards.hj212.wire import HEAD, SUM
from bihuan.standards.parts.following import (
    BATCH,
    ZONE,
    JournalFollower,
    Place,
    Rows,
    devices_of,
    places_of,
    store_rows,
)
from bihuan.standards.parts.journal import KeptFrame

WIRE, OFFSET, LIVE = "hj212", "offset", "2011"
PATIENCE = 600
"""Seconds for which the other packets of a message are waited for."""


@dataclass
class FrameFollower(JournalFollower):
    """Brings frames into series.

    Args:
        decipher: Opens bodies of devices with a key.
    """

    decipher: Decipher | None = None

    def _take(self, frames: list[KeptFrame]) -> int:
        """Store what the frames say; returns where the next reading begins."""
        catalogue = current_catalogue()
        places, devices = places_of(catalogue, WIRE), dict[str, dict[str, str]]()
        joiner, rows = PacketJoiner(held=len(frames) + 1), defaultdict[str, Rows](dict)
        waiting: dict[tuple[str, str], int] = {}
        end, before = frames[-1].end, frames[0].end - _line_length(frames[0])
        for frame in frames:
            try:
                message = message_of(frame.raw[HEAD:-SUM])
                whole = joiner.take(message)
                if message.packets > 1 and whole is None:
                    waiting.setdefault((message.mn, message.qn), before)
                elif message.packets > 1:
                    waiting.pop((message.mn, message.qn), None)
                if whole is not None:
                    self._note(whole, frame, places, devices, rows)
            except NoMessageError:
                self.counts["says_nothing"] += 1
            before = frame.end
        for name, found in rows.items():
            place = next(place for place in places.values() if place[0].name == name)
            store_rows(self, catalogue, place, found, "system:hj212")
        young = frames[-1].received / 1e6 > self.now.timestamp() - PATIENCE
        return min(waiting.values()) if waiting and young and len(frames) < BATCH else end

    def _note(
        self, message: DataMessage, frame: KeptFrame, places: Mapping[str, Place],
        devices: dict[str, dict[str, str]], rows: dict[str, Rows],
    ) -> None:  # fmt: skip
        """Put the readings of a message where they belong; the newest frame of an instant counts."""
        body = self.decipher(message.mn, message.body) if self.decipher else message.body
        readings = list(readings_of(body, ZONE))
        told = [(each.factor, each.at, each.value, each.flag) for each in readings]
        if readings and message.cn == LIVE:
            behind = round(frame.received / 1e6 - readings[0].at.timestamp())
            told.append((OFFSET, datetime.fromtimestamp(frame.received // 1_000_000, UTC), str(behind), ""))
        for factor, at, value, flag in told:
            place = places.get(factor)
            subject = place and devices_of(self.district, place, devices, self.now).get(message.mn)
            if place is None or not subject:
                self.counts["unrouted"] += 1
                continue
            row = {"subject": subject, "time": at.isoformat(), "value": value}
            rows[place[0].name][subject, row["time"]] = row | ({"flag": flag} if flag else {})


def _line_length(frame: KeptFrame) -> int:
    return len(str(frame.received)) + 1 + len(frame.digest) + 1 + 2 * len(frame.raw) + 1
