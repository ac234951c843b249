"""Encryption of reporters' identities: AES-256-GCM under a keyring, and a keyed blind index of the phone number.

The first key of the ring seals, every key opens, so a new key is put in front and old rows are sealed anew at leisure.
The blind index has a key of its own: whoever holds only the database can neither read nor guess a number.
No database here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import normalize
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bihuan.registers.pure.errors import RegisterError

KEY_BYTES = 32
NONCE_BYTES = 12
MOBILE_DIGITS = 11
FIELDS = frozenset({"name", "phone", "address", "email", "note"})
"""What an identity may hold."""

INSECURE = "insecure-"
"""Marks the stand-in key of an installation that was never initialised; production refuses it before it gets here."""


class SealBroken(RegisterError):
    """A sealed identity cannot be opened: its key is missing, or the row was altered or moved."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by id, the current one first."""

    keys: tuple[tuple[str, bytes], ...]

    @staticmethod
    def parse(text: str, name: str = "BIHUAN_IDENTITY_KEY") -> Keyring:
        """Return the ring written as one or more base64 keys of 32 bytes, separated by commas, the current one first.

        Raises RegisterError naming the variable; never shows the key.

        Source: docs/topics/registers.md, "Identity" (new key in front).
        """
        raw = [_key(part.strip(), name) for part in text.split(",") if part.strip()]
        if not raw:
            raise RegisterError("no key is set", where=name, remedy="run bihuan init, or set it to 32 bytes in base64")
        return Keyring(tuple((hashlib.sha256(key).hexdigest()[:16], key) for key in raw))

    @property
    def current_id(self) -> str:
        """The id of the key that seals. Source: docs/topics/registers.md, "Identity"."""
        return self.keys[0][0]


class Sealer:
    """Seals, opens and indexes.

    Args:
        keyring: For identities; index_key: 32 bytes for the blind index.
    """

    def __init__(self, keyring: Keyring, index_key: bytes) -> None:
        self.current_id = keyring.current_id
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keyring.keys}
        self._index_key = index_key

    @staticmethod
    def from_text(identity_keys: str, index_key: str) -> Sealer:
        """Return a sealer from the two settings as they stand in the environment.

        Source: docs/topics/registers.md, "Identity".
        """
        return Sealer(Keyring.parse(identity_keys), _key(index_key.strip(), "BIHUAN_INDEX_KEY"))

    def seal(self, fields: Mapping[str, str], district: str, identity: UUID) -> bytes:
        """Return nonce and ciphertext, bound to the district and the identity's id.

        Source: NIST SP 800-38D (AES-256-GCM, bound by additional data).
        """
        unknown = sorted(set(fields) - FIELDS)
        if unknown:
            raise RegisterError(
                f"field {unknown[0]!r} is not part of an identity", rule=f"some of {', '.join(sorted(FIELDS))}"
            )
        plain = json.dumps(dict(fields), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[self.current_id].encrypt(nonce, plain, _bound(district, identity))

    def unseal(self, sealed: bytes, key_id: str, district: str, identity: UUID) -> dict[str, str]:
        """Return the fields; raises SealBroken when the key is unknown or the row was altered or moved.

        Source: NIST SP 800-38D (AES-256-GCM).
        """
        fields: dict[str, str] = json.loads(self._opened(sealed, key_id, district, identity))
        return fields

    def _opened(self, sealed: bytes, key_id: str, district: str, identity: UUID) -> bytes:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(
                f"key {key_id} is not in the ring",
                where=f"identity {identity}",
                rule="old keys stay in BIHUAN_IDENTITY_KEY until every row has been sealed anew",
                remedy="append the old key to BIHUAN_IDENTITY_KEY, separated by a comma",
            )
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(district, identity))
        except InvalidTag as error:
            raise SealBroken(
                "the sealed content does not match its row",
                where=f"identity {identity}",
                rule="content is bound to its id and district",
                remedy="restore the row from a backup; it was altered, moved or cut",
            ) from error

    def seal_bytes(self, content: bytes, district: str, key: UUID) -> bytes:
        """Return nonce and ciphertext of any content, bound to the district and the id of the row that holds it.

        Source: NIST SP 800-38D (AES-256-GCM, bound by additional data).
        """
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[self.current_id].encrypt(nonce, content, _bound(district, key))

    def unseal_bytes(self, sealed: bytes, key_id: str, district: str, key: UUID) -> bytes:
        """Return the content; raises SealBroken when the key is unknown or the row was altered or moved.

        Source: NIST SP 800-38D (AES-256-GCM).
        """
        return self._opened(sealed, key_id, district, key)

    def phone_index(self, phone: str) -> bytes:
        """Return the blind index of a normalised phone number: HMAC-SHA256, 32 bytes.

        Source: RFC 2104 (HMAC) with SHA-256; docs/topics/registers.md, "Identity".
        """
        return hmac.digest(self._index_key, phone.encode(), "sha256")

    def person_index(self, name: str, phone: str, email: str) -> str:
        """Return by which one and the same person is known again without being named: a code of 20 characters.

        Args:
            name, phone, email: As they were given; width, case, spaces and signs between digits do not matter. Two
                persons with one telephone have two indices.

        Source: RFC 2104 (HMAC) with SHA-256; docs/adr/0359-own-page.md (1).
        """
        plain = ["".join(normalize("NFKC", each).casefold().split()) for each in (name, email)]
        digits = "".join(each for each in normalize("NFKC", phone) if each.isdigit()).removeprefix("0086")
        digits = digits.removeprefix("86") if len(digits) > MOBILE_DIGITS else digits
        told = "\x1f".join(("person", plain[0], digits, "" if digits else plain[1]))
        return "P" + hmac.digest(self._index_key, told.encode(), "sha256").hex()[:19]


def _bound(district: str, identity: UUID) -> bytes:
    return f"{district}|{identity}".encode()


def _key(text: str, name: str) -> bytes:
    if text.startswith(INSECURE):
        return hashlib.sha256(text.encode()).digest()
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not even ASCII
        key = b""
    if len(key) != KEY_BYTES:
        raise RegisterError(
            "a key is not 32 bytes in base64",
            where=name,
            remedy="make one with: openssl rand -base64 32, or bihuan init",
        )
    return key
