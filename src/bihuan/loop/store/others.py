"""What a decision may ask of other cases, answered inside the transaction that decides."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from bihuan.loop.facts import OtherCases
from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.facts import Seen
from bihuan.loop.kernel.model import Actor, Case, Data
from bihuan.loop.kernel.steps.admission import VALIDITY
from bihuan.loop.models import CaseRow
from bihuan.loop.pictures import NEAR_BITS
from bihuan.loop.retiring import retirements
from bihuan.loop.store.read import case_of
from bihuan.registers.models import User

NO_UNIT = "-"

# What counts is what somebody reported with and what events name as evidence; an upload that was refused does not.
SAME_PICTURE = """
WITH alike AS (
    SELECT loop_media_alike(%(sha256)s, %(picture)s, %(near)s) AS id
), known AS (
    SELECT c.number, c.id = %(case)s AS own, m.uploaded_at, m.id,
           EXISTS (SELECT FROM loop_event e WHERE e.case_id = m.case_id AND e.kind = 'evidence_added'
                   AND e.data->>'sha256' = m.sha256) AS proves,
           m.uploaded_by NOT LIKE 'user:%%' OR EXISTS (
               SELECT FROM loop_event e JOIN loop_event_private p ON p.event_id = e.id
               WHERE e.case_id = m.case_id AND p.body->'media' ? m.sha256) AS reported
    FROM alike JOIN loop_media m USING (id) JOIN loop_case c ON c.id = m.case_id
)
SELECT CASE WHEN reported THEN 'report' WHEN own THEN 'earlier' ELSE 'case' END, number
FROM known WHERE proves OR reported ORDER BY own DESC, reported DESC, uploaded_at, id LIMIT 1
"""
TALKS = """
SELECT r.case_id, 'number_seen', a.actor, a.at
FROM loop_report r JOIN registers_identityaccess a ON a.identity_id = r.identity_id AND a.kind = 'reveal'
WHERE r.case_id = ANY(%(cases)s)
UNION ALL
SELECT e.case_id, 'online', e.actor, e.occurred_at
FROM loop_event e JOIN loop_event_private p ON p.event_id = e.id
WHERE e.case_id = ANY(%(cases)s) AND e.kind = 'supplemented' AND p.body ? 'answer'
UNION ALL
SELECT r.case_id, 'known', '', r.received_at FROM loop_report r
WHERE r.case_id = ANY(%(cases)s) AND r.identity_id IS NOT NULL
"""
Talk = tuple[str, str, datetime]  # what, by whom, when


class StoredCases(OtherCases):
    """The cases in the database."""

    def admission(self, programme: str, kind: str, subject: str, at: datetime) -> Data | None:
        """See `Facts.admission`. Source: docs/topics/faces.md, "The list of a gate"."""
        rows = CaseRow.objects.filter(programme=programme, kind=kind, state="in_effect", fold__subject=subject)
        for row in rows.order_by("opened_at"):
            clock = case_of(row.fold).clocks.get(VALIDITY)
            if clock is not None and clock.started <= at < clock.due:
                return {"number": row.number, "until": iso(clock.due)}
        return None

    def __init__(self) -> None:
        self._talks: dict[UUID, list[Talk]] = {}
        self._retired: dict[str, date] | None = None

    def retired(self, programme: str, district: str) -> date | None:
        """See `OtherCases.retired`: asked once for a snapshot."""
        if self._retired is None:
            self._retired = {key: found.since for key, found in retirements(district).items()}
        return self._retired.get(programme)

    def person(self, person: str) -> str | None:
        """See `Facts.person`."""
        kind, _, key = person.partition(":")
        try:
            found = list(User.objects.filter(pk=UUID(key), is_active=True).values_list("unit_id", flat=True))
        except ValueError:
            return None
        return str(found[0] or NO_UNIT) if found and kind == "user" else None

    def used_for(self, evidence: Data, case: Case) -> Seen | None:
        """See `Facts.used_for`: the same bytes, or a photo that looks the same (`bihuan.loop.pictures`).

        Source: docs/topics/kernel.md, "Evidence that closes one case only".
        """
        picture = evidence.get("picture")
        asked = {
            "sha256": evidence.get("sha256"),
            "picture": picture if isinstance(picture, str) and re.fullmatch("[0-9a-f]{16}", picture) else None,
            "near": NEAR_BITS,
            "case": case.id,
        }
        with connection.cursor() as cursor:
            cursor.execute(SAME_PICTURE, asked)
            row = cursor.fetchone()
        return Seen(*row) if row else None

    def foresee(self, cases: Sequence[UUID]) -> None:
        """See `OtherCases.foresee`: one statement for a whole batch, none for an empty one.

        Source: docs/topics/indicators.md, "What is counted" (untraced contacts)
        """
        self._talks = {case: [] for case in cases}
        if not cases:
            return
        with connection.cursor() as cursor:
            cursor.execute(TALKS, {"cases": list(cases)})
            for case, *talk in cursor.fetchall():
                self._talks[case].append((talk[0], talk[1], talk[2]))

    def trace(self, case: Case, actor: Actor, since: datetime | None, *, answers: bool) -> str:
        """See `Facts.trace`: the person themselves or somebody who acted for the unit opened the number since then.

        Source: docs/topics/indicators.md, "What is counted" (untraced contacts)
        """
        if case.id not in self._talks:
            self.foresee([case.id])
        talks, people = self._talks[case.id], {actor.id, *(case.handlers if actor.unit else ())}
        recent = [(what, who) for what, who, at in talks if since is None or at >= since]
        if any(what == "number_seen" and who in people for what, who in recent):
            return "number_seen"
        if answers and any(what == "online" for what, _who in recent):
            return "online"
        return "claim" if any(what == "known" for what, _who, _at in talks) else "no_number"
