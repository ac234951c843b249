"""What a value of a programme's form must look like, by the type that the form declares for its field."""

import re
from datetime import date

FORM = {
    "number": ("数字，如 12 或 0.5", "a number such as 12 or 0.5"),
    "date": ("日期，如 2026-12-01", "a date such as 2026-12-01"),
    "photo": ("已上传照片的SHA-256", "the SHA-256 of an uploaded photo"),
}
"""The types that a text must fit, in words (zh, en); `text` takes any, `choice` is checked against its choices."""


def fits(kind: str, text: str) -> bool:
    """Whether the text is what the type says: a plain decimal number, a day of the calendar, a file's hash."""
    if kind == "number":
        return re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", text) is not None
    if kind == "photo":
        return re.fullmatch(r"[0-9a-f]{64}", text) is not None
    if kind != "date":
        return True
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
