"""A stream sealed as a whole: no byte of it can be changed, moved, left out or added unnoticed.

    bihuan-backup-2\n  {header in JSON}\n  check (32)  chunk … chunk  last chunk

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015) over AES-256-GCM (NIST SP 800-38D): each
chunk's nonce is a random prefix, its number and whether it is the last, and the header is authenticated with each.
The key comes from a passphrase by scrypt (RFC 7914; N = 2^17, r = 8, p = 1) or from 32 random bytes by HKDF (RFC 5869).
Without a key the same frame carries SHA-256 in place of the tag: it shows accidents and proves nothing (`Seal.NONE`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bihuan.faults import Fault
from bihuan.server.sealing import SHORTEST_PASSPHRASE, SealError

MAGIC = b"bihuan-backup-2\n"
CHUNK = 1 << 16
TAG = 16
MOST_CHUNKS = 1 << 32
_HEADER_BYTES = 1000
_CHECK = 32


class ArchiveSeal(StrEnum):
    """What vouches for an archive."""

    PASSPHRASE = "passphrase"  # noqa: S105  # the word, not a secret
    KEY = "key"
    NONE = "none"


class StreamError(Fault):
    """The stream is not ours, was changed or cut; the message says where."""

    remedy = "换一份未改动的副本 · take an unchanged copy; nothing here was changed"


@dataclass(frozen=True, repr=False)
class Secret:
    """What a stream is sealed with: a passphrase, 32 random bytes, or nothing."""

    passphrase: str | None = None
    key: bytes | None = None

    @property
    def seal(self) -> ArchiveSeal:
        """Which of the three it is. Source: docs/adr/0210 (passphrase by scrypt, key by HKDF, or digests alone)."""
        if self.key is not None:
            return ArchiveSeal.KEY
        return ArchiveSeal.NONE if self.passphrase is None else ArchiveSeal.PASSPHRASE

    def keys(self, salt: bytes) -> bytes:
        """64 bytes: the first half seals chunks, the second checks the header.

        Source: RFC 5869 (HKDF), RFC 7914 (scrypt).
        """
        if self.key is not None:
            return HKDF(SHA256(), 64, salt, MAGIC).derive(self.key)
        if self.passphrase is None:
            return bytes(64)
        return Scrypt(salt=salt, length=64, n=2**17, r=8, p=1).derive(self.passphrase.encode())


def secret_of(passphrase: str | None, key: str | None) -> Secret:
    """Return the secret of what a person gave.

    Args:
        passphrase: at least 12 characters; key: 32 bytes in base64. At most one of the two.

    Raises:
        SealError: too short, no base64 of 32 bytes, or both given.

    Source: docs/adr/0210; docs/topics/operations.md, "Backup and restore".
    """
    if passphrase and key:
        raise SealError("口令与密钥只能给一个 · both a passphrase and a key are given; give one of them")
    if key:
        try:
            raw = base64.b64decode(key.strip(), validate=True)
        except ValueError:
            raw = b""
        if len(raw) != 32:
            raise SealError("密钥须为 32 字节的 base64 · the key must be 32 bytes in base64: `openssl rand -base64 32`")
        return Secret(key=raw)
    if passphrase is not None and len(passphrase) < SHORTEST_PASSPHRASE:
        few = f"口令至少 {SHORTEST_PASSPHRASE} 个字符 · the passphrase needs at least {SHORTEST_PASSPHRASE} characters"
        raise SealError(few)
    return Secret(passphrase=passphrase)


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


class _Digest:
    """The tag of a stream without key: SHA-256, cut to the length of the others."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        return data + hashlib.sha256(nonce + associated_data + data).digest()[:TAG]

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        if self.encrypt(nonce, data[:-TAG], associated_data) != data:
            raise InvalidTag
        return data[:-TAG]


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    if number >= MOST_CHUNKS:
        raise StreamError("归档过大 · the archive is larger than one stream may be; take the media out of it")
    return prefix + number.to_bytes(4, "big") + bytes([last])


