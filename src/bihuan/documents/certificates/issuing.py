"""Issuing and ending certificates: claims gathered, signed, sealed, given a place and a leaf, in one transaction.

A claim that is missing or does not fit its type refuses the certificate; nothing is written. What ends it is a step
with officer and reason; revoked is for ever. Source: DESIGN §14; RFC 9901; docs/adr/0332-certificates.md.
"""

from __future__ import annotations

import calendar
import secrets
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from bihuan.declare.fieldtype import NOBODY, Plain, Words
from bihuan.declare.types import field_type
from bihuan.documents.certificates.catalogue import DeclaredCertificate
from bihuan.documents.certificates.declaration import CertificateDeclaration
from bihuan.documents.certificates.keys import current_signer
from bihuan.documents.certificates.models import CertificateRow, CertificateStep, CertificateToken
from bihuan.documents.certificates.statuses import STATUS_OF, address_of_list, base_url, draw_place
from bihuan.documents.letters.gathering import LetterOccasion, gather_facts
from bihuan.ledger.statements import promise_statements
from bihuan.loop.codes import code_of, hash_of
from bihuan.loop.facts import LoopFacts
from bihuan.methods.parts.selective import instant_of, issue_certificate
from bihuan.registers.identity import sealer
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id

STATEMENT = "certificate"
SALT_BYTES = 16


class CertificateRefused(Exception):
    """A certificate that may not be issued or ended: a code, the claim, why, what to do."""

    def __init__(self, code: str, field: str, what: Words, remedy: Words) -> None:
        super().__init__(f"{code}: {field}: {what.en}" if field else f"{code}: {what.en}")
        self.code, self.field, self.what, self.remedy = code, field, what, remedy


class IssuedCertificate(NamedTuple):
    """A certificate that stands; `fresh` when it was issued now."""

    row: CertificateRow
    fresh: bool


def issue_after(
    declared: DeclaredCertificate, occasion: LetterOccasion, given: Mapping[str, Any], world: LoopFacts
) -> IssuedCertificate:
    """Issue a certificate after an occasion; the same occasion twice is one certificate.

    Args:
        declared: The type. occasion: What happened; its actor answers for it. given: Claims that the officer says.
        world: The facts in force.

    Raises:
        CertificateRefused: a claim is missing or wrong, or it would be over already.

    Source: docs/topics/certificates.md, "Issuing".
    """
    district, name = world.registers.district.code, declared.certificate.certificate
    with in_district(district):
        with connection.cursor() as cursor:
            words = f"certificate {district} {name} {occasion.key}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [words])
        known = CertificateRow.objects.filter(certificate=name, occasion=occasion.key).first()
        if known is not None:
            return IssuedCertificate(known, False)
        claims = _claims(declared.certificate, occasion, given, world)
        return IssuedCertificate(_write(declared, claims, occasion, world), True)


def end_certificate(key: UUID, kind: str, reason: str, world: LoopFacts, actor: str) -> CertificateStep:
    """Revoke, suspend or resume a certificate.

    Args:
        key: Its id. kind: revoked, suspended, resumed. reason: In words, without a name. actor: Who answers for it.

    Raises:
        CertificateRefused: there is none, it was revoked, it stands so already, or no reason is given.

    Source: docs/topics/certificates.md, "Ending".
    """
    with in_district(world.registers.district.code):
        row = CertificateRow.objects.filter(pk=key).first()
        if row is None:
            raise CertificateRefused(
                "no_certificate", "", Words("没有这份证书", "there is no such certificate"), _CHECK
            )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"certificate end {key}"])
        stands = state_of(key)
        if stands == "revoked":
            raise CertificateRefused("over", "", Words("证书已撤销", "it was revoked already"), _CHECK)
        if kind not in STATUS_OF or kind == stands or (kind == "resumed" and stands != "suspended"):
            raise CertificateRefused(
                "wrong_step", "", Words("当前状态不允许", f"it is {stands}, not to be {kind}"), _CHECK
            )
        if not reason.strip():
            raise CertificateRefused("no_reason", "reason", Words("缺少理由", "no reason is given"), _SAY)
        step = CertificateStep.objects.create(
            district_id=row.district_id, certificate_id=key, kind=kind, at=world.now, actor=actor[:80],
            reason=reason.strip()[:200],
        )  # fmt: skip
        promise_statements(STATEMENT, {step.id: {"certificate": str(key), "step": kind}}, world.now)
        return step


def state_of(key: UUID) -> str:
    """Return how a certificate stands: valid, suspended or revoked; inside the caller's district."""
    last = CertificateStep.objects.filter(certificate_id=key).order_by("-id").values_list("kind", flat=True).first()
    return state_after(last)


def state_after(step: str | None) -> str:
    """Return how a certificate stands after its last step: valid, suspended or revoked."""
    return "valid" if step in (None, "resumed") else str(step)


