"""Signed notes (C2SP ``signed-note``) and timestamped cosignatures (C2SP ``tlog-cosignature``).

A note is a text, an empty line, and one line per signature: an em dash, the signer's name, and base64 of a four-byte
key id with the signature. Signatures by unknown keys are ignored; a signature by a known key that does not hold makes
the whole note invalid.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from bihuan.ledger.core.errors import SignatureError
from bihuan.ledger.core.keys import COSIGNATURE_TYPE, NOTE_TYPE, KeyRing, PublicKey, SigningKey

_DASH = "— "
_STAMP_BYTES = 8


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who, by which key id, and the bytes after the id."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """Return the line as it stands in the note. Source: C2SP signed-note."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature that held: by which key, and when, if it carries a time.

    Attributes:
        key: the public key.
        signed_at: the moment inside a cosignature; None for a plain signature, which carries none.
    """

    key: PublicKey
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """A text with signatures.

    Attributes:
        text: ends with a newline; holds no control character but newlines.
        signatures: in the order of their lines.
    """

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def parse(cls, source: str) -> Self:
        """Read a note.

        Raises:
            SignatureError: if the form is not that of C2SP ``signed-note``.
        """
        text, separator, block = source.rpartition("\n\n")
        if not separator or not block.endswith("\n"):
            raise SignatureError(
                "not a signed note: after the text come an empty line and signature lines (C2SP signed-note)"
            )
        return cls(text + "\n", tuple(_parse_line(line) for line in block.removesuffix("\n").split("\n")))

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    def signed(self, key: SigningKey) -> "Note":
        """Return this note with a plain Ed25519 signature added. Source: C2SP signed-note, RFC 8032."""
        value = key.sign(self.text.encode())
        return self._with(Signature(key.public.name, key.public.signature_id(NOTE_TYPE), value))

    def cosigned(self, key: SigningKey, at: datetime) -> "Note":
        """Return this note with a timestamped cosignature added; ``at`` is kept to the second.

        Source: C2SP tlog-cosignature.
        """
        stamp = int(at.timestamp())
        value = stamp.to_bytes(_STAMP_BYTES) + key.sign(_cosigned_message(self.text, stamp))
        return self._with(Signature(key.public.name, key.public.signature_id(COSIGNATURE_TYPE), value))

    def seals(self, ring: KeyRing) -> list[Seal]:
        """Return the signatures of known keys that hold.

        Raises:
            SignatureError: if a signature by a known key does not hold.

        Source: C2SP signed-note (unknown keys are ignored; a known key that does not hold spoils the note).
        """
        found = [_seal(self.text, signature, key) for signature in self.signatures for key in ring]
        return [seal for seal in found if seal is not None]

    def _with(self, signature: Signature) -> "Note":
        return Note(self.text, (*self.signatures, signature))


def _cosigned_message(text: str, stamp: int) -> bytes:
    return f"cosignature/v1\ntime {stamp}\n{text}".encode()


def _parse_line(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not name:
        raise SignatureError(f"{line!r} is not a signature line; the form is: em dash, name, base64 (C2SP signed-note)")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise SignatureError(f"the signature by {name} is not base64; fetch the note again") from error
    if len(raw) < 5:
        raise SignatureError(f"the signature by {name} is {len(raw)} bytes; fetch the note again")
    return Signature(name, raw[:4], raw[4:])


def _seal(text: str, signature: Signature, key: PublicKey) -> Seal | None:
    if signature.name != key.name:
        return None
    if signature.key_id == key.signature_id(NOTE_TYPE):
        signed_at, value, message = None, signature.value, text.encode()
    elif signature.key_id == key.signature_id(COSIGNATURE_TYPE):
        stamp = int.from_bytes(signature.value[:_STAMP_BYTES])
        value, message = signature.value[_STAMP_BYTES:], _cosigned_message(text, stamp)
        signed_at = datetime.fromtimestamp(min(stamp, _LAST_SECOND), UTC)
    else:
        return None
    if not key.holds(value, message):
        raise SignatureError(
            f"the signature by {key.name} (key {key.id}) does not match the text; the note was altered"
        )
    return Seal(key, signed_at)


_LAST_SECOND = 253402300799
"""9999-12-31T23:59:59Z: a hostile time cannot overflow ``datetime``; the signature is checked over the true one."""
