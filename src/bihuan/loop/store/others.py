"""What a decision may ask of other cases, answered inside the transaction that decides."""

import re
from datetime import datetime

from django.db import connection

from bihuan.loop.facts import OtherCases
from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.handlers.gate import VALIDITY
from bihuan.loop.kernel.model import Case, Data
from bihuan.loop.models import CaseRow
from bihuan.loop.pictures import NEAR_BITS
from bihuan.loop.store.read import case_of

# The look of the file is what was worked out when it came in; what the command says counts only where nothing was.
SAME_PICTURE = """
WITH asked AS (
    SELECT coalesce((SELECT max(picture) FROM loop_media WHERE sha256 = %(sha256)s), %(picture)s) AS picture
)
SELECT c.number, c.id FROM asked, loop_media m JOIN loop_case c ON c.id = m.case_id
WHERE (m.sha256 = %(sha256)s OR (m.picture IS NOT NULL AND
      bit_count(('x' || m.picture)::bit(64) # ('x' || asked.picture)::bit(64)) <= %(near)s))
ORDER BY m.uploaded_at, m.id LIMIT 1
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
        """See `Facts.used_for`: the same bytes, or a photo that looks the same (`bihuan.loop.pictures`).

        The case that had it first keeps it: a copy that another case was refused does not turn against it.
        """
        picture = evidence.get("picture")
        asked = {
            "sha256": evidence.get("sha256"),
            "picture": picture if isinstance(picture, str) and re.fullmatch("[0-9a-f]{16}", picture) else None,
            "near": NEAR_BITS,
        }
        with connection.cursor() as cursor:
            cursor.execute(SAME_PICTURE, asked)
            row = cursor.fetchone()
        return row[0] if row and row[1] != case.id else None
