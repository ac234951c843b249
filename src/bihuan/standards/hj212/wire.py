"""Frames in a stream: `##`, four digits of length, the segment, four hexadecimal digits of CRC, perhaps CRLF."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import unpack
from typing import Literal

type FrameFault = Literal["", "bad_crc", "bad_length"]

HEAD, SUM, LONGEST = 6, 4, 9_999
MARK = b"##"
FOLDER = "hj212"
"""Of the journal, below the data folder."""
_HEX = frozenset(b"0123456789ABCDEFabcdef")


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_TABLE = _table()
_HIGH = bytes(each >> 8 for each in _TABLE)
_PAIRS = bytes(_HIGH[_HIGH[low] ^ high] for high in range(256) for low in range(256))
"""By two bytes: what the high byte of the register is after them, when it was nothing before."""


def crc16(segment: bytes) -> int:
    """The check sum of a data segment, 0 to 65535.

    Only the high byte of the register goes on to the next byte, as the standard's own code has it; this is not the
    CRC-16 of Modbus, though the polynomial is the same. So eight bits are carried along, and two bytes are one look
    into a table.

    Source: HJ 212-2017 appendix A; DOMAIN vector of 101 bytes → 1C80.
    """
    if not segment:
        return 0xFFFF
    pairs, high, end = _PAIRS, 0xFF, (len(segment) - 1) // 2 * 2
    for pair in unpack(f"<{end // 2}H", segment[:end]):
        high = pairs[pair ^ high]
    for byte in segment[end:-1]:
        high = _HIGH[high ^ byte]
    return _TABLE[high ^ segment[-1]]


def frame_of(segment: bytes) -> bytes:
    """The segment with mark, length, check sum and line end.

    Raises:
        ValueError: it is longer than four digits can say.

    Source: HJ 212-2017 §6.3.
    """
    if len(segment) > LONGEST:
        raise ValueError(f"a segment of {len(segment)} bytes does not fit in a frame")
    return b"##%04d%s%04X\r\n" % (len(segment), segment, crc16(segment))


@dataclass(frozen=True, slots=True)
class WireFrame:
    """One frame as it came.

    Args:
        raw: All its bytes, from the mark to the check sum.
        segment: What lies between, as far as the length says so.
        fault: What is wrong with it, or empty.
    """

    raw: bytes
    segment: bytes
    fault: FrameFault = ""


@dataclass
class FrameScanner:
    """Finds frames in what arrives piece by piece.

    A length that does not fit never swallows the frames behind it: the search goes on right behind the mark, and while
    bytes are missing, a good frame further on proves the length before it wrong.
    """

    _held: bytearray = field(default_factory=bytearray)

    @property
    def held(self) -> int:
        """How many bytes wait for the rest of their frame. Source: HJ 212-2017 §6.3."""
        return len(self._held)

    def feed(self, piece: bytes) -> list[WireFrame]:
        """Frames that are complete with this piece, in order. Source: HJ 212-2017 §6.3."""
        self._held += piece
        return self._scan(last=False)

    def finish(self) -> list[WireFrame]:
        """What the bytes still held say, when nothing more comes. Source: HJ 212-2017 §6.3."""
        return self._scan(last=True)

    def _scan(self, *, last: bool) -> list[WireFrame]:
        found: list[WireFrame] = []
        data = bytes(self._held)
        at = 0
        while (at := data.find(MARK, at)) >= 0:
            frame, goes_on = frame_at(data, at)
            if frame is None and not last and not self._overtaken(data, at):
                break
            found.append(frame or WireFrame(data[at : at + HEAD], b"", "bad_length"))
            at = goes_on
        self._held = bytearray(data[at:] if at >= 0 else data[-1:] if data.endswith(b"#") and not last else b"")
        return found

    @staticmethod
    def _overtaken(data: bytes, at: int) -> bool:
        """Whether a good frame lies behind a mark whose own frame is not complete."""
        behind = at
        while (behind := data.find(MARK, behind + 1)) >= 0:
            frame, _ = frame_at(data, behind)
            if frame is not None and not frame.fault:
                return True
        return False


def frame_at(data: bytes, at: int) -> tuple[WireFrame | None, int]:
    """The frame that begins at a mark, and where the search goes on; None while bytes are missing.

    Source: HJ 212-2017 §6.3.
    """
    digits = data[at + 2 : at + HEAD]
    if len(digits) < SUM and (not digits or digits.isdigit()):
        return None, at + 1
    if not digits.isdigit():
        return WireFrame(data[at : at + HEAD], b"", "bad_length"), at + 1
    end = at + HEAD + int(digits)
    if len(data) < end + SUM:
        return None, at + 1
    segment, told = data[at + HEAD : end], data[end : end + SUM]
    if not _HEX.issuperset(told) or (not segment.endswith(b"&&") and crc16(segment) != int(told, 16)):
        return WireFrame(data[at : at + HEAD], b"", "bad_length"), at + 1
    raw = data[at : end + SUM]
    if crc16(segment) != int(told, 16):
        return WireFrame(raw, segment, "bad_length" if MARK in segment else "bad_crc"), at + 1
    return WireFrame(raw, segment), end + SUM
