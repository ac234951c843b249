"""Certificates with selective disclosure (SD-JWT): issued, presented in part, verified with every reason told apart.

A claim that may stay hidden stands in the token only as the digest of its disclosure, a salted text beside the token;
whoever presents drops the disclosures that are nobody's business. Verified in one declared order of reasons; whatever is
not decided is not valid. Pure: keys, lists, day and salts are given.
Source: RFC 9901 (SD-JWT), §4, §7.1 (every disclosure must have been promised), §7.3; draft-ietf-oauth-sd-jwt-vc;
draft-ietf-oauth-status-list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256, sha384, sha512
from hmac import compare_digest
from typing import Any, NamedTuple

from bihuan.declare.fieldtype import Words
from bihuan.methods.parts.jose import (
    ALGORITHMS,
    CompactToken,
    PrivateKey,
    TokenError,
    decode_text,
    encode_bytes,
    fits,
    read_compact,
    read_json,
    sign_compact,
    write_json,
)
from bihuan.methods.parts.status_list import REVOKED, SUSPENDED, VALID, StatusBits

TYPE, BOUND = "dc+sd-jwt", "kb+jwt"
SAID = {
    "malformed": Words("不是证书", "no certificate"),
    "algorithm_not_allowed": Words("算法不允许", "an algorithm that is not allowed"),
    "unknown_issuer": Words("签发机关不在信任名单", "an issuer that is not trusted"),
    "bad_signature": Words("签名不符", "the signature does not fit"),
    "disclosure_malformed": Words("披露项损坏", "a disclosure is none"),
    "duplicate_disclosure": Words("披露项重复", "a disclosure or digest stands twice"),
    "claim_overwritten": Words("披露项覆盖已有内容", "a disclosure overwrites a claim"),
    "disclosure_not_promised": Words("披露项未经签发机关承诺", "a disclosure that the issuer never promised"),
    "not_yet_valid": Words("尚未生效", "not valid yet"),
    "expired": Words("已过有效期", "expired"),
    "status_unavailable": Words("状态无法确定", "its status cannot be decided"),
    "status_out_of_range": Words("状态表中无此位置", "its place is not in the list"),
    "revoked": Words("已撤销", "revoked"),
    "suspended": Words("已暂停", "suspended"),
    "holder_proof_missing": Words("缺少持有人证明", "the holder's proof is missing"),
    "holder_proof_wrong": Words("持有人证明不符", "the holder's proof does not fit"),
    "ok": Words("有效", "valid"),
}
"""What people are told for each reason, in the order in which they are looked for."""
REASONS = tuple(SAID)
"""Why a certificate is not valid, the first that applies; `ok`: it is."""
FRAME = frozenset({"iss", "iat", "nbf", "exp", "vct", "status", "cnf", "_sd", "_sd_alg"})
"""Claims about the certificate itself, not about what it certifies."""
_FRAMED = FRAME - {"_sd", "_sd_alg"}
_HASHES = {"sha-256": sha256, "sha-384": sha384, "sha-512": sha512}
_DEPTH = 32

Claims = dict[str, Any]


class CertificateVerdict(NamedTuple):
    """What is found of a presented certificate.

    Args:
        reason: The first of `REASONS` that applies. claims: Plain and disclosed ones without its frame; empty unless
            valid. frame: What it says of itself, once the signature fits.
    """

    reason: str
    claims: Claims
    frame: Claims = {}

    @property
    def valid(self) -> bool:
        """Whether nothing speaks against it."""
        return self.reason == "ok"


@dataclass(frozen=True)
class TrustedWorld:
    """What a verifier trusts.

    Args:
        issuers: Issuer → its public keys as JWK. statuses: Address of a list → the list; an address that is not there
            cannot be decided. at: Seconds since 1970.
    """

    issuers: Mapping[str, Sequence[Mapping[str, Any]]]
    statuses: Mapping[str, StatusBits] = field(default_factory=dict)
    at: float = 0


class _Unsound(Exception):
    """A reason that ends the verification."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# -- issue and present -------------------------------------------------------------------------------------


def issue_certificate(
    frame: Mapping[str, Any], claims: Mapping[str, Any], hidden: Collection[str], header: Mapping[str, Any],
    key: PrivateKey, salt: Callable[[], str],
) -> str:  # fmt: skip
    """Return a signed certificate with every disclosure: `TOKEN~DISCLOSURE~…~`.

    Args:
        frame: iss, vct, iat, exp, status and the like, always seen. claims: What it certifies.
        hidden: Claims that may be hidden; one that this certificate lacks gets a decoy, so that nobody counts them.
        header: Besides `typ` and `alg`. key: Of the issuer. salt: Gives a fresh random text of 128 bits or more.

    Source: RFC 9901 §4.2 (disclosures), §4.2.5 (decoys), §4.2.4.1 (`_sd` in no telling order).
    """
    disclosures = [write_disclosure(salt(), name, claims[name]) for name in sorted(hidden) if name in claims]
    decoys = [digest_of(salt()) for name in hidden if name not in claims]
    payload = {**frame, **{name: value for name, value in claims.items() if name not in hidden}}
    if hidden:
        payload |= {"_sd": sorted([*map(digest_of, disclosures), *decoys]), "_sd_alg": "sha-256"}
    token = sign_compact({"typ": TYPE, **header}, payload, key)
    return "~".join([token, *disclosures, ""])


