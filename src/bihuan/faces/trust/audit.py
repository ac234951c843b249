"""The audit page: the log's signed head, checking a receipt, the proof of a case, and what the log guarantees."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.faces.parts.language import language
from bihuan.faces.parts.world import world
from bihuan.ledger import keyring, proofs, store
from bihuan.ledger.core.errors import LedgerError
from bihuan.loop.receipts import judge_receipt

MOST_BYTES = 20_000
TONES = {"kept": "good", "kept_late": "good", "pending": "", "broken": "bad"}


def audit(request: HttpRequest) -> HttpResponse:
    """The head of the log; with a receipt sent along, whether its promise was kept.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise".
    """
    world(request)
    context: dict[str, Any] = {
        "size": store.size(),
        "waiting": store.count_waiting_leaves(),
        "head": store.latest_note(),
        "keys": keyring.log_keys(),
        "errors": {},
        "sent": "",
    }
    if request.method == "POST":
        context["sent"] = request.POST.get("receipt", "").strip()[:MOST_BYTES]
        upload = request.FILES.get("file")
        if upload is not None and (upload.size or 0) <= MOST_BYTES:
            context["sent"] = upload.read().decode(errors="replace").strip()
        context["checked"], context["errors"] = _checked(context["sent"])
    return render(request, "faces/trust/audit.html", context, status=422 if context["errors"] else 200)


def consistency(request: HttpRequest) -> HttpResponse:
    """The proof that today's log only appends to an older head (`?old=SIZE`), as JSON. Source: RFC 9162 §2.1.4.1."""
    world(request)
    old = request.GET.get("old", "0")
    try:
        return JsonResponse(proofs.prove_consistency(int(old) if old.isdecimal() else -1))
    except LedgerError as error:
        return JsonResponse({"ok": False, "reason": str(error)}, status=404)


def _checked(text: str) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """(the verdict in the reader's language, errors by field) about a receipt as text."""
    try:
        source = json.loads(text)
        result = judge_receipt(source)
    except json.JSONDecodeError as error:
        return None, {"receipt": _("This is not a receipt: line %(line)d is not JSON.") % {"line": error.lineno}}
    except (LedgerError, RecursionError):
        return None, {"receipt": _("This is not a receipt: some of its entries are missing or of another kind.")}
    return {
        **result,
        "case": source["case"],
        "heading": result["heading"][language()],
        "text": result["text"][language()],
        "tone": TONES[result["state"]],
        "json": json.dumps(result.get("proof"), indent=2) if "proof" in result else "",
    }, {}
