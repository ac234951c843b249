"""WebM (Matroska): tags, attachments, chapters, titles and times become void elements of the same length.

RFC 8794 (EBML) and RFC 9559 (Matroska). Nothing moves, so every cue and seek entry stays right. Names of the programs
that wrote the file are required and become blanks. A file with other tracks than picture and sound is not taken.
"""

from __future__ import annotations

from bihuan.loop.cleaning.faults import CleaningFault

MOST = 1_000_000  # elements
SEGMENT, CLUSTER, INFO, TRACKS, ENTRY = 0x18538067, 0x1F43B675, 0x1549A966, 0x1654AE6B, 0xAE
EBML, SEEK, CUES, TYPE, VOID = 0x1A45DFA3, 0x114D9B74, 0x1C53BB6B, 0x83, 0xEC
KEPT = frozenset({SEEK, CUES, CLUSTER, INFO, TRACKS, VOID})
BLANKED = frozenset({0x4D80, 0x5741})  # the programs that wrote it
IN_INFO = frozenset({0x2AD7B1, 0x4489, *BLANKED})  # time scale and length
NOT_IN_ENTRY = frozenset({0x536E, 0xBF})  # the track's name; a checksum
PLAYED = frozenset({1, 2})  # picture, sound


def clean(content: bytes) -> bytes:
    """Return the same film without anything but what is played.

    Raises:
        CleaningFault: `broken`: no such file; `unclean`: it has tracks that are neither picture nor sound.

    Source: RFC 8794 (EBML) and RFC 9559 (Matroska); docs/adr/0223.
    """
    file = _File(content)
    at = 0
    while at < len(content):
        name, body, end = file.element(at, len(content))
        if name == SEGMENT:
            file.segment(body, len(content) if end is None else end)
        elif name != EBML:
            file.void(at, _known(end))
        at = len(content) if end is None else end
    return bytes(file.data)


class _File:
    def __init__(self, content: bytes) -> None:
        self.data = bytearray(content)
        self.read = 0

    def element(self, at: int, limit: int) -> tuple[int, int, int | None]:
        """(id, where its content begins, where it ends; None when its size is unknown)."""
        self.read += 1
        if self.read > MOST:
            raise CleaningFault("broken")
        name, at = self._number(at, limit, 4, marked=True)
        first = at
        size, at = self._number(at, limit, 8, marked=False)
        if size == (1 << 7 * (at - first)) - 1:
            return name, at, None
        if at + size > limit:
            raise CleaningFault("broken")
        return name, at, at + size

    def _number(self, at: int, limit: int, most: int, *, marked: bool) -> tuple[int, int]:
        if at >= limit:
            raise CleaningFault("broken")
        first = self.data[at]
        length = 9 - first.bit_length()
        if not first or length > most or at + length > limit:
            raise CleaningFault("broken")
        value = int.from_bytes(self.data[at : at + length])
        return (value if marked else value & ((1 << 7 * length) - 1)), at + length

    def segment(self, at: int, limit: int) -> None:
        """Walk the segment: keep what is played, void the rest."""
        while at < limit:
            name, body, end = self.element(at, limit)
            if name == CLUSTER and end is None:
                end = self._end_of_cluster(body, limit)
            end = _known(end)
            if name == INFO:
                self._info(body, end)
            elif name == TRACKS:
                self._tracks(body, end)
            elif name == VOID or name not in KEPT:
                self.void(at, end)
            at = end

    def _end_of_cluster(self, at: int, limit: int) -> int:
        """A live recording leaves its clusters open: one ends where something of the segment itself begins."""
        while at < limit:
            name, _body, end = self.element(at, limit)
            if name > 0xFFFFFF:  # only elements of the segment have ids of four bytes
                return at
            at = _known(end)
        return limit

    def _info(self, at: int, limit: int) -> None:
        while at < limit:
            name, body, end = self.element(at, limit)
            end = _known(end)
            if name in BLANKED:
                self.data[body:end] = b" " * (end - body)
            elif name not in IN_INFO:
                self.void(at, end)
            at = end

    def _tracks(self, at: int, limit: int) -> None:
        while at < limit:
            name, body, end = self.element(at, limit)
            end = _known(end)
            if name == ENTRY:
                self._entry(body, end)
            else:
                self.void(at, end)
            at = end

    def _entry(self, at: int, limit: int) -> None:
        while at < limit:
            name, body, end = self.element(at, limit)
            end = _known(end)
            if name == TYPE and int.from_bytes(self.data[body:end]) not in PLAYED:
                raise CleaningFault("unclean")
            if name in NOT_IN_ENTRY:
                self.void(at, end)
            at = end

    def void(self, start: int, end: int) -> None:
        """Turn an element into a void one of the same length (RFC 8794, 11.3.2)."""
        length = end - start
        sized = b"\x01" + (length - 9).to_bytes(7) if length >= 9 else bytes([0x80 | (length - 2)])
        head = bytes([VOID]) + sized
        self.data[start:end] = head + bytes(length - len(head))


def _known(end: int | None) -> int:
    if end is None:
        raise CleaningFault("unclean")
    return end
