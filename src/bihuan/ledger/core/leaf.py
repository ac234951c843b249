"""Commitments: what of an event enters the log.

An event's hash covers a secret-free salt, the hash of the case's previous event and the canonical body. Personal data
is never in the body: the body carries only ``private``, the salted hash of a record that may be erased later. Erasing
that record leaves every event hash, leaf and proof valid, and 16 random bytes of salt keep the hash from being
guessed back.

Domain bytes keep the hashes apart: 0x42 event, 0x50 private record, 0x53 statement, 0x00 leaf and 0x01 node (RFC 9162
section 2.1.1).
"""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from struct import iter_unpack
from typing import Any

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.errors import LedgerError

SALT_BYTES = 16
HASH_BYTES = 32

BODY_FIELDS = frozenset({"case", "version", "kind", "occurred_at", "recorded_at", "actor", "data", "private"})
"""The exact members of an event body; offline verification rebuilds the body from them."""

_NO_PREVIOUS = bytes(HASH_BYTES)


def event_hash(salt: bytes, prev: bytes | None, body: dict[str, Any]) -> bytes:
    """Hash one event: ``SHA-256(0x42 || salt || prev or 32 zero bytes || canonical(body))``.

    Args:
        salt: 16 random bytes stored beside the event.
        prev: the 32-byte hash of the same case's previous event; None for its first event.
        body: the members named in ``BODY_FIELDS``; ``private`` is the hex of ``private_hash`` or None.

    Returns:
        32 bytes.

    Raises:
        LedgerError: if the salt or previous hash has the wrong length.
        NotCanonicalError: if the body holds a float or another value outside canonical JSON.

    Source: docs/topics/ledger.md, "Formats" (0x42); salted commitments: docs/adr/0020 (2).
    """
    if len(salt) != SALT_BYTES or (prev is not None and len(prev) != HASH_BYTES):
        raise LedgerError(_length_fault(salt, prev))
    return sha256(b"\x42" + salt + (prev or _NO_PREVIOUS) + canonical(body)).digest()


def event_hash_of(
    salt: bytes, prev: bytes | None, head: tuple[str, int, str, str, str, str], data: bytes, private: str | None
) -> bytes:
    """Hash one event whose ``data`` is canonical already: the same bytes as ``event_hash``, without a second encoding.

    Args:
        salt, prev: see ``event_hash``.
        head: case, version, kind, occurred_at, recorded_at, actor, as in the body.
        data: ``canonical(body["data"])``.
        private: as in the body.

    Raises:
        LedgerError: salt or previous hash has a wrong length.

    Source: RFC 8785 §3.2.3 (order of members); docs/topics/ledger.md, "Formats".
    """
    if len(salt) != SALT_BYTES or (prev is not None and len(prev) != HASH_BYTES):
        raise LedgerError(_length_fault(salt, prev))
    case, version, kind, occurred_at, recorded_at, actor = head
    about = b'{"actor":%b,"case":"%b","data":' % (_name(actor), case.encode())
    # Members in the order of their names (RFC 8785 section 3.2.3); kinds, instants and ids hold nothing to escape.
    end = "null" if private is None else f'"{private}"'
    rest = f',"kind":"{kind}","occurred_at":"{occurred_at}","private":{end},"recorded_at":"{recorded_at}"'
    end_of_body = f'{rest},"version":{version}}}'.encode()
    return sha256(b"".join((b"\x42", salt, prev or _NO_PREVIOUS, about, data, end_of_body))).digest()


def private_hash_of(salt: bytes, encoded: bytes) -> bytes:
    """Hash an erasable private record that is canonical already: the same bytes as ``private_hash``.

    Raises:
        LedgerError: the salt has a wrong length.

    Source: docs/topics/ledger.md, "Formats" (0x50).
    """
    if len(salt) != SALT_BYTES:
        raise LedgerError(_length_fault(salt, None))
    return sha256(b"\x50" + salt + encoded).digest()


def private_hash(salt: bytes, body: dict[str, Any]) -> bytes:
    """Hash an erasable private record: ``SHA-256(0x50 || salt || canonical(body))``.

    Args:
        salt: 16 random bytes that are erased together with the record.
        body: the personal fields, inside the domain of canonical JSON.

    Returns:
        32 bytes; their hex is the ``private`` member of the event body.

    Raises:
        LedgerError: if the salt is not 16 bytes.
        NotCanonicalError: see ``canonical``.

    Source: docs/topics/ledger.md, "Formats" (0x50); docs/adr/0020 (2).
    """
    if len(salt) != SALT_BYTES:
        raise LedgerError(_length_fault(salt, None))
    return sha256(b"\x50" + salt + canonical(body)).digest()


def statement_hash(kind: str, made_at: str, body: dict[str, Any]) -> bytes:
    """Hash something the log itself states: ``SHA-256(0x53 || canonical({"body", "kind", "made_at"}))``.

    Args:
        kind: what it is, such as ``draw``.
        made_at: when, as ``write_instant`` writes it.
        body: public values inside the domain of canonical JSON.

    Raises:
        NotCanonicalError: see ``canonical``.

    Source: docs/topics/ledger.md, "Formats" (0x53); docs/adr/0020 (7).
    """
    return sha256(b"\x53" + canonical({"kind": kind, "made_at": made_at, "body": body})).digest()


def leaf_hash(event: bytes) -> bytes:
    """Return the Merkle leaf of one 32-byte event hash: ``SHA-256(0x00 || event)`` (RFC 9162 section 2.1.1)."""
    return sha256(b"\x00" + event).digest()


def leaf_hashes(events: bytes) -> bytes:
    """Return the leaves of many event hashes at once.

    Args:
        events: 32-byte event hashes, one after the other.

    Returns:
        as many 32-byte leaf hashes, one after the other.

    Raises:
        LedgerError: if the length is not a multiple of 32.

    Source: RFC 9162 §2.1.1.
    """
    if len(events) % HASH_BYTES:
        raise LedgerError(f"{len(events)} bytes are not whole 32-byte event hashes; concatenate complete hashes only")
    return b"".join([sha256(b"\x00" + event).digest() for (event,) in iter_unpack("32s", events)])


def write_instant(moment: datetime) -> str:
    """Write a moment as it stands in an event body: UTC, ``YYYY-MM-DDTHH:MM:SS[.ffffff]Z``.

    Microseconds appear only when they are not zero, exactly as ``datetime.isoformat`` does, so that a moment read back
    from the database gives the same bytes.

    Raises:
        LedgerError: if the moment has no time zone.

    Source: RFC 3339 §5.6, always with Z; docs/topics/ledger.md, "Formats".
    """
    if moment.tzinfo is None:
        raise LedgerError(f"moment {moment.isoformat()} has no time zone; attach one before it enters an event")
    return _written(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=1024)
def _written(moment: datetime) -> str:
    """A batch writes the same few moments again and again. Only for UTC: elsewhere equal moments may differ by fold."""
    return f"{moment.isoformat()[:-6]}Z"  # of UTC it always ends with +00:00


@lru_cache(maxsize=4096)
def _name(actor: str) -> bytes:
    """An actor's id as canonical JSON; few actors do much."""
    return canonical(actor)


def _length_fault(salt: bytes, prev: bytes | None) -> str:
    if len(salt) != SALT_BYTES:
        return f"salt is {len(salt)} bytes; the commitment needs exactly {SALT_BYTES} random bytes"
    size = 0 if prev is None else len(prev)
    return f"previous event hash is {size} bytes; it must be {HASH_BYTES} bytes, or None for a first event"
