"""Mails that were not, or not wholly, taken: why, and what an operator makes of each."""

from __future__ import annotations

import os
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.reporting import unseen
from bihuan.faces.parts.world import world
from bihuan.intake import mail, mailbox, mailleft
from bihuan.loop.models import CaseRow
from bihuan.loop.store import current_facts
from bihuan.registers.pure.errors import RegisterError

SHOWN = 200
OUTCOMES = {
    "automatic": ("未受理：自动邮件", "Not taken: automatic mail"),
    "refused": ("未受理：系统拒收", "Not taken: refused"),
    "broken": ("未受理：无法读取", "Not taken: cannot be read"),
    "partly": ("已受理，但不完整", "Taken, but not wholly"),
}


@requires("desk")
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first, each with its reasons; nothing of what was written.

    Source: docs/topics/import.md, "Mail".
    """
    here = world(request)
    rows = list(mailleft.waiting_mails(here.registers.district.code)[:SHOWN])
    cases = dict(CaseRow.objects.filter(pk__in=[r.case_id for r in rows if r.case_id]).values_list("id", "number"))
    lines = [
        {
            "row": row,
            "outcome": say(OUTCOMES.get(row.outcome, (row.outcome, row.outcome))),
            "reasons": [reason.words(language()) for reason in mailleft.reasons_of(row)],
            "number": cases.get(row.case_id) if row.case_id else None,
        }
        for row in rows
    ]
    return render(request, "faces/work/mails.html", {"lines": lines})


@acts("desk-mails")
@requires("desk")
def handle_mail(request: HttpRequest, key: UUID) -> HttpResponse:
    """Open a mail (logged, with the purpose given), take it after all, or take it off the list.

    Source: docs/topics/import.md, "Mail".
    """
    here = world(request)
    facts, actor = current_facts(), here.actor.id
    wanted = request.POST.get("do")
    if wanted == "dismiss":
        mailleft.mark_handled(key, facts, actor, "dismissed")
        return redirect("desk-mails")
    purpose = f"taking mail {key}" if wanted == "take" else request.POST.get("purpose", "")[:200]
    try:
        raw = mailleft.open_mail(key, facts, actor, purpose)
    except RegisterError as error:
        messages.error(request, unseen(error))
        return redirect("desk-mails")
    if wanted == "take":
        return _take(request, key, raw)
    try:
        found = mail.read_mail(raw, facts.now)
    except Exception:  # noqa: BLE001 - it is listed because it cannot be read; the bytes are shown as they are
        found = mail.Mail("", "", "", facts.now, "", raw[: mail.TEXT_LIMIT].decode("utf-8", "replace"))
    return render(request, "faces/work/mail.html", {"mail": found, "key": key})


def _take(request: HttpRequest, key: UUID, raw: bytes) -> HttpResponse:
    programme, __, kind = os.environ.get("BIHUAN_MAIL_TO", "").partition("/")
    if not programme or not kind:
        messages.error(request, _("BIHUAN_MAIL_TO is not set: nobody has said where mails go."))
        return redirect("desk-mails")
    handled = mailbox.Handled()
    case = mailbox.take_mail(raw, programme, kind, handled, even_automatic=True)
    if case is None and not handled.known:
        messages.error(request, _("It was refused again."))
        return redirect("desk-mails")
    mailleft.mark_handled(key, current_facts(), world(request).actor.id, "taken", case)
    number = CaseRow.objects.filter(pk=case).values_list("number", flat=True).first() if case else None
    return redirect("case", number) if number else redirect("desk-mails")
