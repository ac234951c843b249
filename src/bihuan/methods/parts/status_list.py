"""Token Status Lists: a status of 1, 2, 4 or 8 bits for each place, least significant first, zlib, base64url. Pure.

Source: IETF draft-ietf-oauth-status-list, §4 (byte array), §4.2 (JSON), §7 (0 valid, 1 revoked, 2 suspended).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bihuan.methods.parts.jose import TokenError, decode_text, encode_bytes

WIDTHS = (1, 2, 4, 8)
VALID, REVOKED, SUSPENDED = 0, 1, 2
MOST_BYTES = 32 << 20
"""A list that unfolds to more is refused: a small text may unfold to any size."""


@dataclass(frozen=True)
class StatusBits:
    """A list as read: bits of each status, and the bytes."""

    bits: int
    raw: bytes

    def __len__(self) -> int:
        return len(self.raw) * 8 // self.bits

    def at(self, index: int) -> int | None:
        """Return the status at a place; None beyond the end. Source: draft-ietf-oauth-status-list §4.1."""
        if not 0 <= index < len(self):
            return None
        place = index * self.bits
        return (self.raw[place // 8] >> (place % 8)) & ((1 << self.bits) - 1)


def pack_statuses(statuses: Mapping[int, int], size: int, bits: int) -> StatusBits:
    """Return a list of `size` places, valid where nothing is said.

    Args:
        statuses: Place → status. size: Places; bits: of each status.

    Raises:
        ValueError: a place or a status that the list does not have.

    Source: draft-ietf-oauth-status-list §4.1.
    """
    if bits not in WIDTHS or size * bits % 8:
        raise ValueError("a status has 1, 2, 4 or 8 bits, and a list whole bytes")
    raw = bytearray(size * bits // 8)
    for index, status in statuses.items():
        if not (0 <= index < size and 0 <= status < 1 << bits):
            raise ValueError(f"no status {status} at {index}")
        raw[index * bits // 8] |= status << (index * bits % 8)
    return StatusBits(bits, bytes(raw))


def write_list(found: StatusBits) -> dict[str, Any]:
    """Return a list as its claim. Source: draft-ietf-oauth-status-list §4.2."""
    return {"bits": found.bits, "lst": encode_bytes(zlib.compress(found.raw, 9))}


def read_list(claim: Any) -> StatusBits:
    """Return the list of a claim.

    Raises:
        TokenError: it has no such bits, is not folded as asked, or unfolds to more than `MOST_BYTES`.

    Source: draft-ietf-oauth-status-list §4.2.
    """
    if not isinstance(claim, Mapping) or claim.get("bits") not in WIDTHS or not isinstance(claim.get("lst"), str):
        raise TokenError("a status list has bits (1, 2, 4 or 8) and lst")
    unfolding = zlib.decompressobj()
    try:
        raw = unfolding.decompress(decode_text(claim["lst"]), MOST_BYTES)
    except zlib.error as error:
        raise TokenError(f"lst is not zlib: {error}") from error
    if not unfolding.eof:
        raise TokenError("lst is cut off, or too long")
    return StatusBits(int(claim["bits"]), raw)
