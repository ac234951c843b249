"""Ed25519 keys of the log in the text forms of C2SP ``signed-note`` (the same as Go's ``sumdb/note``).

A public key is written ``name+hhhhhhhh+base64``, a private one ``PRIVATE+KEY+name+hhhhhhhh+base64``; ``hhhhhhhh`` is
the key id: the first four bytes of ``SHA-256(name || "\\n" || type || public key)``. A key ring keeps old public keys
for ever, so that what they signed stays verifiable after the log has changed its key.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bihuan.ledger.core.errors import SignatureError

NOTE_TYPE = 0x01
"""Signature type of a plain Ed25519 note signature."""

COSIGNATURE_TYPE = 0x04
"""Signature type of a timestamped Ed25519 cosignature (C2SP ``tlog-cosignature``)."""

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A named Ed25519 public key.

    Attributes:
        name: who signs; no spaces and no ``+`` (C2SP ``signed-note``).
        raw: 32 bytes.
    """

    name: str
    raw: bytes

    def __post_init__(self) -> None:
        _require_name(self.name)
        if len(self.raw) != SEED_BYTES:
            raise SignatureError(f"public key of {self.name} is {len(self.raw)} bytes; Ed25519 keys have 32")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name+hhhhhhhh+base64``.

        Raises:
            SignatureError: if the form, type or key id is wrong.

        Source: C2SP signed-note, "Verifier keys".
        """
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise SignatureError(
                f"{text!r} is not a public key; the form is name+8 hex digits+base64 (C2SP signed-note)"
            )
        name, identifier, encoded = parts
        key = cls(name, _typed_bytes(encoded, name))
        if key.id != identifier:
            raise SignatureError(
                f"public key of {name} states the id {identifier} but has {key.id}; copy it whole again"
            )
        return key

    @property
    def id(self) -> str:
        """Eight hex digits that name this key in signatures, receipts and heads."""
        return self.signature_id(NOTE_TYPE).hex()

    def signature_id(self, kind: int) -> bytes:
        """Return the four bytes that stand before a signature of type ``kind`` by this key.

        Source: C2SP signed-note (first four bytes of SHA-256 over name, newline, type and key).
        """
        return sha256(self.name.encode() + b"\n" + bytes([kind]) + self.raw).digest()[:4]

    def text(self) -> str:
        """Return ``name+hhhhhhhh+base64``, the form ``parse`` reads. Source: C2SP signed-note."""
        return f"{self.name}+{self.id}+{base64.b64encode(bytes([NOTE_TYPE]) + self.raw).decode()}"

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Say whether ``signature`` (64 bytes) over ``message`` is by this key. Source: RFC 8032 §5.1.7."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A named Ed25519 private key; it is never printed.

    Args:
        name: who signs; no spaces and no ``+``.
        seed: 32 secret bytes.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise SignatureError(f"signing key of {name} has a seed of {len(seed)} bytes; Ed25519 needs exactly 32")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.public = PublicKey(name, self._private.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str, name: str | None = None) -> Self:
        """Read a private key: ``PRIVATE+KEY+…``, or a bare seed as 64 hex digits or base64 when ``name`` is given.

        Raises:
            SignatureError: if the text is neither; the message never repeats the secret.

        Source: Go's sumdb/note (private form); the bare seed is RFC 8032 §5.1.5.
        """
        text = text.strip()
        if text.startswith("PRIVATE+KEY+"):
            return cls._parse_note_form(text)
        if name is None:
            raise SignatureError(
                "the signing key does not start with PRIVATE+KEY+ and no name was given for a bare seed"
            )
        return cls(name, _seed_bytes(text))

    @classmethod
    def _parse_note_form(cls, text: str) -> Self:
        parts = text.removeprefix("PRIVATE+KEY+").split("+", 2)
        if len(parts) != 3:
            raise SignatureError("the signing key is cut short; the form is PRIVATE+KEY+name+8 hex digits+base64")
        name, identifier, encoded = parts
        key = cls(name, _typed_bytes(encoded, name))
        if key.public.id != identifier:
            raise SignatureError(
                f"signing key of {name} states the id {identifier} but has {key.public.id}; copy it whole"
            )
        return key

    @property
    def id(self) -> str:
        """The id of the public key."""
        return self.public.id

    def text(self) -> str:
        """Return the private key in note form: a secret, for the environment or a file only its owner reads.

        Source: Go's sumdb/note.
        """
        encoded = base64.b64encode(bytes([NOTE_TYPE]) + self._seed).decode()
        return f"PRIVATE+KEY+{self.public.name}+{self.id}+{encoded}"

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature (RFC 8032) over ``message``."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey({self.public.name}, id {self.id})"


class KeyRing:
    """The public keys a verifier trusts, old ones included.

    Args:
        keys: public keys; the same key twice counts once.
    """

    def __init__(self, keys: Iterable[PublicKey] = ()) -> None:
        self._keys: dict[tuple[str, str], PublicKey] = {(key.name, key.id): key for key in keys}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one public key a line; empty lines and lines that start with ``#`` are skipped."""
        lines = (line.strip() for line in text.splitlines())
        return cls(PublicKey.parse(line) for line in lines if line and not line.startswith("#"))

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def refuse(self, key: PublicKey, at: datetime | None, *, reissued: bool = False) -> str | None:
        """Say why a key of this ring does not count at a moment, or None. A plain ring knows no times.

        Args:
            key: one of the ring.
            at: when it signed; None if that was not said.
            reissued: the time belongs to what was signed, not to the signature, which may be newer.

        Source: docs/topics/ledger.md, "Keys".
        """
        return None

    def get(self, identifier: str) -> PublicKey:
        """Return the key with this id.

        Raises:
            SignatureError: if it is unknown.
        """
        for (_, known), key in self._keys.items():
            if known == identifier:
                return key
        known_ids = ", ".join(sorted(known for _, known in self._keys)) or "none"
        raise SignatureError(f"key {identifier} is not known (known: {known_ids}); add its public key to the key ring")


def _require_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise SignatureError(f"{name!r} is not a key name; use a name without spaces and without + (C2SP signed-note)")


def _typed_bytes(encoded: str, name: str) -> bytes:
    try:
        typed = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise SignatureError(f"the key of {name} is not base64; copy it whole again") from error
    if typed[:1] != bytes([NOTE_TYPE]):
        raise SignatureError(f"the key of {name} is not of type Ed25519 (first byte 0x01); this log uses Ed25519 only")
    return typed[1:]


def _seed_bytes(text: str) -> bytes:
    try:
        if len(text) == 2 * SEED_BYTES:
            return bytes.fromhex(text)
        return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
    except ValueError as error:
        raise SignatureError(
            "the signing key is neither 64 hex digits nor base64 of 32 bytes; create a new one"
        ) from error