class SealedWriter:
    """A file to write to; `close` seals the last chunk. Without it the stream is cut and nobody accepts it."""

    def __init__(self, out: IO[bytes], secret: Secret) -> None:
        salt, self._prefix = os.urandom(16), os.urandom(7)
        header = {"seal": secret.seal, "salt": _text(salt), "prefix": _text(self._prefix)}
        self._header = MAGIC + json.dumps(header).encode() + b"\n"
        keys = secret.keys(salt)
        self._cipher: _Cipher = _Digest() if secret.seal is ArchiveSeal.NONE else AESGCM(keys[:32])
        self._out, self._number, self._buffer = out, 0, bytearray()
        out.write(self._header + hmac.digest(keys[32:], self._header, "sha256"))

    def write(self, data: bytes) -> int:
        """Take bytes; full chunks are sealed and written, one is always kept back for `close`.

        Source: Hoang, Reyhanitabar, Rogaway & Vizár (2015), CRYPTO (STREAM); docs/adr/0210.
        """
        self._buffer += data
        while len(self._buffer) > CHUNK:
            self._seal(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Seal what is left as the last chunk; the file below stays open.

        Source: Hoang, Reyhanitabar, Rogaway & Vizár (2015), CRYPTO (the last chunk says so).
        """
        self._seal(bytes(self._buffer), last=True)

    def _seal(self, data: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), data, self._header))
        self._number += 1


class SealedReader:
    """A file to read from, from the first byte to the last; every byte it gives was authenticated.

    Raises:
        StreamError: not our format, or a chunk that was changed, moved, cut off or added.
        SealError: another kind of secret is needed, or the secret is wrong.
    """

    def __init__(self, source: IO[bytes], secret: Secret) -> None:
        self._source = source
        self._header, header = read_header(source)
        self.seal = ArchiveSeal(header["seal"])
        if self.seal is not secret.seal:
            raise SealError(_WANTED[self.seal])
        keys = secret.keys(base64.b64decode(header["salt"]))
        if not hmac.compare_digest(source.read(_CHECK), hmac.digest(keys[32:], self._header, "sha256")):
            raise SealError(
                "口令或密钥不对，或文件头被改动 · the passphrase or key is wrong, or the file's header was changed"
            )
        self._cipher: _Cipher = _Digest() if self.seal is ArchiveSeal.NONE else AESGCM(keys[:32])
        self._prefix, self._number, self._open = base64.b64decode(header["prefix"]), 0, True
        self._buffer, self._next = b"", source.read(CHUNK + TAG)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, b"" only at the authenticated end.

        Source: Hoang, Reyhanitabar, Rogaway & Vizár (2015), CRYPTO (STREAM).
        """
        while self._open and (size < 0 or len(self._buffer) < size):
            self._buffer += self._chunk()
        taken = len(self._buffer) if size < 0 else size
        data, self._buffer = self._buffer[:taken], self._buffer[taken:]
        return data

    def _chunk(self) -> bytes:
        sealed, self._next = self._next, self._source.read(CHUNK + TAG)
        last = not self._next
        try:
            data = self._cipher.decrypt(_nonce(self._prefix, self._number, last=last), sealed, self._header)
        except InvalidTag as error:
            place = len(self._header) + _CHECK + self._number * (CHUNK + TAG)
            raise StreamError(
                f"文件在第 {place} 字节之后被改动、截断或调换；请换一份副本 · "
                f"the file was changed, cut or rearranged after byte {place}; take another copy"
            ) from error
        self._number += 1
        self._open = not last
        return data


def read_header(source: IO[bytes]) -> tuple[bytes, dict[str, str]]:
    """Return the header's bytes and fields; nothing in it is trusted before the check behind it holds.

    Raises:
        StreamError: the file does not begin like one of our archives.

    Source: docs/adr/0210.
    """
    magic = source.read(len(MAGIC))
    line = source.readline(_HEADER_BYTES) if magic == MAGIC else b""
    try:
        header: dict[str, str] = json.loads(line)
        ArchiveSeal(header["seal"])
        if len(base64.b64decode(header["salt"])) != 16 or len(base64.b64decode(header["prefix"])) != 7:
            raise ValueError("salt or prefix")  # one answer for every way of being no header
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StreamError("这不是本平台的备份文件 · this is no backup of this platform, or its head is gone") from error
    return magic + line, header


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


_WANTED = {
    ArchiveSeal.PASSPHRASE: "此备份用口令加密，请提供口令 · this backup is sealed with a passphrase; give it",
    ArchiveSeal.KEY: "此备份用密钥加密，请提供密钥 · this backup is sealed with a key; give it (--key-file)",
    ArchiveSeal.NONE: "此备份未加密，无人为其担保 · nothing vouches for this backup: it is not sealed",
}
