"""The audit page: the log's signed head, checking a receipt, the proof of a case, and what the log guarantees."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.faces.world import world
from bihuan.ledger import keyring, proofs, store
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.promises import check_receipt
from bihuan.loop.models import CaseRow, ReportRow

MOST_BYTES = 20_000


def audit(request: HttpRequest) -> HttpResponse:
    """The head of the log; with a receipt sent along, whether its promise was kept."""
    world(request)
    context: dict[str, Any] = {
        "size": store.size(),
        "waiting": store.waiting(),
        "head": store.latest_note(),
        "keys": keyring.ring(),
        "errors": {},
        "sent": "",
    }
    if request.method == "POST":
        context["sent"] = request.POST.get("receipt", "").strip()[:MOST_BYTES]
        upload = request.FILES.get("file")
        if upload is not None and (upload.size or 0) <= MOST_BYTES:
            context["sent"] = upload.read().decode(errors="replace").strip()
        context["checked"], context["errors"] = _checked(context["sent"])
    return render(request, "faces/audit.html", context, status=422 if context["errors"] else 200)


def consistency(request: HttpRequest) -> HttpResponse:
    """The proof that today's log only appends to an older head (`?old=SIZE`), as JSON."""
    world(request)
    old = request.GET.get("old", "0")
    try:
        return JsonResponse(proofs.prove_consistency(int(old) if old.isdecimal() else -1))
    except LedgerError as error:
        return JsonResponse({"ok": False, "reason": str(error)}, status=404)


def _checked(text: str) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """(what became of the promise, errors by field) of a receipt as text."""
    try:
        source = json.loads(text)
    except json.JSONDecodeError as error:
        return None, {"receipt": _("This is not a receipt: line %(line)d is not JSON.") % {"line": error.lineno}}
    number = source.get("case") if isinstance(source, dict) else None
    case = CaseRow.objects.filter(number=number).values_list("id", flat=True).first() if number else None
    if case is None and isinstance(source, dict) and source.get("report"):
        key = _uuid(source["report"])
        case = ReportRow.objects.filter(pk=key).values_list("case_id", flat=True).first() if key else None
    try:
        result = check_receipt(source, case)
    except LedgerError as error:
        return None, {"receipt": str(error)}
    return {**result, "case": number, "json": json.dumps(result, indent=2)}, {}


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
