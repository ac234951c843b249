"""What an entry says, as the bytes that its leaf commits to."""

from __future__ import annotations

from hashlib import sha256

from bihuan.ledger.core.canonical import canonical
from bihuan.rules.journal import Draft

SALT_BYTES = 16


def content_digest(draft: Draft, salt: bytes) -> bytes:
    """Return the salted digest of a draft: `SHA-256(0x4a || salt || canonical(content))`.

    Args:
        draft: As it is posted.
        salt: SALT_BYTES random bytes, so that nobody guesses a subject behind a published digest.

    Source: DESIGN §8 (a leaf is the hash of a salted commitment); RFC 8785.
    """
    content = {
        "number": draft.key,
        "kind": draft.kind,
        "day": draft.day.isoformat(),
        "lines": [[line.account, line.unit, line.amount] for line in draft.lines],
        "ref": draft.ref,
        "reverses": draft.reverses,
        "restates": draft.restates,
        "hold": draft.hold,
    }
    return sha256(b"\x4a" + salt + canonical(content)).digest()
