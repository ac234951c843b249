"""Signed tree heads: what the log publishes about itself, as a C2SP ``tlog-checkpoint``.

The text has three lines: origin, number of leaves, base64 of the root. The log signs it plainly and once more as a
timestamped cosignature, so that the head's time is signed without leaving the standard form. Witnesses add their own
cosignatures.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from bihuan.ledger.core.errors import SignatureError
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.leaf import write_instant
from bihuan.ledger.core.merkle import require_hash
from bihuan.ledger.core.notes import Note, Seal


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a log at one size.

    Attributes:
        origin: the log's name; also the name of its key.
        size: number of leaves.
        root: 32-byte tree hash.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        require_hash("root of a head", self.root)

    def text(self) -> str:
        """Return the three lines that are signed. Source: C2SP tlog-checkpoint."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint; extension lines are allowed and ignored.

        Raises:
            SignatureError: if the form is not that of C2SP ``tlog-checkpoint``.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not lines[0]:
            raise SignatureError("not a checkpoint: expected the lines origin, size and root (C2SP tlog-checkpoint)")
        origin, size, root = lines[:3]
        if not size.isascii() or not size.isdigit() or (size != "0" and size.startswith("0")):
            raise SignatureError(f"checkpoint size {size!r} is not a decimal number without leading zeros")
        try:
            return cls(origin, int(size), base64.b64decode(root, validate=True))
        except binascii.Error as error:
            raise SignatureError(f"checkpoint root {root!r} is not base64; fetch the checkpoint again") from error


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head whose signatures held.

    Attributes:
        head: origin, size and root.
        note: the signed note it was read from.
        seals: the signatures by known keys; the log's own is among them.
    """

    head: Head
    note: Note
    seals: tuple[Seal, ...]

    @property
    def signed_at(self) -> datetime | None:
        """The moment the log signed, from its own timestamped cosignature; None if it gave none.

        Source: C2SP tlog-cosignature; docs/adr/0020 (4).
        """
        own = [seal.signed_at for seal in self.seals if seal.key.name == self.head.origin and seal.signed_at]
        return min(own, default=None)

    def as_json(self) -> dict[str, Any]:
        """Return the head as plain JSON values, with the note that proves them."""
        return {
            "origin": self.head.origin,
            "size": self.head.size,
            "root": self.head.root.hex(),
            "signed_at": write_instant(self.signed_at) if self.signed_at else None,
            "keys": sorted({seal.key.id for seal in self.seals}),
            "note": str(self.note),
        }


def sign_head(head: Head, key: SigningKey, at: datetime) -> Note:
    """Sign a head.

    Args:
        head: origin, size and root.
        key: the log's key; its name must be the origin.
        at: when, kept to the second.

    Raises:
        SignatureError: if the key belongs to another origin.

    Source: C2SP tlog-checkpoint, signed once plainly and once as C2SP tlog-cosignature (docs/adr/0020, 4).
    """
    if key.public.name != head.origin:
        raise SignatureError(
            f"key {key.id} is named {key.public.name}, not {head.origin}; a log signs with a key of its origin"
        )
    return Note(head.text()).signed(key).cosigned(key, at)


def open_head(source: str, ring: KeyRing) -> SignedHead:
    """Read a signed head and check it.

    Args:
        source: the signed note.
        ring: public keys that are trusted: the log's, also its former ones, and perhaps witnesses'.

    Raises:
        SignatureError: if it is malformed, no known key of the origin signed it, a known key's signature fails, or a
            key signed that was not in force at the time of the head.

    Source: C2SP tlog-checkpoint and signed-note; times in force: docs/topics/ledger.md, "Keys".
    """
    note = Note.parse(source)
    head = Head.parse(note.text)
    seals = tuple(note.seals(ring))
    if not any(seal.key.name == head.origin for seal in seals):
        signers = ", ".join(sorted({signature.name for signature in note.signatures}))
        raise SignatureError(
            f"head of {head.origin} at size {head.size} is not signed by a known key of that origin "
            f"(signers: {signers}); "
            "add the log's public key to the key ring"
        )
    signed = SignedHead(head, note, seals)
    for key in {seal.key for seal in seals if seal.key.name == head.origin}:
        if why := ring.refuse(key, signed.signed_at):
            raise SignatureError(f"head of {head.origin} at size {head.size} does not count: {why}")
    return signed
