"""Sealing the keys of an installation with a passphrase, so that a stolen backup opens no identity.

scrypt (RFC 7914; N = 2^17, r = 8, p = 1 as OWASP's password storage cheat sheet asks) derives an AES-256-GCM key
(NIST SP 800-38D); the format's name is authenticated with the text.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bihuan.faults import Fault

FORMAT = "bihuan-keys-1"
SHORTEST_PASSPHRASE = 12
_N, _R, _P = 2**17, 8, 1


class SealError(Fault):
    """The passphrase is too short or wrong, or the sealed text was changed; the message says which is possible."""

    remedy = "check the passphrase and take an unchanged copy of the file"


def seal_values(values: Mapping[str, str], passphrase: str) -> bytes:
    """Sealed JSON text of `values`.

    Raises:
        SealError: the passphrase has fewer than 12 characters.

    Source: RFC 7914 (scrypt), NIST SP 800-38D (AES-256-GCM).
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise SealError(f"the passphrase needs at least {SHORTEST_PASSPHRASE} characters")
    salt, nonce = os.urandom(16), os.urandom(12)
    text = json.dumps(dict(values)).encode()
    sealed = AESGCM(_derive(passphrase, salt)).encrypt(nonce, text, FORMAT.encode())
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    return json.dumps({"format": FORMAT} | {k: base64.b64encode(v).decode() for k, v in parts.items()}).encode()


def unseal_values(text: bytes, passphrase: str) -> dict[str, str]:
    """Return the values sealed in `text`.

    Raises:
        SealError: not our format, or passphrase wrong or text changed (the two cannot be told apart).

    Source: RFC 7914 (scrypt), NIST SP 800-38D (AES-256-GCM).
    """
    try:
        parts = json.loads(text)
        if parts["format"] != FORMAT:
            raise SealError(f"the keys are sealed in format {parts['format']!r}, this version reads {FORMAT}")
        salt, nonce, sealed = (base64.b64decode(parts[name]) for name in ("salt", "nonce", "sealed"))
    except (ValueError, KeyError, TypeError) as error:
        raise SealError("the sealed keys are not readable; take the backup from another copy") from error
    try:
        opened: dict[str, str] = json.loads(AESGCM(_derive(passphrase, salt)).decrypt(nonce, sealed, FORMAT.encode()))
    except InvalidTag as error:
        raise SealError("the passphrase is wrong, or the sealed keys were changed") from error
    return opened


def _derive(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(passphrase.encode())
