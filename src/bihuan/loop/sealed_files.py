"""Files at rest: originals encrypted under the identity key, readable by their owner's process only.

A sealed file is `bihuan-sealed-1`, the key's id, nonce and AES-256-GCM ciphertext, bound to the SHA-256 of its content:
it cannot be exchanged for another, and who has only the disk sees nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from django.conf import settings

from bihuan.registers.identity import sealer
from bihuan.registers.pure.ids import new_id
from bihuan.server.users import as_owner_of

MAGIC = b"bihuan-sealed-1\n"
KEY_ID = 16  # characters
SUFFIX = ".sealed"


def seal(target: Path, content: bytes, digest: str) -> None:
    """Write `content` encrypted to `target` (which ends in `.sealed`), unless it is there.

    Source: docs/adr/0220 (the original is sealed); NIST SP 800-38D (AES-GCM)
    """
    ring = sealer()
    write_sealed(target, MAGIC + ring.current_id.encode() + ring.seal_bytes(content, *_bound(digest)))


def unseal(source: Path, digest: str) -> bytes:
    """Return the content of a sealed file.

    Raises:
        FileNotFoundError: it is not there.
        SealBroken: its key is not in the ring, or it was altered.

    Source: docs/adr/0220 (the original is sealed); NIST SP 800-38D (AES-GCM)
    """
    raw = source.read_bytes()
    start = len(MAGIC) + KEY_ID
    return sealer().unseal_bytes(raw[start:], raw[len(MAGIC) : start].decode("ascii", "replace"), *_bound(digest))


def _bound(digest: str) -> tuple[str, UUID]:
    return "file", UUID(digest[:32])


def write_sealed(target: Path, content: bytes) -> None:
    """Write once, 0600 below 0700, as whoever the media belong to; a crash leaves no half file under the final name.

    Source: docs/adr/0220 (the original is sealed); NIST SP 800-38D (AES-GCM)
    """
    with as_owner_of(Path(settings.MEDIA_ROOT)):
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = target.with_name(f"{target.name}.{new_id()}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(content)
        temporary.replace(target)
