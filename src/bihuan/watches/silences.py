"""Silences: a watch is quiet about a subject, or about all, until an instant, for a reason that everybody can read.

A silence always ends; what still holds then is opened by the next run. Source: docs/topics/watches.md, "Silences".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from bihuan.faults import Fault
from bihuan.registers.isolation import in_district
from bihuan.watches.catalogue import Watch
from bihuan.watches.models import SilenceRow

LONGEST_DAYS = 366


class NotSilenced(Fault):
    """A silence cannot be made or lifted."""


class Silences(NamedTuple):
    """Who is covered at an instant: all, or some subjects."""

    whole: bool
    subjects: frozenset[str]

    def cover(self, subject: str) -> bool:
        """Whether a subject is kept silent."""
        return self.whole or subject in self.subjects


def silences_at(district: str, watch: str, at: datetime) -> Silences:
    """Return who is kept silent by a watch at an instant. Source: docs/topics/watches.md, "Silences"."""
    with in_district(district):
        rows = SilenceRow.objects.filter(
            district_id=district, watch=watch, first_at__lte=at, until__gt=at, lifted_at__isnull=True
        ).values_list("subject", flat=True)
        found = frozenset(rows)
    return Silences("" in found, found - {""})


def silence(
    watch: Watch, district: str, subject: str, until: datetime, reason: str, by: str, now: datetime
) -> SilenceRow:
    """Keep a watch quiet until an instant.

    Args:
        subject: A key; empty: about all. reason: For everybody to read.

    Raises:
        NotSilenced: no end, an end that lies too far, or no reason.

    Source: docs/topics/watches.md, "Silences".
    """
    if not reason.strip():
        raise NotSilenced("缺少理由 · no reason is given", "say why, in words that everybody may read")
    if until <= now:
        raise NotSilenced("结束时间已过 · the end lies in the past", "name a later end")
    if (until - now).days > LONGEST_DAYS:
        raise NotSilenced(
            f"最长 {LONGEST_DAYS} 天 · at most {LONGEST_DAYS} days", "name an earlier end; it can be renewed"
        )
    with in_district(district):
        return SilenceRow.objects.create(
            district_id=district, watch=watch.name, subject=subject, first_at=now, until=until,
            reason=reason.strip()[:400], made_by=by, made_at=now,
        )  # fmt: skip


def lift(district: str, key: UUID, by: str, now: datetime) -> SilenceRow:
    """End a silence before its time.

    Raises:
        NotSilenced: there is none of that id that still holds.

    Source: docs/topics/watches.md, "Silences".
    """
    with in_district(district):
        changed = SilenceRow.objects.filter(district_id=district, id=key, lifted_at__isnull=True, until__gt=now).update(
            lifted_at=now, lifted_by=by
        )
        if not changed:
            raise NotSilenced(
                "没有这条静默，或已结束 · there is no such silence, or it has ended", "see `bihuan watch show`"
            )
        return SilenceRow.objects.get(id=key)


def silences_shown(district: str, now: datetime, watch: str = "") -> list[dict[str, Any]]:
    """Return the silences that hold, by end. Source: docs/topics/watches.md, "Silences"."""
    with in_district(district):
        rows = SilenceRow.objects.filter(district_id=district, until__gt=now, lifted_at__isnull=True).order_by(
            "until", "id"
        )
        if watch:
            rows = rows.filter(watch=watch)
        return [
            {"id": str(row.id), "watch": row.watch, "subject": row.subject, "from": row.first_at.isoformat(),
             "until": row.until.isoformat(), "reason": row.reason, "by": row.made_by}
            for row in rows
        ]  # fmt: skip
