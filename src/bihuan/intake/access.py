"""Access codes: with the case number they let a reporter without an account follow the own report.

A code is derived from the report's id with a key, so that the same receipt can be given again when the same report
is sent twice; only its hash is stored. Ten characters of 32 are 50 bits: not to be guessed at any permitted rate.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings

from bihuan.loop.models import CaseRow, ReportRow

LENGTH = 10
_READABLE = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": "", " ": ""})


def code_of(report: UUID) -> str:
    """The access code of a report: ten characters of Crockford's base 32."""
    key = hashlib.sha256(b"bihuan-access|" + settings.SECRET_KEY.encode()).digest()
    digest = hmac.digest(key, report.bytes, "sha256")
    return base64.b32encode(digest).translate(_READABLE).decode()[:LENGTH]


def hash_of(code: str) -> bytes:
    """What is stored of a code. Letters that are easily misread count as the digits they look like."""
    return hashlib.sha256(code.upper().translate(_MISREAD).encode()).digest()


def find(number: str, code: str) -> ReportRow | None:
    """The report of a case number and access code, or None. Takes the same time either way."""
    case = CaseRow.objects.filter(number=number.strip()).values_list("id", flat=True).first()
    wanted = hash_of(code)
    found = None
    for row in ReportRow.objects.filter(case_id=case) if case else ():
        if row.access_hash is not None and hmac.compare_digest(bytes(row.access_hash), wanted):
            found = row
    return found
