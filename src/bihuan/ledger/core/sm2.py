"""SM2 signatures with SM3 over messages that leave the house, each queue of messages with a key of its own.

A queue's private key is derived from the installation's seal key by HKDF, so that nothing new has to be stored or
backed up, and no key of one queue says anything about another's. The curve's arithmetic for the public half is done
once for a key; signing and verifying is GmSSL's.
Source: GB/T 32918.2-2016 (signature), GB/T 32918.5-2017 (curve), GB/T 32905-2016 (SM3); RFC 5869 (HKDF).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from gmssl_pyx import GmsslInnerError, sm2_sign, sm2_verify, sm3_hash

ALGORITHM, WORDS = "SM2-SM3", 32
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
"""Prime, order and base point of the recommended curve (GB/T 32918.5-2017); a = P − 3."""


@dataclass(frozen=True)
class QueuePublicKey:
    """What whoever receives messages of a queue pins.

    Args:
        queue: Its name. raw: x and y, 64 bytes.
    """

    queue: str
    raw: bytes

    @property
    def id(self) -> str:
        """Short name: queue and the first 16 hexadecimal digits of SM3 over the key."""
        return f"{self.queue}+{sm3_hash(self.raw).hex()[:16]}"

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Return whether a signature is this key's over a message. Source: GB/T 32918.2-2016 §7."""
        try:
            return bool(sm2_verify(self.raw, message, signature))
        except GmsslInnerError:
            return False  # no signature at all


@dataclass(frozen=True)
class QueueKey:
    """The key that signs the messages of one queue.

    Args:
        secret: 32 bytes. public: The other half.
    """

    secret: bytes
    public: QueuePublicKey

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a message, DER. Source: GB/T 32918.2-2016 §6."""
        return bytes(sm2_sign(self.secret, self.public.raw, message))

    def __repr__(self) -> str:
        """Tell the name alone; a key never stands in a log."""
        return f"QueueKey({self.public.id})"


def derive_key(secret: str, queue: str) -> QueueKey:
    """Return the key of a queue.

    Args:
        secret: The installation's seal key. queue: Name of the queue.

    Source: RFC 5869; GB/T 32918.1-2016 §6.1 (a private key lies in [1, n−2]).
    """
    for turn in range(256):
        told = f"bihuan/sm2/{turn}/{queue}".encode()
        made = HKDF(hashes.SHA256(), WORDS, sha256(b"bihuan seal").digest(), told).derive(secret.encode())
        if 1 <= int.from_bytes(made, "big") <= N - 2:
            return QueueKey(made, QueuePublicKey(queue, public_half(made)))
    raise AssertionError("256 draws outside of the curve's order")  # chance 2^-8000


def public_half(secret: bytes) -> bytes:
    """Return x and y of the public key of a private one. Source: GB/T 32918.1-2016 §6.1, A.3."""
    found: tuple[int, int] | None = None
    step = G
    number = int.from_bytes(secret, "big")
    while number:
        if number & 1:
            found = step if found is None else _added(found, step)
        step, number = _added(step, step), number >> 1
    assert found is not None
    return b"".join(each.to_bytes(WORDS, "big") for each in found)


def digest(message: bytes) -> str:
    """Return SM3 of bytes in hexadecimal. Source: GB/T 32905-2016."""
    return str(sm3_hash(message).hex())


def _added(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """The sum of two points, neither the other's inverse: multiples of the base point below the order never are."""
    if one == two:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, P) % P
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P
