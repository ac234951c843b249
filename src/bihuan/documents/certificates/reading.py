"""Certificates as people and programs find them: the list, one with its course, the holder's by number and check code.

Nothing that a certificate certifies is told here; that is opened for its holder alone.
Source: docs/topics/certificates.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from bihuan.documents.certificates.issuing import state_after
from bihuan.documents.certificates.models import CertificateRow, CertificateStep
from bihuan.loop.codes import hashes_of
from bihuan.loop.kernel.model import Actor
from bihuan.loop.store import visible_to

PAGE = 40


def certificates_page(actor: Actor, before: UUID | None = None, most: int = PAGE) -> list[CertificateRow]:
    """Return a page of the certificates that somebody may see, the newest first; inside the caller's district.

    Seen are those of cases that they see, and of no case whoever reads figures of the whole district.

    Source: DESIGN §7 (visibility is one query); docs/adr/0233 (a list goes on after a line).
    """
    rows = CertificateRow.objects.order_by("-id")
    rows = rows.filter(id__lt=before) if before is not None else rows
    return seen_of(actor, list(rows[:most]))


def certificate_seen(actor: Actor, key: UUID) -> CertificateRow | None:
    """Return one certificate that somebody may see; inside the caller's district."""
    row = CertificateRow.objects.filter(pk=key).first()
    return next(iter(seen_of(actor, [row])), None) if row is not None else None


def seen_of(actor: Actor, rows: Sequence[CertificateRow]) -> list[CertificateRow]:
    """Return those of some certificates that somebody may see. Source: DESIGN §7 (visibility is one query)."""
    cases = {row.case_id for row in rows if row.case_id is not None}
    seen = set(visible_to(actor).filter(pk__in=cases).values_list("pk", flat=True)) if cases else set()
    return [row for row in rows if row.case_id in seen or (row.case_id is None and actor.may("count"))]


def certificate_by_code(number: str, code: str) -> CertificateRow | None:
    """Return the certificate of a number and check code, or None; inside the caller's district.

    Source: docs/adr/0220 (access codes are kept as keyed digests).
    """
    wanted = list(hashes_of(code))
    return next((row for row in CertificateRow.objects.filter(code_index__in=wanted) if str(row.id) == number), None)


def certificates_told(rows: Sequence[CertificateRow]) -> list[dict[str, Any]]:
    """Return certificates with their courses, as JSON, without what they certify; inside the caller's district.

    Source: docs/topics/certificates.md, "Pages".
    """
    steps: dict[UUID, list[CertificateStep]] = {row.id: [] for row in rows}
    for each in CertificateStep.objects.filter(certificate_id__in=list(steps)).order_by("id"):
        steps[each.certificate_id].append(each)
    return [_told(row, steps[row.id]) for row in rows]


def certificate_told(row: CertificateRow) -> dict[str, Any]:
    """Return one certificate as `certificates_told` does; inside the caller's district."""
    return certificates_told([row])[0]


def _told(row: CertificateRow, steps: Sequence[CertificateStep]) -> dict[str, Any]:
    return {
        "id": str(row.id), "certificate": row.certificate, "edition": row.edition, "programme": row.programme,
        "subject": row.subject, "issued_at": row.issued_at.isoformat(), "expires_at": row.expires_at.isoformat(),
        "state": state_after(steps[-1].kind if steps else None), "kid": row.kid, "digest": row.digest,
        "actor": row.actor,
        "steps": [
            {"kind": each.kind, "at": each.at.isoformat(), "actor": each.actor, "reason": each.reason} for each in steps
        ],
    }  # fmt: skip