def opened_token(row: CertificateRow) -> str | None:
    """Return a certificate's token with every disclosure; None when it was erased. Inside the caller's district."""
    kept = CertificateToken.objects.filter(pk=row.id).first()
    if kept is None or kept.sealed is None:
        return None
    return sealer().unseal_bytes(bytes(kept.sealed), kept.key_id, row.district_id, row.id).decode()


_CHECK = Words("核对编号和状态", "check its number and how it stands")
_SAY = Words("写明理由", "say why")


def _claims(
    declared: CertificateDeclaration, occasion: LetterOccasion, given: Mapping[str, Any], world: LoopFacts
) -> dict[str, Any]:
    known = gather_facts(declared, occasion, given, world)
    found: dict[str, Any] = {}
    for name, claim in declared.claims.items():
        value = known[name].value if name in known else None
        if value in (None, ""):
            if claim.required:
                what = Words(f"缺少“{claim.name.zh}”", f"{claim.name.en} is missing")
                raise CertificateRefused("missing_claim", name, what, Words(f"补上 {name}", f"give {name}"))
            continue
        if claim.type == "text" and isinstance(value, Mapping) and set(value) == {"zh", "en"}:
            found[name] = dict(value)  # the name of a unit, an area, a category: in both languages
            continue
        choices = tuple((each.code, Words(each.zh, each.en)) for each in claim.choices)
        asked = Plain(name, Words(claim.name.zh, claim.name.en), claim.type, choices=choices)
        wrong = field_type(claim.type).check(value, asked, NOBODY)
        if wrong is not None:
            what = Words(f"“{claim.name.zh}”{wrong.what.zh}", f"{claim.name.en} {wrong.what.en}")
            raise CertificateRefused("wrong_value", name, what, wrong.remedy)
        found[name] = value
    return found


def _write(
    declared: DeclaredCertificate, claims: Mapping[str, Any], occasion: LetterOccasion, world: LoopFacts
) -> CertificateRow:
    kind, district, key = declared.certificate, world.registers.district.code, new_id()
    expires = _expires(kind, claims, world)
    place, signer = draw_place(district, world.now), current_signer(district, world.now)
    frame = {
        "iss": base_url(), "vct": address_of_type(kind.certificate), "iat": instant_of(world.now),
        "exp": instant_of(expires),
        "status": {"status_list": {"idx": place.place, "uri": address_of_list(place.list_id)}},
    }  # fmt: skip
    header = {"kid": signer.kid}
    token = issue_certificate(
        frame, claims, kind.hidden, header, signer.private, lambda: secrets.token_urlsafe(SALT_BYTES)
    )
    digest = sha256(token.partition("~")[0].encode()).hexdigest()
    about = f"{kind.about.type}/{claims[kind.about.key]}" if kind.about and kind.about.key in claims else ""
    row = CertificateRow.objects.create(
        id=key, district_id=district, certificate=kind.certificate, edition=kind.digest, programme=declared.programme,
        occasion=occasion.key, case_id=occasion.case.id if occasion.case else None, subject=about[:200],
        issued_at=world.now, expires_at=expires, kid=signer.kid, list_id=place.list_id, place=place.place,
        digest=digest, code_index=hash_of(code_of(key)), actor=(occasion.actor or "system:certificates")[:80],
    )  # fmt: skip
    seals = sealer()
    CertificateToken.objects.create(
        certificate_id=key, district_id=district, key_id=seals.current_id,
        sealed=seals.seal_bytes(token.encode(), district, key),
    )  # fmt: skip
    promise_statements(
        STATEMENT, {key: {"certificate": kind.certificate, "edition": kind.digest, "digest": digest}}, world.now
    )
    return row


def address_of_type(name: str) -> str:
    """Return where a type of certificate is described, which names it. Source: draft-ietf-oauth-sd-jwt-vc (`vct`)."""
    return f"{base_url()}/certificates/types/{name}/"


def _expires(kind: CertificateDeclaration, claims: Mapping[str, Any], world: LoopFacts) -> datetime:
    """The end of its last day on the district's clock."""
    zone = world.registers.calendar.zone
    today = world.now.astimezone(zone).date()
    if kind.until is not None:
        last = date.fromisoformat(str(claims[kind.until])[:10]) if kind.until in claims else today
    else:
        last = _later(today, str(kind.valid))
    expires = datetime.combine(last + timedelta(days=1), time(), zone)
    if expires <= world.now:
        what = Words("有效期已过", "it would be over already")
        raise CertificateRefused(
            "over", str(kind.until or ""), what, Words("核对有效期", "check until when it is valid")
        )
    return expires


def _later(day: date, span: str) -> date:
    """The last day of so many days, months or years; a month without such a day ends it. Source: 民法典第二百零二条."""
    number, unit = int(span.split()[0]), span.split()[1]
    if unit == "days":
        return day + timedelta(days=number)
    months = day.month - 1 + number * (12 if unit == "years" else 1)
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
