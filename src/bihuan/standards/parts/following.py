"""From a journal of frames to what the rooms below know: each frame once, however often it is read.

Series say which wire they hang on (`channel: WIRE:CODE`, `device:` the field with the sender's number). Equal values
store nothing a second time, so that a batch that a crash cut short is simply done again.
Source: docs/adr/0344-frames-before-answers.md; docs/adr/0255 (equal input).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.series.catalogue import Series, SeriesCatalogue
from bihuan.series.declared import MeasuringSource
from bihuan.series.loading import Reading
from bihuan.series.taking import take_records
from bihuan.standards.parts.journal import KeptFrame, read_frames
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker

BATCH = 20_000
"""Frames at once."""
ZONE = ZoneInfo("Asia/Shanghai")

type Place = tuple[Series, MeasuringSource]
type Rows = dict[tuple[str, str], dict[str, str]]


@dataclass
class JournalFollower:
    """Reads a journal on from where it was left.

    Args:
        folder: Of the journal. district: Code. now: Of the record.
    """

    folder: Path
    district: str
    now: datetime
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
        """Do what the frames say; returns where the next reading begins."""
        raise NotImplementedError

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


def store_rows(follower: JournalFollower, catalogue: SeriesCatalogue, place: Place, found: Rows, actor: str) -> None:
    """Store readings of a series and count what became of them. Source: docs/adr/0344-frames-before-answers.md."""
    series, source = place
    how = Reading(follower.now, source=source)
    taken = take_records(list(found.values()), catalogue, series, follower.district, how, actor)
    follower.counts["stored"] += taken.stored
    follower.counts["known"] += taken.known
    follower.counts["rejected"] += taken.rejected


def places_of(catalogue: SeriesCatalogue, wire: str) -> dict[str, Place]:
    """Which series hangs on which code of the wire. Source: docs/adr/0344-frames-before-answers.md."""
    return dict(_channels(catalogue, wire))


def _channels(catalogue: SeriesCatalogue, wanted: str) -> Iterator[tuple[str, Place]]:
    for _, series in sorted(catalogue.series.items()):
        for source in series.declared.sources:
            wire, _, code = source.channel.partition(":")
            if wire == wanted:
                yield code, (series, source)


def devices_of(district: str, place: Place, known: dict[str, dict[str, str]], now: datetime) -> dict[str, str]:
    """Whose each device is, by its number, as the register says on the day.

    Source: docs/adr/0344-frames-before-answers.md.
    """
    series, source = place
    key = f"{series.declared.subject}.{source.device}"
    if key not in known:
        looker = Looker("system:wires", frozenset(), frozenset(), "whose device it is")
        stream: Any = asking.stream(
            district, subject_type(series.declared.subject), asking.Viewpoint(now.astimezone(ZONE).date()), looker
        )
        known[key] = {str(each.values[source.device]): each.key for each in stream if each.values.get(source.device)}
    return known[key]
