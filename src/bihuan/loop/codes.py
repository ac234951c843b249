"""Access codes: with the case number they let a reporter without an account follow the own report.

A code is derived from the report's id with a key, so that the same receipt can be given again; only a keyed hash of it
is stored, also of codes that earlier versions hashed without one (migration 0015). Ten characters of 32 are 50 bits:
not to be guessed at any permitted rate. A code that somebody writes into a text (a mail that quotes the receipt, a
supplement) is taken out before the text is kept: whoever reads the words of a case must not become its reporter.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

LENGTH = 10
REMOVED = "〔查询码已隐去 · code removed〕"
_READABLE = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": "", " ": ""})
_CANDIDATE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{5}[ -]?[0-9A-Za-z]{5}(?![0-9A-Za-z])", re.ASCII)


def code_of(report: UUID) -> str:
    """Return the access code of a report: ten characters of Crockford's base 32.

    Source: Crockford's Base 32 (crockford.com/base32); RFC 2104 (HMAC)
    """
    digest = hmac.digest(_key(b"bihuan-access|"), report.bytes, "sha256")
    return base64.b32encode(digest).translate(_READABLE).decode()[:LENGTH]


def hash_of(code: str) -> bytes:
    """Return what is stored of a code: keyed, so that the database alone gives nothing to try codes against.

    Letters that are easily misread count as the digits they look like.

    Source: docs/adr/0220 (access codes are kept as keyed digests)
    """
    return hmac.digest(_key(b"bihuan-access-hash|"), plain_code(code), "sha256")


def hashes_of(code: str) -> tuple[bytes, bytes]:
    """Return the hashes under which a code may be stored, both keyed: its own, and one around that of earlier versions.

    Source: docs/adr/0220 (access codes are kept as keyed digests)
    """
    return hash_of(code), wrapped(unkeyed(code))


def unkeyed(code: str) -> bytes:
    """Return what earlier versions stored of a code. Nothing is compared with it any more.

    Source: docs/adr/0220 (access codes are kept as keyed digests)
    """
    return hashlib.sha256(plain_code(code)).digest()


def wrapped(stored: bytes) -> bytes:
    """Return a keyed hash around an unkeyed one: how a code is kept that only its owner knows.

    Source: docs/adr/0220 (access codes are kept as keyed digests)
    """
    return hmac.digest(_key(b"bihuan-access-wrapped|"), stored, "sha256")


def keyed(report: UUID, stored: bytes) -> bytes:
    """Return what is stored of a report's code from now on; what is keyed already stays as it is.

    Args:
        stored: By this or an earlier version. A hash that is neither ours nor that of the code derived from the report
            was made under another secret, or of a code in an older form: keyed around, it opens what it opened before.

    Source: docs/adr/0220 (access codes are kept as keyed digests)
    """
    code = code_of(report)
    own = hash_of(code)
    return own if stored in (own, unkeyed(code)) else wrapped(stored)


def strip(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Texts without any code that opens a report of this installation; one statement when something looks like one.

    Args:
        words: Nested values as events hold them; what holds no code is returned as it is.

    Source: docs/adr/0220 (a code written into a text is taken out on the way in)
    """
    candidates = {found for text in _texts(words) for found in _CANDIDATE.findall(text)}
    if not candidates:
        return words
    by_hash: dict[bytes, set[str]] = {}  # one code may be written in several ways
    for each in candidates:
        for digest in hashes_of(each):
            by_hash.setdefault(digest, set()).add(each)
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_hash FROM loop_report WHERE access_hash = ANY(%s::bytea[])", [list(by_hash)])
        codes = {written for row in cursor.fetchall() for written in by_hash[bytes(row[0])]}
    return [_without(each, codes) for each in words] if codes else words


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in _texts(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in _texts(each))


def _without(value: Any, codes: Iterable[str]) -> Any:
    if isinstance(value, str):
        for code in codes:
            value = value.replace(code, REMOVED)
        return value
    if isinstance(value, dict):
        return {name: _without(each, codes) for name, each in value.items()}
    return [_without(each, codes) for each in value] if isinstance(value, list | tuple) else value


def plain_code(code: str) -> bytes:
    """Return a code as it is compared, however it was typed. Source: Crockford's Base 32 (crockford.com/base32)."""
    return code.upper().translate(_MISREAD).encode("utf-8", "replace")


@lru_cache(maxsize=4)
def _key(purpose: bytes) -> bytes:
    return hashlib.sha256(purpose + settings.SECRET_KEY.encode()).digest()
