"""An instant: a date and time with its zone."""

from datetime import UTC, datetime
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong

YEARS = (1900, 2199)


class InstantFieldType(FieldType):
    """A date and time with a zone of whole minutes in a plausible year. Source: ISO 8601-1:2019; RFC 3339."""

    name = "instant"
    label = Words("时间", "Instant")
    about = Words("带时区的日期时间（ISO 8601）", "a date and time with its zone (ISO 8601)")
    source = "RFC 3339"
    widget = "instant"
    column = "timestamptz"
    arrow = "timestamp[us, tz=UTC]"
    example = "2026-12-01T18:00:00+08:00"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """Return the instant that a local or zoned time stands for.

        Raises:
            UnparsableText: no date and time.

        Source: RFC 3339 §5.6; docs/topics/import.md, "Local times".
        """
        try:
            local = datetime.fromisoformat(text)
            told = local.replace(tzinfo=local.tzinfo or names.zone).isoformat()
        except (ValueError, OverflowError):
            told = ""
        if instant(told) is None:
            what = Words("须为日期和时间", "must be a date and time")
            remedy = Words("请填写日期和时间，如 2026-12-01 18:00", "Write a date and time such as 2026-12-01 18:00")
            raise UnparsableText(Wrong(what, remedy))
        return told

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no instant. Source: RFC 3339 §5.6; docs/topics/import.md, "Local times"."""
        if isinstance(value, str) and instant(value) is not None:
            return None
        example = Words("例如 2026-12-01T09:00:00+08:00", "For example 2026-12-01T09:00:00+08:00")
        return Wrong(Words("须为带时区的时间", "must be an instant with a zone"), example)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """RFC 3339."""
        return {"type": "string", "format": "date-time"}


def instant(value: Any) -> datetime | None:
    """Return an ISO 8601 instant with a zone of whole minutes in a plausible year, in UTC; None when it is not one."""
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC:
            return at if YEARS[0] <= at.year <= YEARS[1] else None
        offset = at.utcoffset()
        if offset is None or offset.total_seconds() % 60 or not YEARS[0] <= at.year <= YEARS[1]:
            return None
        return at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


TYPE = InstantFieldType()
