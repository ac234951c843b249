# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Certificates for everybody: verify what is shown, show one's own in part; issuer, types and status lists for programs.

What is shown is judged and forgotten: it goes in the body of a request, is not kept and not logged.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.documents.certificates.catalogue import all_certificates
from bihuan.documents.certificates.issuing import opened_token, state_of
from bihuan.documents.certificates.models import CertificateRow
from bihuan.documents.certificates.publishing import issuer_metadata, judge_presented, type_metadata, type_of_frame
from bihuan.documents.certificates.reading import certificate_by_code
from bihuan.documents.certificates.statuses import TTL, signed_list
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.reporting import qr
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.model import Text
from bihuan.methods.parts.selective import SAID, CertificateVerdict, names_disclosed, present_certificate
from bihuan.registers.isolation import in_district
from bihuan.server import limits

KEPT, NONE = "certificate", "00000000-0000-0000-0000-000000000000"
STATES = {
    "valid": Text("有效", "valid"),
    "suspended": Text("已暂停", "suspended"),
    "revoked": Text("已撤销", "revoked"),
}
WORDS = {
    "verify": Text("证书核验", "Verify a certificate"),
    "verify_lead": Text("粘贴持证人出示的证书。核验的内容不保存、不记录。", "Paste what its holder shows. What you verify is neither kept nor logged."),
    "token": Text("证书", "Certificate"),
    "judge": Text("核验", "Verify"),
    "valid": Text("有效", "Valid"),
    "not_valid": Text("无效", "Not valid"),
    "issuer": Text("签发机关", "Issued by"),
    "until": Text("有效至", "Valid until"),
    "shown": Text("出示的内容", "What is shown"),
    "hidden": Text("持证人可以只出示部分内容；未出示的内容不影响真伪。", "Its holder may show a part; what is not shown does not matter to whether it is genuine."),
    "mine": Text("我的证书", "My certificate"),
    "read": Text("打开我的证书", "Open my certificate"),
    "number": Text("证书编号", "Number of the certificate"),
    "code": Text("查验码", "Check code"),
    "open": Text("打开", "Open"),
    "wrong": Text("编号或查验码不对。", "Number or check code is wrong."),
    "slower": Text("尝试太多，请稍后再试。", "Too many attempts; try again later."),
    "choose": Text("选择要出示的内容", "Choose what you show"),
    "always": Text("总是出示", "always shown"),
    "show": Text("生成出示文本", "Make the text to show"),
    "result": Text("把下面的文本交给核验方", "Give this text to whoever verifies"),
    "erased": Text("内容已依法删除。", "Its content was erased."),
    "state": Text("状态", "State"),
    "scan": Text("扫码核验：打开后显示证书是否有效和总是出示的内容", "Scan to verify: it shows whether this is valid, and what is always shown"),
    "checked": Text("证书核验结果", "What the certificate says of itself"),
    "verify_too": Text("核验他人出示的证书", "Verify somebody else's"),
}  # fmt: skip


def verify(request: HttpRequest) -> HttpResponse:
    """Judge what somebody shows. Source: docs/topics/certificates.md, "Verifying"; RFC 9901 §7.3."""
    here, errors, found = world(request), {}, None
    shown = request.POST.get("token", "")
    if request.method == "POST":
        if limits.seconds_to_wait(limits.TRACKING, limits.address_of(request)):
            errors["token"] = say(WORDS["slower"])
        else:
            found = judge_presented(shown, here.registers.district.code, here.now)
    context = {"words": _words(), "errors": errors, "found": _told(found) if found is not None else None}
    return render(request, "faces/public/certificate_verify.html", context, status=422 if errors else 200)


def read(request: HttpRequest) -> HttpResponse:
    """Ask for number and check code, and open the certificate in this browser.

    Source: docs/adr/0050 (7, the session holds an id, not the code).
    """
    here = world(request)
    number, errors = request.POST.get("number", "").strip()[:40], {}
    if request.method == "POST":
        if limits.seconds_to_wait(limits.TRACKING, limits.address_of(request)) or limits.seconds_to_wait(
            limits.CODES, number
        ):
            errors["code"] = say(WORDS["slower"])
        else:
            with in_district(here.registers.district.code):
                row = certificate_by_code(number, request.POST.get("code", "")[:40])
            if row is not None:
                request.session[KEPT] = str(row.id)
                return redirect("my-certificate")
            errors["code"] = say(WORDS["wrong"])
    context = {"words": _words(), "number": number, "errors": errors}
    return render(request, "faces/public/certificate_read.html", context, status=422 if errors else 200)


