"""The keys that certificates are signed with: made when first needed, sealed in the database, rotated, published.

A retired key signs nothing more; its public half is published as long as a certificate that it signed may be shown.
Source: RFC 7517; NIST SP 800-57 Part 1 §5.3 (cryptoperiods); docs/topics/certificates.md, "Keys".
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.db.models import Q

from bihuan.documents.certificates.models import CertificateKey, CertificateRow
from bihuan.methods.parts.jose import write_key
from bihuan.registers.identity import sealer
from bihuan.registers.pure.ids import new_id


class CertificateSigner(NamedTuple):
    """A key that signs, and its name."""

    kid: str
    private: ec.EllipticCurvePrivateKey


def current_signer(district: str, now: datetime) -> CertificateSigner:
    """Return the key that signs now, made when there is none; inside the caller's transaction and district.

    Source: docs/topics/certificates.md, "Keys".
    """
    row = CertificateKey.objects.filter(district_id=district, retired_at__isnull=True).first()
    if row is None:
        _one_at_a_time(district)
        row = CertificateKey.objects.filter(district_id=district, retired_at__isnull=True).first()
        row = row or _made(district, now)
    raw = sealer().unseal_bytes(bytes(row.sealed), row.key_id, district, row.id)
    private = serialization.load_der_private_key(raw, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return CertificateSigner(row.kid, private)


def rotate_key(district: str, now: datetime) -> str:
    """Retire the key that signs and make another; returns its name. Inside the caller's transaction and district.

    Source: docs/topics/certificates.md, "Keys".
    """
    _one_at_a_time(district)
    CertificateKey.objects.filter(district_id=district, retired_at__isnull=True).update(retired_at=now)
    return _made(district, now).kid


def published_keys(district: str, now: datetime) -> list[dict[str, str]]:
    """Return the public keys by which what may still be shown is verified, the one that signs first.

    Source: RFC 7517 §5 (JWK Set).
    """
    shown = CertificateRow.objects.filter(district_id=district, expires_at__gt=now).values("kid")
    rows = CertificateKey.objects.filter(Q(retired_at__isnull=True) | Q(kid__in=shown), district_id=district)
    return [row.jwk for row in rows.order_by("-made_at", "-id")]


def _made(district: str, now: datetime) -> CertificateKey:
    private, seals, key = ec.generate_private_key(ec.SECP256R1()), sealer(), new_id()
    jwk = write_key(private.public_key())
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    raw = private.private_bytes(serialization.Encoding.DER, form, plain)
    return CertificateKey.objects.create(
        id=key, district_id=district, kid=jwk["kid"], jwk=jwk, key_id=seals.current_id,
        sealed=seals.seal_bytes(raw, district, key), made_at=now,
    )  # fmt: skip


def _one_at_a_time(district: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"certificate key {district}"])
