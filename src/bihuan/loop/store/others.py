"""What a decision may ask of other cases, answered inside the transaction that decides."""

from datetime import datetime

from django.db import connection

from bihuan.loop.facts import OtherCases
from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.handlers.gate import VALIDITY
from bihuan.loop.kernel.model import Case, Data
from bihuan.loop.models import CaseRow
from bihuan.loop.store.read import case_of

SAME_PICTURE = """
SELECT c.number FROM loop_media m JOIN loop_case c ON c.id = m.case_id
WHERE m.case_id <> %s AND (m.sha256 = %s OR m.picture = %s) ORDER BY m.uploaded_at LIMIT 1
"""


class StoredCases(OtherCases):
    """The cases in the database."""

    def admission(self, programme: str, kind: str, subject: str, at: datetime) -> Data | None:
        """See `Facts.admission`."""
        rows = CaseRow.objects.filter(programme=programme, kind=kind, state="in_effect", fold__subject=subject)
        for row in rows.order_by("opened_at"):
            clock = case_of(row.fold).clocks.get(VALIDITY)
            if clock is not None and clock.started <= at < clock.due:
                return {"number": row.number, "until": iso(clock.due)}
        return None

    def used_for(self, evidence: Data, case: Case) -> str | None:
        """See `Facts.used_for`: the same bytes, or the same perceptual hash."""
        with connection.cursor() as cursor:
            cursor.execute(SAME_PICTURE, [case.id, evidence.get("sha256"), evidence.get("picture")])
            row = cursor.fetchone()
        return row[0] if row else None
