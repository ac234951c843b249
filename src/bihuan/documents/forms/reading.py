"""What was sent, newest first, with what became of it: the state of the case that a form opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from bihuan.documents.forms.models import ContentRow, SubmissionRow
from bihuan.documents.forms.submitting import Sent
from bihuan.loop.kernel.model import Actor
from bihuan.loop.models import CaseRow
from bihuan.loop.store import visible_to
from bihuan.registers.identity import sealer

SALT_BYTES = 32
PAGE = 40


@dataclass(frozen=True)
class SubmissionTold:
    """A submission, and the case it opened as far as the reader may see it.

    Args:
        state, outcome, title: Of the case; empty when there is none. words: Whether the reader may read its words.
    """

    row: SubmissionRow
    state: str = ""
    outcome: str = ""
    title: str = ""
    words: bool = False


def submissions_for(actor: Actor, form: str, limit: int = PAGE, before: UUID | None = None) -> list[SubmissionTold]:
    """Return the newest submissions whose case the reader may see.

    Args:
        before: The last one of the page before.

    Source: DESIGN §7 (visibility is one query); docs/adr/0233 (a list goes on after a key).
    """
    rows = SubmissionRow.objects.filter(form=form, case_id__in=visible_to(actor).values("id"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    held = list(rows.order_by("-pk")[:limit])
    cases = {row.id: row for row in visible_to(actor).filter(id__in=[each.case_id for each in held])}
    return [_told(each, cases.get(each.case_id) if each.case_id else None) for each in held]


def submission_for(actor: Actor, key: UUID) -> SubmissionTold | None:
    """Return one submission whose case the reader may see. Source: DESIGN §7."""
    row = SubmissionRow.objects.filter(pk=key).first()
    case = visible_to(actor).filter(id=row.case_id).first() if row is not None and row.case_id else None
    return _told(row, case) if row is not None and case is not None else None


def every_submission(form: str, limit: int) -> list[SubmissionTold]:
    """Return the newest submissions of a form for whoever runs the system."""
    held = list(SubmissionRow.objects.filter(form=form).order_by("-pk")[: max(1, limit)])
    cases = CaseRow.objects.in_bulk([each.case_id for each in held if each.case_id])
    return [_told(each, cases.get(each.case_id) if each.case_id else None) for each in held]


def content_of(row: SubmissionRow) -> dict[str, Any] | None:
    """Return everything that a submission said; None when it was erased or its time is over.

    Source: docs/topics/forms.md, "What is kept".
    """
    kept = ContentRow.objects.filter(pk=row.pk).first()
    if kept is None:
        return None
    opened = sealer().unseal_bytes(bytes(kept.sealed), kept.key_id, row.district_id, row.pk)
    found: dict[str, Any] = msgspec.json.decode(opened[SALT_BYTES:])
    return found


def told_row(told: SubmissionTold) -> dict[str, Any]:
    """Return a submission as programs read it: no sealed field. Source: docs/topics/forms.md, "For programs"."""
    row = told.row
    return {
        "submission": str(row.pk), "form": row.form, "edition": row.edition, "at": row.at.isoformat(),
        "number": row.number, "state": told.state, "outcome": told.outcome, "said": row.said, "taken": row.taken,
        "hash": bytes(row.hash).hex(), "statement": str(row.statement_id),
    }  # fmt: skip


def told_of(sent: Sent) -> Mapping[str, Any]:
    """Return a receipt as programs read it. Source: docs/topics/forms.md, "Sent once"."""
    return {
        "submission": str(sent.submission) if sent.submission else None, "number": sent.number or None,
        "access": sent.access or None, "hash": sent.hash or None, "receipt": dict(sent.signed) if sent.signed else None,
        "duplicate": sent.duplicate, "warned": sent.checked.warned if sent.checked else [],
    }  # fmt: skip


def _told(row: SubmissionRow, case: CaseRow | None) -> SubmissionTold:
    if case is None:
        return SubmissionTold(row)
    seen = bool(getattr(case, "words_seen", False))
    return SubmissionTold(row, case.state, case.outcome or "", getattr(case, "title", "") if seen else "", seen)
