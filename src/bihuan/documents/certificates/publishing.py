"""What the installation publishes of its certificates: issuer and keys, types, and the verdict on what is shown to it.

Nothing of a verification is kept: what was shown is read, judged and forgotten.
Source: draft-ietf-oauth-sd-jwt-vc §5 (issuer metadata), §6 (type metadata); RFC 9901 §7.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bihuan.documents.certificates.catalogue import DeclaredCertificate, all_certificates
from bihuan.documents.certificates.issuing import address_of_type
from bihuan.documents.certificates.keys import published_keys
from bihuan.documents.certificates.models import CertificateList
from bihuan.documents.certificates.statuses import address_of_list, base_url, list_as_it_stands
from bihuan.methods.parts.jose import TokenError, read_compact
from bihuan.methods.parts.selective import CertificateVerdict, TrustedWorld, verify_certificate
from bihuan.registers.isolation import in_district

LONGEST = 64_000
"""Characters of a token that is looked at."""


def issuer_metadata(district: str, now: datetime) -> dict[str, Any]:
    """Return issuer and keys, as `/.well-known/jwt-vc-issuer` says them.

    Source: draft-ietf-oauth-sd-jwt-vc §5.
    """
    with in_district(district):
        return {"issuer": base_url(), "jwks": {"keys": published_keys(district, now)}}


def type_metadata(declared: DeclaredCertificate) -> dict[str, Any]:
    """Return what a type of certificate says of itself: names in both languages, claims, which may be hidden.

    Source: draft-ietf-oauth-sd-jwt-vc §6.
    """
    kind = declared.certificate
    return {
        "vct": address_of_type(kind.certificate), "name": kind.name.en,
        "display": [{"lang": "zh-CN", "name": kind.name.zh}, {"lang": "en", "name": kind.name.en}],
        "claims": [
            {
                "path": [name], "sd": "never" if claim.open else "always",
                "display": [{"lang": "zh-CN", "label": claim.name.zh}, {"lang": "en", "label": claim.name.en}],
            }
            for name, claim in kind.claims.items()
        ],
    }  # fmt: skip


def trusted_world(district: str, shown: Sequence[str], now: datetime) -> TrustedWorld:
    """Return what this installation trusts: itself, its keys, and those of its lists that are named in what is shown.

    Source: RFC 9901 §7.1 (the issuer's keys are found beforehand, never fetched from what a token names).
    """
    metadata = issuer_metadata(district, now)
    named = {uri for each in shown if (uri := _list_named(each))}
    with in_district(district):
        rows = {address_of_list(row.id): row for row in CertificateList.objects.all()} if named else {}
        lists = {uri: list_as_it_stands(rows[uri]) for uri in named & rows.keys()}
    return TrustedWorld({metadata["issuer"]: metadata["jwks"]["keys"]}, lists, now.timestamp())


def judge_presented(text: str, district: str, now: datetime) -> CertificateVerdict:
    """Return the verdict on a certificate of this installation that somebody shows.

    Source: docs/topics/certificates.md, "Verifying".
    """
    shown = text.strip()
    if len(shown) > LONGEST:
        return CertificateVerdict("malformed", {})
    return verify_certificate(shown, trusted_world(district, [shown], now))


def _list_named(text: str) -> str:
    """The list that a token names, signed or not."""
    try:
        status = read_compact(text.partition("~")[0]).payload.get("status")
    except TokenError:
        return ""
    said = status.get("status_list") if isinstance(status, dict) else None
    return str(said.get("uri", "")) if isinstance(said, dict) else ""


def type_of_frame(frame: dict[str, Any]) -> DeclaredCertificate | None:
    """Return the type that a certificate's frame names, where it is one of ours."""
    named = {address_of_type(name): each for name, each in all_certificates().items()}
    return named.get(str(frame.get("vct")))
