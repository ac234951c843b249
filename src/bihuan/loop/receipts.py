"""A receipt that somebody shows: its case is found, its promise judged; one way for page, API and command line."""

from typing import Any
from uuid import UUID

from bihuan.ledger.promises import check_receipt
from bihuan.loop.models import CaseRow, ReportRow


def judge_receipt(source: Any) -> dict[str, Any]:
    """Return the verdict about a receipt; see `bihuan.ledger.promises.check_receipt`.

    Raises:
        SignatureError: it has not the form of a receipt.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise".
    """
    return check_receipt(source, case_of_receipt(source) if isinstance(source, dict) else None)


def case_of_receipt(receipt: dict[str, Any]) -> UUID | None:
    """Return the case a receipt is about: by its number, else by the report it names.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise".
    """
    number, report = receipt.get("case"), _uuid(receipt.get("report"))
    found: UUID | None = None
    if isinstance(number, str) and "\x00" not in number:
        found = CaseRow.objects.filter(number=number).values_list("id", flat=True).first()
    if found is None and report is not None:
        found = ReportRow.objects.filter(pk=report).values_list("case_id", flat=True).first()
    return found


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
