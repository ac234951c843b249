"""A day of the calendar."""

from datetime import date
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Words, Wrong, must_be


class DateFieldType(FieldType):
    """A day as 2026-12-01. Source: ISO 8601-1:2019, calendar date in extended form."""

    name = "date"
    label = Words("日期", "Date")
    about = Words("日期，如 2026-12-01", "a date such as 2026-12-01")
    source = "ISO 8601-1:2019"
    hint = Words("日期，如 2026-12-01", "Date, such as 2026-12-01")
    column = "date"
    arrow = "date32[day]"
    example = "2026-12-01"

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no day. Source: ISO 8601-1 (YYYY-MM-DD)."""
        try:
            if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
                return None
        except ValueError:
            pass
        return must_be("日期，如 2026-12-01", "a date such as 2026-12-01")

    def schema(self, asked: Asked) -> dict[str, Any]:
        """RFC 3339 full-date."""
        return {"type": "string", "format": "date"}


TYPE = DateFieldType()
