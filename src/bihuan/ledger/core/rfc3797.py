"""The selection of RFC 3797 with its MD5, kept only to show conformance with the published vector.

Production draws use ``draw``: SHA-256, a commitment before the entropy, and no modulo bias.
"""

from collections.abc import Sequence
from hashlib import md5

from bihuan.ledger.core.errors import DrawError


def key_string(sources: Sequence[Sequence[int]]) -> str:
    """Build the key of RFC 3797 section 4: each source, numbers ascending with ``.`` after each, ``/`` after all."""
    return "".join("".join(f"{number}." for number in sorted(source)) + "/" for source in sources)


def turn_digest(key: str, counter: int) -> bytes:
    """Return the MD5 of counter || key || counter, the counter as two bytes, high byte first (RFC 3797 section 4)."""
    ends = counter.to_bytes(2)
    return md5(ends + key.encode("ascii") + ends, usedforsecurity=False).digest()


def select_numbers(key: str, pool: int, pick: int) -> list[int]:
    """Return the numbers 1 … pool that RFC 3797 selects, in order.

    Args:
        key: see ``key_string``.
        pool: number of candidates.
        pick: how many to select.

    Raises:
        DrawError: if more are asked for than there are.
    """
    if not 0 <= pick <= pool:
        raise DrawError(f"cannot select {pick} of {pool}")
    remaining = list(range(1, pool + 1))
    return [remaining.pop(int.from_bytes(turn_digest(key, turn)) % len(remaining)) for turn in range(pick)]
