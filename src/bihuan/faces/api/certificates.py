"""Certificates for programs: the list, one with its course, issuing by an officer, ending."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from bihuan.documents.certificates.catalogue import UnknownCertificate, certificate_named
from bihuan.documents.certificates.issuing import CertificateRefused, end_certificate, issue_after
from bihuan.documents.certificates.reading import (
    PAGE,
    certificate_seen,
    certificate_told,
    certificates_page,
    certificates_told,
)
from bihuan.documents.letters.gathering import LetterOccasion
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.parts.problems import not_found, problem
from bihuan.loop.codes import code_of
from bihuan.registers.isolation import in_district

router = Router(tags=["certificates"], auth=STAFF)


class CertificateAsked(Schema):
    """A certificate to be issued by an officer: its type, its claims; the key names it once."""

    key: str = Field(min_length=1, max_length=120)
    certificate: str = Field(min_length=1, max_length=64)
    claims: dict[str, Any] = Field(default_factory=dict)


class CertificateEnd(Schema):
    """Revoke for ever, suspend, or resume; why, without a name."""

    kind: str = Field(pattern="^(revoked|suspended|resumed)$")
    reason: str = Field(min_length=1, max_length=200)


@router.get("/certificates", response=dict[str, Any], summary="Certificates, the newest first")
@needs("read", "work")
def certificates(request: HttpRequest, before: UUID | None = None) -> Any:
    """Forty certificates with how they stand, without what they certify; `next` asks for those before."""
    world = here(request)
    with in_district(world.registers.district.code):
        rows = certificates_page(world.actor, before)
        told = certificates_told(rows)
    return {"certificates": told, "next": str(rows[-1].pk) if len(rows) == PAGE else None}


@router.get("/certificates/{key}", response=dict[str, Any], summary="A certificate and its course")
@needs("read", "work")
def certificate(request: HttpRequest, key: UUID) -> Any:
    """How it stands and what became of it; what it certifies is opened for its holder alone."""
    return _told(request, key)


@router.post("/certificates", response=dict[str, Any], summary="Issue a certificate")
@needs("act", "write")
def issue(request: HttpRequest, body: CertificateAsked) -> Any:
    """Issue by an officer's act; the same key twice is one certificate. The answer has its check code, for its holder."""
    world = here(request)
    try:
        declared = certificate_named(body.certificate)
        occasion = LetterOccasion(f"hand:{body.key}", world.now, declared.programme, body.claims, None, world.actor.id)
        row = issue_after(declared, occasion, body.claims, world.facts).row
    except UnknownCertificate:
        raise not_found("这种证书", "certificate") from None
    except CertificateRefused as refused:
        raise _refused(refused) from None
    with in_district(world.registers.district.code):
        return certificate_told(row) | {"code": code_of(row.id)}


@router.post("/certificates/{key}/steps", response=dict[str, Any], summary="Revoke, suspend or resume")
@needs("act", "write")
def end(request: HttpRequest, key: UUID, body: CertificateEnd) -> Any:
    """End, suspend or resume a certificate that one may see."""
    world = here(request)
    _told(request, key)
    try:
        end_certificate(key, body.kind, body.reason, world.facts, world.actor.id)
    except CertificateRefused as refused:
        raise _refused(refused) from None
    return _told(request, key)


def _told(request: HttpRequest, key: UUID) -> dict[str, Any]:
    world = here(request)
    with in_district(world.registers.district.code):
        row = certificate_seen(world.actor, key)
        if row is None:
            raise not_found("这份证书", "certificate")
        return certificate_told(row)


def _refused(refused: CertificateRefused) -> Exception:
    status = 422 if refused.code in ("missing_claim", "wrong_value", "no_reason") else 409
    remedy = (refused.remedy.zh, refused.remedy.en)
    return problem(status, refused.code, refused.what.zh, refused.what.en, remedy=remedy)
