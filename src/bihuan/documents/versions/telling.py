"""Versions, changes and conclusions as programs read them."""

from __future__ import annotations

from typing import Any

from bihuan.documents.versions.keeping import ConclusionTold, held_clauses
from bihuan.documents.versions.models import VersionRow
from bihuan.documents.versions.pure.differences import ClauseChange


def told_version(row: VersionRow, *, words: bool = True) -> dict[str, Any]:
    """Return a version with its clauses. `words`: with the words of each."""
    clauses = [
        each._asdict() | ({"text": row.text[each.start : each.end].strip()} if words else {})
        for each in held_clauses(row)
    ]
    return {
        "document": row.document, "version": row.number, "title": row.title, "sha256": row.sha256,
        "in_force": row.in_force.isoformat() if row.in_force else None, "at": row.at.isoformat(),
        "source": row.source, "statement": str(row.statement_id), "clauses": clauses,
    }  # fmt: skip


def told_conclusion(told: ConclusionTold) -> dict[str, Any]:
    """Return a conclusion, whether it stands, and whether its clauses read the same."""
    row = told.row
    return {
        "conclusion": str(row.pk), "kind": row.kind, "verdict": row.verdict, "reason": row.reason,
        "clauses": [span[0] for span in row.spans], "spans": row.spans, "sha256": row.sha256, "at": row.at.isoformat(),
        "stands": told.stands, "unchanged": told.unchanged, "statement": str(row.statement_id),
    }  # fmt: skip


def told_change(change: ClauseChange) -> dict[str, Any]:
    """Return what became of a clause, with the words that went and came."""
    return {
        "kind": change.kind,
        "before": change.before.number if change.before else None,
        "after": change.after.number if change.after else None,
        "parts": [{"removed": gone, "added": come} for gone, come in change.parts],
    }