def write_disclosure(salt: str, name: str, value: Any) -> str:
    """Return the disclosure of a claim of an object. Source: RFC 9901 §4.2.1."""
    return encode_bytes(write_json([salt, name, value]).encode())


def digest_of(disclosure: str, algorithm: str = "sha-256") -> str:
    """Return the digest that a token holds of a disclosure. Source: RFC 9901 §4.2.3."""
    return encode_bytes(_HASHES[algorithm](disclosure.encode("ascii")).digest())


def names_disclosed(token: str) -> list[str]:
    """Return the names of the claims that a token's disclosures open, in their order.

    Raises:
        TokenError: a disclosure is none.

    Source: RFC 9901 §4.2.
    """
    return [str(_opened(each)[1]) for each in token.split("~")[1:-1]]


def present_certificate(token: str, show: Collection[str]) -> str:
    """Return a certificate with the disclosures of some claims only, without a holder's proof.

    Args:
        token: With all its disclosures. show: Names of claims that are shown; plain ones are always seen.

    Raises:
        TokenError: it is no certificate.

    Source: RFC 9901 §7.2.
    """
    first, *disclosures = token.split("~")[:-1] or [""]
    read_compact(first)
    return "~".join([first, *[each for each in disclosures if _opened(each)[1] in show], ""])


def bind_holder(token: str, key: PrivateKey, audience: str, nonce: str, at: int) -> str:
    """Return a presentation with the holder's proof for one verifier and one question.

    Source: RFC 9901 §4.3 (Key Binding JWT).
    """
    said = {"iat": at, "aud": audience, "nonce": nonce, "sd_hash": digest_of(token)}
    return token + sign_compact({"typ": BOUND}, said, key)


# -- verify ------------------------------------------------------------------------------------------------


def verify_certificate(token: str, world: TrustedWorld, audience: str = "", nonce: str = "") -> CertificateVerdict:
    """Return what is found of a presentation.

    Args:
        token: As presented. world: What the verifier trusts.
        audience, nonce: Of the verifier's question; a nonce demands the holder's proof.

    Source: RFC 9901 §7.1 and §7.3; draft-ietf-oauth-status-list §8.3.
    """
    frame: Claims = {}
    try:
        presented = _Presented.read(token)
        _check_signature(presented.token, world)
        frame = {name: value for name, value in presented.token.payload.items() if name in _FRAMED}
        claims = _unfold(presented)
        _check_times(claims, world.at)
        _check_status(claims, world.statuses)
        if nonce:
            _check_holder(presented, claims, audience, nonce)
    except TokenError:
        return CertificateVerdict("malformed", {}, frame)
    except _Unsound as unsound:
        return CertificateVerdict(unsound.reason, {}, frame)
    return CertificateVerdict("ok", {name: value for name, value in claims.items() if name not in FRAME}, frame)


class _Presented(NamedTuple):
    """A presentation taken apart: the token, disclosures, the holder's proof and the text that it is over."""

    token: CompactToken
    disclosures: list[str]
    proof: str
    bound: str
    algorithm: str

    @classmethod
    def read(cls, text: str) -> _Presented:
        parts = text.split("~")
        if len(parts) < 2 or not text.isascii():
            raise _Unsound("malformed")
        token = read_compact(parts[0])
        algorithm = token.payload.get("_sd_alg", "sha-256")
        if token.algorithm not in ALGORITHMS or "crit" in token.header:
            raise _Unsound("algorithm_not_allowed")
        if not isinstance(algorithm, str) or algorithm not in _HASHES:
            raise _Unsound("algorithm_not_allowed")
        return cls(token, parts[1:-1], parts[-1], text[: len(text) - len(parts[-1])], algorithm)


def _check_signature(token: CompactToken, world: TrustedWorld) -> None:
    issuer = token.payload.get("iss")
    keys = world.issuers.get(issuer) if isinstance(issuer, str) else None
    if keys is None:
        raise _Unsound("unknown_issuer")
    kid = token.header.get("kid")
    named = [key for key in keys if kid is None or key.get("kid") in (None, kid)]
    if not any(fits(token, key) for key in named):
        raise _Unsound("bad_signature")


def _opened(disclosure: str) -> list[Any]:
    """A disclosure as [salt, name, value], or [salt, None, value] of an element of an array."""
    found = read_json(decode_text(disclosure))
    if not isinstance(found, list) or len(found) not in (2, 3) or not isinstance(found[0], str):
        raise TokenError("a disclosure is an array of two or three")
    if len(found) == 2:
        return [found[0], None, found[1]]
    if not isinstance(found[1], str) or found[1] in ("_sd", "..."):
        raise TokenError("a disclosure names a claim")
    return found


