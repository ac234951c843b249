"""From the journal of frames to observations: each frame once, however often it is read.

Series say which wire they hang on (`channel: hj212:w01018`, `device:` the field with the logger's number). Equal values
store nothing a second time, so that a batch that a crash cut short is simply done again.
Source: docs/adr/0344-frames-before-answers.md; docs/adr/0255 (equal input).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.series.catalogue import Series, SeriesCatalogue, current_catalogue
from bihuan.series.declared import MeasuringSource
from bihuan.series.loading import Reading
from bihuan.series.taking import take_records
from bihuan.standards.hj212.joining import PacketJoiner
from bihuan.standards.hj212.journal import KeptFrame, read_frames
from bihuan.standards.hj212.messages import DataMessage, Decipher, NoMessageError, message_of, readings_of
from bihuan.standards.hj212.wire import HEAD, SUM
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker

WIRE, OFFSET, LIVE = "hj212", "offset", "2011"
BATCH, PATIENCE = 20_000, 600
"""Frames at once; seconds for which the other packets of a message are waited for."""
ZONE = ZoneInfo("Asia/Shanghai")
LOOKER = Looker("system:hj212", frozenset(), frozenset(), "whose logger it is")

type Place = tuple[Series, MeasuringSource]
type Rows = dict[tuple[str, str], dict[str, str]]


@dataclass
class FrameFollower:
    """Brings frames into series.

    Args:
        folder: Of the journal. district: Code. now: Of the record. decipher: Opens bodies of devices with a key.
    """

    folder: Path
    district: str
    now: datetime
    decipher: Decipher | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def follow(self) -> int:
        """Take the next frames; returns how many. Source: docs/adr/0344-frames-before-answers.md."""
        name, start = self._mark()
        for path in sorted(self.folder.glob("*.frames")):
            if path.name < name:
                continue
            frames = list(islice(read_frames(path, start if path.name == name else 0), BATCH))
            if frames:
                self._keep_mark(path.name, self._take(frames))
                return len(frames)
        return 0

    def _take(self, frames: list[KeptFrame]) -> int:
        """Store what the frames say; returns where the next reading begins."""
        catalogue = current_catalogue()
        places, devices = places_of(catalogue), dict[str, dict[str, str]]()
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
            self._store(catalogue, name, places, found)
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

    def _store(self, catalogue: SeriesCatalogue, name: str, places: Mapping[str, Place], found: Rows) -> None:
        series, source = next(place for place in places.values() if place[0].name == name)
        how = Reading(self.now, source=source)
        taken = take_records(list(found.values()), catalogue, series, self.district, how, "system:hj212")
        self.counts["stored"] += taken.stored
        self.counts["known"] += taken.known
        self.counts["rejected"] += taken.rejected

    def _mark(self) -> tuple[str, int]:
        try:
            name, _, place = (self.folder / "followed").read_text(encoding="ascii").partition(" ")
            return name, int(place)
        except (OSError, ValueError):
            return "", 0

    def _keep_mark(self, name: str, place: int) -> None:
        made = self.folder / "followed.new"
        made.write_text(f"{name} {place}", encoding="ascii")
        made.replace(self.folder / "followed")


def places_of(catalogue: SeriesCatalogue) -> dict[str, Place]:
    """Which series hangs on which code of the wire. Source: docs/adr/0344-frames-before-answers.md."""
    return dict(_channels(catalogue))


def _channels(catalogue: SeriesCatalogue) -> Iterator[tuple[str, Place]]:
    for _, series in sorted(catalogue.series.items()):
        for source in series.declared.sources:
            wire, _, code = source.channel.partition(":")
            if wire == WIRE:
                yield code, (series, source)


def devices_of(district: str, place: Place, known: dict[str, dict[str, str]], now: datetime) -> dict[str, str]:
    """Whose each logger is, by its number, as the register says on the day.

    Source: docs/adr/0344-frames-before-answers.md.
    """
    series, source = place
    key = f"{series.declared.subject}.{source.device}"
    if key not in known:
        stream: Any = asking.stream(
            district, subject_type(series.declared.subject), asking.Viewpoint(now.astimezone(ZONE).date()), LOOKER
        )
        known[key] = {str(each.values[source.device]): each.key for each in stream if each.values.get(source.device)}
    return known[key]


def _line_length(frame: KeptFrame) -> int:
    return len(str(frame.received)) + 1 + len(frame.digest) + 1 + 2 * len(frame.raw) + 1
