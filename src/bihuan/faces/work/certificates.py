# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Certificates for staff: the list, one with its course and check code, ending it. What it certifies is its holder's."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.documents.certificates.catalogue import all_certificates
from bihuan.documents.certificates.issuing import CertificateRefused, end_certificate
from bihuan.documents.certificates.reading import (
    PAGE,
    certificate_seen,
    certificate_told,
    certificates_page,
    certificates_told,
)
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import world
from bihuan.loop.codes import code_of
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district

STATES = {
    "valid": Text("有效", "valid"), "suspended": Text("已暂停", "suspended"), "revoked": Text("已撤销", "revoked"),
    "resumed": Text("已恢复", "resumed"),
}  # fmt: skip
WORDS = {
    "title": Text("证书", "Certificates"),
    "lead": Text("可核验、可部分出示、可撤销的证书；证书内容只向持证人打开。", "Verifiable, shown in part, revocable; what they certify is opened for their holders alone."),
    "certificate": Text("证书", "Certificate"),
    "subject": Text("对象", "Subject"),
    "state": Text("状态", "State"),
    "issued": Text("签发", "Issued"),
    "by": Text("经办人", "Officer"),
    "until": Text("有效至", "Valid until"),
    "number": Text("证书编号", "Number"),
    "code": Text("查验码（交持证人）", "Check code, for its holder"),
    "reason": Text("理由", "Reason"),
    "steps": Text("经过", "Course"),
    "revoked": Text("撤销", "Revoke"),
    "suspended": Text("暂停", "Suspend"),
    "resumed": Text("恢复", "Resume"),
    "none": Text("没有证书。", "There are no certificates."),
    "next": Text("下一页", "Next page"),
    "verify": Text("核验页面", "Page to verify"),
}  # fmt: skip


@requires()
def list_page(request: HttpRequest) -> HttpResponse:
    """Certificates that a person may see, the newest first. Source: docs/topics/certificates.md, "Pages"."""
    here = world(request)
    before = _uuid(request.GET.get("before", ""))
    with in_district(here.registers.district.code):
        rows = certificates_page(here.actor, before)
        told = certificates_told(rows)
    lines = [each | {"name": _named(each["certificate"]), "said": say(STATES[each["state"]])} for each in told]
    context = {"words": _words(), "lines": lines, "next": rows[-1].pk if len(rows) == PAGE else None}
    return render(request, "faces/work/certificates.html", context)


@requires()
def one_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One certificate with its course; the check code for whoever writes to its holder.

    Raises:
        Http404: there is none that this person may see.

    Source: docs/topics/certificates.md, "Pages".
    """
    here = world(request)
    with in_district(here.registers.district.code):
        row = certificate_seen(here.actor, key)
        if row is None:
            raise Http404(_("There is nothing of that name."))
        told = certificate_told(row)
    here.names.know([told["actor"], *(each["actor"] for each in told["steps"])])
    steps = [
        (say(STATES[each["kind"]]), each["at"], here.names.person(each["actor"]), each["reason"])
        for each in told["steps"]
    ]
    may = here.actor.may("write", "approve")
    open_steps = (
        {"valid": ("suspended", "revoked"), "suspended": ("resumed", "revoked")}.get(told["state"], ()) if may else ()
    )
    context = {
        "words": _words(), "told": told, "row": row, "name": _named(row.certificate), "state": say(STATES[told["state"]]),
        "officer": here.names.person(told["actor"]), "steps": steps, "code": code_of(row.id) if may else "",
        "open_steps": [(kind, say(WORDS[kind])) for kind in open_steps],
    }  # fmt: skip
    return render(request, "faces/work/certificate.html", context)


@acts("certificate", "key")
@requires(may="write")
def act(request: HttpRequest, key: UUID) -> HttpResponse:
    """Revoke, suspend or resume. Source: docs/topics/certificates.md, "Ending"."""
    here = world(request)
    with in_district(here.registers.district.code):
        if certificate_seen(here.actor, key) is None:
            raise Http404(_("There is nothing of that name."))
    try:
        end_certificate(key, request.POST.get("do", ""), request.POST.get("reason", ""), here.facts, here.actor.id)
    except CertificateRefused as refused:
        messages.error(request, f"{say(refused.what)} · {say(refused.remedy)}")
    return redirect("certificate", key=key)


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}


def _named(name: str) -> str:
    declared = all_certificates().get(name)
    return say(declared.certificate.name) if declared else name


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