@dataclass
class _Unfolding:
    """The payload with what is disclosed put in, and what was wrong on the way."""

    by_digest: dict[str, list[Any]]
    met: dict[str, int] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)

    def object(self, value: Mapping[str, Any], depth: int) -> Claims:
        found = {
            name: each if type(each) is str else self.value(each, depth + 1)
            for name, each in value.items() if name != "_sd"
        }  # fmt: skip
        for digest in self.digests(value.get("_sd", [])):
            opened = self.by_digest.get(digest)
            if opened is None:
                continue
            if opened[1] is None:
                self.wrong.add("disclosure_malformed")
            elif opened[1] in found:
                self.wrong.add("claim_overwritten")
            else:
                found[opened[1]] = self.value(opened[2], depth + 1)
        return found

    def value(self, value: Any, depth: int) -> Any:
        if depth > _DEPTH:
            raise _Unsound("malformed")
        if isinstance(value, dict):
            return self.object(value, depth)
        return list(self.elements(value, depth)) if isinstance(value, list) else value

    def elements(self, value: Iterable[Any], depth: int) -> Iterable[Any]:
        for each in value:
            if not (isinstance(each, dict) and each.keys() == {"..."}):
                yield self.value(each, depth + 1)
                continue
            for digest in self.digests([each["..."]]):
                opened = self.by_digest.get(digest)
                if opened is not None and opened[1] is not None:
                    self.wrong.add("disclosure_malformed")
                elif opened is not None:
                    yield self.value(opened[2], depth + 1)

    def digests(self, said: Any) -> list[str]:
        if not isinstance(said, list) or not {type(each) for each in said} <= {str}:
            raise _Unsound("malformed")
        for each in said:
            self.met[each] = self.met.get(each, 0) + 1
        return said


def _unfold(presented: _Presented) -> Claims:
    """The payload with every disclosure in its place; each must have been promised, once."""
    try:
        opened = {digest_of(each, presented.algorithm): _opened(each) for each in presented.disclosures}
    except TokenError:
        raise _Unsound("disclosure_malformed") from None
    unfolding = _Unfolding(opened)
    claims = unfolding.object(presented.token.payload, 0)
    wrong = set(unfolding.wrong)
    if len(opened) != len(presented.disclosures) or any(count > 1 for count in unfolding.met.values()):
        wrong.add("duplicate_disclosure")
    if opened.keys() - unfolding.met.keys():
        wrong.add("disclosure_not_promised")
    for reason in REASONS:
        if reason in wrong:
            raise _Unsound(reason)
    return claims


def _check_times(claims: Claims, at: float) -> None:
    for name in ("nbf", "exp", "iat"):
        if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
            raise _Unsound("malformed")
    if "nbf" in claims and at < claims["nbf"]:
        raise _Unsound("not_yet_valid")
    if "exp" in claims and at >= claims["exp"]:
        raise _Unsound("expired")


def _check_status(claims: Claims, statuses: Mapping[str, StatusBits]) -> None:
    """A status that cannot be decided is not valid."""
    if "status" not in claims:
        return
    said = claims["status"].get("status_list") if isinstance(claims["status"], Mapping) else None
    index, uri = (said.get("idx"), said.get("uri")) if isinstance(said, Mapping) else (None, None)
    if not isinstance(uri, str) or uri not in statuses or isinstance(index, bool) or not isinstance(index, int):
        raise _Unsound("status_unavailable")
    status = statuses[uri].at(index)
    if status is None:
        raise _Unsound("status_out_of_range")
    if status != VALID:
        raise _Unsound({REVOKED: "revoked", SUSPENDED: "suspended"}.get(status, "status_unavailable"))


def _check_holder(presented: _Presented, claims: Claims, audience: str, nonce: str) -> None:
    if not presented.proof:
        raise _Unsound("holder_proof_missing")
    bound = claims.get("cnf")
    jwk = bound.get("jwk") if isinstance(bound, Mapping) else None
    try:
        proof = read_compact(presented.proof)
    except TokenError:
        raise _Unsound("holder_proof_wrong") from None
    said, digest = proof.payload, digest_of(presented.bound, presented.algorithm)
    whole = (
        isinstance(jwk, Mapping) and proof.header.get("typ") == BOUND and proof.algorithm in ALGORITHMS
        and fits(proof, jwk) and said.get("aud") == audience and said.get("nonce") == nonce
        and isinstance(said.get("iat"), int) and compare_digest(str(said.get("sd_hash")), digest)
    )  # fmt: skip
    if not whole:
        raise _Unsound("holder_proof_wrong")


def instant_of(at: datetime) -> int:
    """Return an instant as tokens count it: whole seconds since 1970. Source: RFC 7519 §2 (NumericDate)."""
    return int(at.timestamp())
