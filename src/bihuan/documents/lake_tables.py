"""What the documents give to the lake: every letter that was sent, every certificate and what became of it.

Without words, addressee, subject, token or check code. Source: docs/topics/lake.md.
"""

from __future__ import annotations

from bihuan.extend import LakeColumn, LakeCut, LakeTable, lake_moment, lake_month

_ROWS = """
SELECT l.index, r.id, r.letter, r.programme, r.case_id, nullif(r.unit, ''), r.dated::text, r.remedy_until::text, {made},
       {month}
FROM ledger_entry l JOIN documents_letter r ON r.id = l.event_id
WHERE r.district_id = '{cut.district}' AND l.index >= {cut.since} AND l.index < {cut.until} ORDER BY l.index
"""


def _rows(cut: LakeCut) -> str:
    return _ROWS.format(cut=cut, made=lake_moment("r.made_at"), month=lake_month("r.made_at", cut.zone))


_COLUMNS = (
    LakeColumn("index", "long"),  # leaf of the log
    *map(LakeColumn, ("id", "letter", "programme", "case_id", "unit", "dated", "remedy_until")),
    LakeColumn("made_at", "moment"),
)  # fmt: skip
_CERTIFICATES = """
SELECT l.index, r.id, r.certificate, r.programme, r.case_id, {issued}, {expires}, r.digest, {month}
FROM ledger_entry l JOIN documents_certificate r ON r.id = l.event_id
WHERE r.district_id = '{cut.district}' AND l.index >= {cut.since} AND l.index < {cut.until} ORDER BY l.index
"""
_STEPS = """
SELECT l.index, s.id, s.certificate_id, s.kind, {made}, {month}
FROM ledger_entry l JOIN documents_certificate_step s ON s.id = l.event_id
WHERE s.district_id = '{cut.district}' AND l.index >= {cut.since} AND l.index < {cut.until} ORDER BY l.index
"""


def _certificates(cut: LakeCut) -> str:
    issued, expires = lake_moment("r.issued_at"), lake_moment("r.expires_at")
    return _CERTIFICATES.format(cut=cut, issued=issued, expires=expires, month=lake_month("r.issued_at", cut.zone))


def _steps(cut: LakeCut) -> str:
    return _STEPS.format(cut=cut, made=lake_moment("s.at"), month=lake_month("s.at", cut.zone))


_OF_CERTIFICATES = (
    LakeColumn("index", "long"),
    *map(LakeColumn, ("id", "certificate", "programme", "case_id")),
    LakeColumn("issued_at", "moment"),
    LakeColumn("expires_at", "moment"),
    LakeColumn("digest"),
)
_OF_STEPS = (
    LakeColumn("index", "long"),
    *map(LakeColumn, ("id", "certificate_id", "kind")),
    LakeColumn("at", "moment"),
)
TABLES = (
    LakeTable("letters", "发出的函件", "Every letter that was sent", _COLUMNS, _rows),
    LakeTable("certificates", "签发的证书", "Every certificate that was issued", _OF_CERTIFICATES, _certificates),
    LakeTable("certificate_steps", "证书的变动", "What became of certificates", _OF_STEPS, _steps),
)
