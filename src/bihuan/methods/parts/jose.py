"""Signed tokens (JWS compact) with ES256 and EdDSA, and keys as JWK: written, read, verified. Pure.

A text that is no token raises `TokenError`; a signature that does not fit is an answer, not an error. Names twice in one
object, numbers that JSON does not know and characters outside base64url are refused.
Source: RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 §3.4 (ES256), RFC 8037 (EdDSA), RFC 7638 (thumbprint), RFC 4648 §5.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

ALGORITHMS = ("ES256", "EdDSA")
_HALF = 32
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z")
_PLAIN, _PADDING = bytes.maketrans(b"-_", b"+/"), (b"", b"=", b"==")
_ECDSA = ec.ECDSA(hashes.SHA256())

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
VerifyingKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class TokenError(ValueError):
    """A text is no token, or a key no key of a kind that is known; the message says what is wrong."""


class CompactToken(NamedTuple):
    """A token as it was read: header and payload, what is signed, the signature."""

    header: dict[str, Any]
    payload: dict[str, Any]
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        """As the header names it."""
        return str(self.header.get("alg"))


def encode_bytes(raw: bytes) -> str:
    """Return bytes as base64url without padding. Source: RFC 7515, appendix C."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_text(text: str) -> bytes:
    """Return the bytes of base64url without padding.

    Raises:
        TokenError: another character, or a length that none has.

    Source: RFC 7515, appendix C.
    """
    if not _ALPHABET.match(text) or len(text) % 4 == 1:
        raise TokenError("no base64url")
    return binascii.a2b_base64(text.encode().translate(_PLAIN) + _PADDING[-len(text) % 4])


def read_json(raw: bytes | str) -> Any:
    """Return strict JSON.

    Raises:
        TokenError: it is none, a name stands twice in an object, or a number is none of JSON's.

    Source: RFC 8259; RFC 7515 §4 (names are unique).
    """
    try:
        return _strict().decode(raw if isinstance(raw, str) else raw.decode())
    except (ValueError, RecursionError) as error:
        raise TokenError(f"no JSON: {error}") from error


def read_compact(text: str) -> CompactToken:
    """Return a token's parts; nothing is verified.

    Raises:
        TokenError: it has no three parts, or one of them is not what it must be.

    Source: RFC 7515 §5.2.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise TokenError("a token has three parts")
    header, payload = dict(_header(parts[0])), read_json(decode_text(parts[1]))
    if not isinstance(payload, dict):
        raise TokenError("header and payload are objects")
    return CompactToken(header, payload, f"{parts[0]}.{parts[1]}".encode(), decode_text(parts[2]))


def sign_compact(header: Mapping[str, Any], payload: Mapping[str, Any], key: PrivateKey) -> str:
    """Return a signed token; the algorithm follows the key.

    Source: RFC 7515 §5.1.
    """
    said = {**header, "alg": algorithm_of(key)}
    signed = ".".join(encode_bytes(write_json(part).encode()) for part in (said, payload))
    return f"{signed}.{encode_bytes(_sign(signed.encode(), key))}"


def fits(token: CompactToken, jwk: Mapping[str, Any]) -> bool:
    """Return whether a token's signature is that of a key; false for a key of another kind.

    Source: RFC 7518 §3.4; RFC 8037 §3.1.
    """
    try:
        key = read_key(jwk)
    except TokenError:
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if token.algorithm != "ES256" or len(token.signature) != 2 * _HALF:
                return False
            r, s = (int.from_bytes(part) for part in (token.signature[:_HALF], token.signature[_HALF:]))
            key.verify(encode_dss_signature(r, s), token.signed, _ECDSA)
        elif token.algorithm != "EdDSA":
            return False
        else:
            key.verify(token.signature, token.signed)
    except InvalidSignature:
        return False
    return True


def read_key(jwk: Mapping[str, Any]) -> VerifyingKey:
    """Return the public key of a JWK: P-256 or Ed25519.

    Raises:
        TokenError: another kind, or a point that is on no curve.

    Source: RFC 7518 §6.2; RFC 8037 §2.
    """
    kind = jwk.get("kty")
    return _key(tuple([str(jwk.get(name)) for name in _MEMBERS.get(str(kind), ())]))


def write_key(key: VerifyingKey) -> dict[str, str]:
    """Return a public key as JWK with its thumbprint as `kid`. Source: RFC 7517; RFC 7638."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": encode_bytes(key.public_bytes_raw())}
    else:
        point = key.public_numbers()
        x, y = (encode_bytes(each.to_bytes(_HALF)) for each in (point.x, point.y))
        jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    return {**jwk, "alg": algorithm_of(key), "use": "sig", "kid": thumbprint_of(jwk)}


def thumbprint_of(jwk: Mapping[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a JWK. Source: RFC 7638 §3."""
    members = {name: jwk[name] for name in _MEMBERS[str(jwk["kty"])]}
    return encode_bytes(sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest())


def algorithm_of(key: PrivateKey | VerifyingKey) -> str:
    """Return the algorithm that a key signs with. Source: RFC 7518 §3.1; RFC 8037 §3.1."""
    return "EdDSA" if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey) else "ES256"


def write_json(value: Any) -> str:
    """Return compact JSON in UTF-8, as tokens carry it. Source: RFC 8259."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@lru_cache(maxsize=256)
def _key(members: tuple[str, ...]) -> VerifyingKey:
    try:
        if members[:2] == ("P-256", "EC"):
            x, y = (int.from_bytes(decode_text(each)) for each in members[2:])
            return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        if members[:2] == ("Ed25519", "OKP"):
            return ed25519.Ed25519PublicKey.from_public_bytes(decode_text(members[2]))
    except ValueError as error:
        raise TokenError(f"no key: {error}") from error
    raise TokenError("a key is P-256 or Ed25519")


def _sign(signed: bytes, key: PrivateKey) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(signed)
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)


@lru_cache(maxsize=256)
def _header(text: str) -> dict[str, Any]:
    """A header, read once for all tokens that begin alike; whoever asks copies it."""
    found = read_json(decode_text(text))
    if not isinstance(found, dict):
        raise TokenError("header and payload are objects")
    return found


@cache
def _strict() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")
