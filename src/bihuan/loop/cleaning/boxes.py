"""MP4 and QuickTime: only boxes that are needed to play stay; all others become free space of the same length.

ISO/IEC 14496-12 (base media file format) and Apple's QuickTime File Format. Nothing moves, so every offset stays right.
Position and owner stand in `udta` (`©xyz`, `loci`, `©nam`), `meta`, `uuid` (XMP) and in timed tracks of their own
(`mebx`, `gpmd`, `camm`); such tracks go with their samples, and so does every byte of the media data that no kept track
plays.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from bihuan.loop.cleaning.faults import CleaningFault

MOST_BOXES, MOST_SAMPLES = 100_000, 4_000_000
KEPT: dict[bytes, frozenset[bytes]] = {
    name: frozenset(kept.encode().split())
    for name, kept in {
        b"": "ftyp styp moov mdat moof sidx",
        b"moov": "mvhd trak mvex",
        b"trak": "tkhd edts mdia tapt",
        b"mdia": "mdhd hdlr minf",
        b"minf": "vmhd smhd dinf stbl hdlr",
        b"stbl": "stsd stts ctts cslg stss stsc stsz stz2 stco co64 sdtp sgpd sbgp",
        b"mvex": "mehd trex",
        b"moof": "mfhd traf",
        b"traf": "tfhd tfdt trun sdtp sgpd sbgp",
    }.items()
}  # fmt: skip
PLAYED = frozenset({b"vide", b"soun"})
TIMES = frozenset({b"mvhd", b"tkhd", b"mdhd"})  # their creation and modification times follow version and flags
NAME_IN_HDLR = 24


class FileBox(NamedTuple):
    """One box: its type, where it begins, where its content begins, where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


class _File:
    """The bytes in the making, and how many boxes were read."""

    def __init__(self, content: bytes) -> None:
        self.data = bytearray(content)
        self.read = 0

    def inside(self, start: int, end: int) -> Iterator[FileBox]:
        """Yield the boxes between two offsets."""
        while start < end:
            self.read += 1
            if self.read > MOST_BOXES or end - start < 8:
                raise CleaningFault("broken")
            size, kind = struct.unpack_from(">I4s", self.data, start)
            body = start + 8
            if size == 1:
                if end - start < 16:
                    raise CleaningFault("broken")
                (size,) = struct.unpack_from(">Q", self.data, body)
                body += 8
            stop = end if size == 0 else start + size
            if stop > end or stop < body:
                raise CleaningFault("broken")
            yield FileBox(kind, start, body, stop)
            start = stop

    def blank(self, start: int, end: int) -> None:
        """Write zeros."""
        self.data[start:end] = bytes(end - start)

    def free(self, box: FileBox) -> None:
        """Turn a box into free space."""
        self.data[box.start + 4 : box.start + 8] = b"free"
        self.blank(box.body, box.end)


def clean(content: bytes) -> bytes:
    """Return the same film without anything but what is played.

    Raises:
        CleaningFault: `broken`: no such file; `unclean`: fragments of a track that has to go.

    Source: ISO/IEC 14496-12 (ISO base media file format); docs/adr/0223.
    """
    file = _File(content)
    top = list(file.inside(0, len(content)))
    kinds = [box.kind for box in top]
    if b"moov" not in kinds:
        raise CleaningFault("broken")
    dropped: set[int] = set()
    played: list[tuple[int, int]] = []
    for box in top:
        if box.kind not in KEPT[b""]:
            file.free(box)
        elif box.kind == b"moov":
            _movie(file, box, dropped, played)
    for box in top:
        if box.kind == b"moof":
            if dropped:
                raise CleaningFault("unclean")  # which bytes belong to which track is told by each fragment anew
            _walk(file, box)
        elif box.kind == b"mdat" and b"moof" not in kinds:
            _only_played(file, box, sorted(played))
    return bytes(file.data)


