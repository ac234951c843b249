"""Status lists: a random place for each certificate, what stands there, and the signed list as verifiers fetch it.

Places are drawn at random, so that neither the order of issuing nor a neighbour can be told from one. Two bits each:
valid, revoked, suspended. Source: draft-ietf-oauth-status-list §4, §5.1, §12.5 (unlinkable places).
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from bihuan.documents.certificates.keys import current_signer
from bihuan.documents.certificates.models import CertificateList, CertificateRow
from bihuan.methods.parts.jose import sign_compact
from bihuan.methods.parts.selective import instant_of
from bihuan.methods.parts.status_list import REVOKED, SUSPENDED, VALID, StatusBits, pack_statuses, write_list

SIZE, BITS = 1 << 16, 2
FILLED = SIZE // 2
"""How full a list gets before the next one is begun: a place is then still found by drawing."""
TTL, LASTS = 300, 86_400
"""Seconds for which a verifier may keep a list, and after which one is no longer good."""
_LAST = """
SELECT DISTINCT ON (c.place) c.place, s.kind FROM documents_certificate c
JOIN documents_certificate_step s ON s.certificate_id = c.id WHERE c.list_id = %s ORDER BY c.place, s.id DESC
"""
STATUS_OF = {"revoked": REVOKED, "suspended": SUSPENDED, "resumed": VALID}


class StatusPlace(NamedTuple):
    """A place in a list."""

    list_id: UUID
    place: int


def draw_place(district: str, now: datetime) -> StatusPlace:
    """Return a place that no certificate has; inside the caller's transaction and district, one at a time.

    Source: draft-ietf-oauth-status-list §12.5.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"certificate place {district}"])
    row = CertificateList.objects.filter(district_id=district).order_by("-made_at", "-id").first()
    if row is None or CertificateRow.objects.filter(list_id=row.id).count() >= FILLED:
        row = CertificateList.objects.create(district_id=district, size=SIZE, bits=BITS, made_at=now)
    taken = set(CertificateRow.objects.filter(list_id=row.id).values_list("place", flat=True))
    index = secrets.randbelow(row.size)
    while index in taken:
        index = secrets.randbelow(row.size)
    return StatusPlace(row.id, index)


def address_of_list(key: UUID) -> str:
    """Return where a list is published."""
    return f"{base_url()}/certificates/status/{key}/"


def base_url() -> str:
    """Return the address of the installation, which names the issuer."""
    return str(settings.BIHUAN_BASE_URL).rstrip("/")


def list_as_it_stands(row: CertificateList) -> StatusBits:
    """Return a list with what became of each certificate; inside the caller's district."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [row.id])
        last = {place: STATUS_OF[kind] for place, kind in cursor.fetchall()}
    return pack_statuses(last, row.size, row.bits)


def signed_list(key: UUID, now: datetime) -> str | None:
    """Return a list as its token (`statuslist+jwt`), or None; inside the caller's district.

    Source: draft-ietf-oauth-status-list §5.1.
    """
    row = CertificateList.objects.filter(pk=key).first()
    if row is None:
        return None
    signer, at = current_signer(row.district_id, now), instant_of(now)
    said = {
        "iss": base_url(), "sub": address_of_list(row.id), "iat": at, "exp": at + LASTS, "ttl": TTL,
        "status_list": write_list(list_as_it_stands(row)),
    }  # fmt: skip
    return sign_compact({"typ": "statuslist+jwt", "kid": signer.kid}, said, signer.private)