def mine(request: HttpRequest) -> HttpResponse:
    """One's own certificate: choose what is shown, and get the text that shows it.

    Source: docs/topics/certificates.md, "Showing"; RFC 9901 §7.2.
    """
    here = world(request)
    with in_district(here.registers.district.code):
        row = CertificateRow.objects.filter(pk=str(request.session.get(KEPT, NONE))).first()
        token = opened_token(row) if row is not None else None
        state = state_of(row.id) if row is not None else ""
    if row is None:
        return redirect("certificate-read")
    declared = all_certificates().get(row.certificate)
    names = {name: say(claim.name) for name, claim in declared.certificate.claims.items()} if declared else {}
    asked = request.POST.getlist("show") if request.method == "POST" else None
    choices = [(name, names.get(name, name), name in (asked or ())) for name in names_disclosed(token)] if token else []
    context = {
        "words": _words(), "row": row, "name": say(declared.certificate.name) if declared else row.certificate,
        "state": say(STATES[state]), "choices": choices, "erased": token is None,
        "always": [name for key, name in names.items() if declared and declared.certificate.claims[key].open],
        "token": present_certificate(token, asked) if token and asked is not None else "",
        "qr": qr(f"{settings.BIHUAN_BASE_URL}{reverse('certificate-check', args=[row.id])}"),
    }  # fmt: skip
    return render(request, "faces/public/certificate_mine.html", context)


@require_safe
def check(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the code on a certificate opens for anybody: whether it is valid, and what it always shows, nothing else.

    Raises:
        Http404: there is none, or its content was erased.

    Source: docs/topics/certificates.md, "The code on a certificate".
    """
    here = world(request)
    district = here.registers.district.code
    with in_district(district):
        row = CertificateRow.objects.filter(pk=key).first()
        token = opened_token(row) if row is not None else None
    if row is None or token is None:
        raise Http404(_("There is nothing of that name."))
    found = _told(judge_presented(present_certificate(token, ()), district, here.now))
    return render(request, "faces/public/certificate_check.html", {"words": _words(), "found": found})


@require_safe
def issuer(request: HttpRequest) -> HttpResponse:
    """Issuer and keys. Source: draft-ietf-oauth-sd-jwt-vc §5."""
    here = world(request)
    return _published(JsonResponse(issuer_metadata(here.registers.district.code, here.now)))


@require_safe
def kind(request: HttpRequest, name: str) -> HttpResponse:
    """What a type of certificate says of itself.

    Raises:
        Http404: none of that name is declared.

    Source: draft-ietf-oauth-sd-jwt-vc §6.
    """
    world(request)
    declared = all_certificates().get(name)
    if declared is None:
        raise Http404(_("There is nothing of that name."))
    return _published(JsonResponse(type_metadata(declared)))


@require_safe
def status(request: HttpRequest, key: UUID) -> HttpResponse:
    """A status list as it stands, signed.

    Raises:
        Http404: there is none.

    Source: draft-ietf-oauth-status-list §8.1.
    """
    here = world(request)
    with in_district(here.registers.district.code):
        token = signed_list(key, here.now)
    if token is None:
        raise Http404(_("There is nothing of that name."))
    return _published(HttpResponse(token, content_type="application/statuslist+jwt"))


def _published(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = f"public, max-age={TTL}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _told(found: CertificateVerdict) -> dict[str, Any]:
    """A verdict in words; what is shown, by the names of its type."""
    declared = type_of_frame(found.frame)
    claims = declared.certificate.claims if declared is not None else {}
    expires = found.frame.get("exp")
    return {
        "valid": found.valid, "reason": say((SAID[found.reason].zh, SAID[found.reason].en)),
        "name": say(declared.certificate.name) if declared is not None else "",
        "issuer": say(declared.certificate.issuer) if declared is not None else "",
        "until": datetime.fromtimestamp(expires, UTC) if isinstance(expires, int) else None,
        "claims": [
            (say(claims[name].name) if name in claims else name, _said(value)) for name, value in found.claims.items()
        ],
    }  # fmt: skip


def _said(value: Any) -> Any:
    """A value for people: a name in both languages in the reader's own."""
    return value.get(language(), "") if isinstance(value, dict) else value


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}
