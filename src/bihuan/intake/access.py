"""Finding a report by its number and access code (see `bihuan.loop.codes`)."""

import hmac

from bihuan.loop.codes import code_of, hash_of, hashes_of
from bihuan.loop.models import CaseRow, ReportRow

__all__ = ["code_of", "find_report", "hash_of"]


def find_report(number: str, code: str) -> ReportRow | None:
    """Return the report of a case number and access code, or None. Takes the same time either way.

    Source: docs/adr/0220 (access codes are kept as keyed digests).
    """
    case = CaseRow.objects.filter(number=number.strip()).values_list("id", flat=True).first()
    wanted = hashes_of(code)
    found = None
    for row in ReportRow.objects.filter(case_id=case) if case else ():
        stored = bytes(row.access_hash or b"")
        if hmac.compare_digest(stored, wanted[0]) | hmac.compare_digest(stored, wanted[1]):
            found = row
    return found