def _movie(file: _File, movie: FileBox, dropped: set[int], played: list[tuple[int, int]]) -> None:
    for box in list(file.inside(movie.body, movie.end)):
        if box.kind != b"trak":
            _one(file, box, b"moov")
        elif _handler(file, box) in PLAYED:
            _one(file, box, b"moov")
            played += _samples(file, box)
        else:
            dropped.add(1)
            file.free(box)


def _walk(file: _File, parent: FileBox) -> None:
    for box in list(file.inside(parent.body, parent.end)):
        _one(file, box, parent.kind)


def _one(file: _File, box: FileBox, parent: bytes) -> None:
    if box.kind not in KEPT[parent]:
        file.free(box)
    elif box.kind in KEPT:
        _walk(file, box)
    elif box.kind in TIMES:
        wide = 8 if file.data[box.body] == 1 else 4
        file.blank(box.body + 4, min(box.end, box.body + 4 + 2 * wide))
    elif box.kind == b"hdlr":
        file.blank(min(box.end, box.body + NAME_IN_HDLR), box.end)


def _find(file: _File, box: FileBox, *path: bytes) -> FileBox | None:
    for name in path:
        found = next((inner for inner in file.inside(box.body, box.end) if inner.kind == name), None)
        if found is None:
            return None
        box = found
    return box


def _handler(file: _File, track: FileBox) -> bytes:
    """Return what a track is: `vide`, `soun`, or something that is not played."""
    found = _find(file, track, b"mdia", b"hdlr")
    return bytes(file.data[found.body + 8 : found.body + 12]) if found else b""


def _samples(file: _File, track: FileBox) -> list[tuple[int, int]]:
    """Return where the samples of a track lie: (start, end) of each chunk."""
    table = _find(file, track, b"mdia", b"minf", b"stbl")
    if table is None:
        raise CleaningFault("broken")
    try:
        return _chunks(file, table)
    except (struct.error, IndexError):
        raise CleaningFault("broken") from None


def _chunks(file: _File, table: FileBox) -> list[tuple[int, int]]:
    boxes = {box.kind: box for box in file.inside(table.body, table.end)}
    if b"stsz" not in boxes or b"stsc" not in boxes:
        raise CleaningFault("unclean")  # compact sizes: nobody's telephone writes them
    sizes = _sizes(file, boxes[b"stsz"])
    wide = b"co64" in boxes
    offsets = boxes.get(b"co64") or boxes.get(b"stco")
    if offsets is None:
        raise CleaningFault("broken")
    starts = _numbers(file, offsets, 4, "Q" if wide else "I")
    runs = _numbers(file, boxes[b"stsc"], 4, "III")
    found, at, run = [], 0, 0
    for number, start in enumerate((each[0] for each in starts), 1):
        while run + 1 < len(runs) and runs[run + 1][0] <= number:
            run += 1
        here = runs[run][1] if runs else 0
        length = sum(sizes[at : at + here]) if isinstance(sizes, list) else sizes * here
        found.append((start, start + length))
        at += here
    return found


def _sizes(file: _File, box: FileBox) -> list[int] | int:
    one, count = struct.unpack_from(">II", file.data, box.body + 4)
    if one:
        return int(one)
    if count > MOST_SAMPLES or box.body + 12 + 4 * count > box.end:
        raise CleaningFault("broken")
    return list(struct.unpack_from(f">{count}I", file.data, box.body + 12))


def _numbers(file: _File, box: FileBox, at: int, form: str) -> list[tuple[int, ...]]:
    (count,) = struct.unpack_from(">I", file.data, box.body + at)
    one = struct.calcsize(f">{form}")
    if count > MOST_SAMPLES or box.body + at + 4 + count * one > box.end:
        raise CleaningFault("broken")
    start = box.body + at + 4
    return list(struct.iter_unpack(f">{form}", bytes(file.data[start : start + count * one])))


def _only_played(file: _File, media: FileBox, played: list[tuple[int, int]]) -> None:
    """Blank the media data that no kept track plays: samples of dropped tracks, and whatever else was put there."""
    at = media.body
    for start, end in played:
        if start > at:
            file.blank(at, min(start, media.end))
        at = max(at, end)
        if at >= media.end:
            return
    file.blank(at, media.end)
