"""A month of the lake's zone as two instants."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bihuan.lake.manifest import LakeError, LakeManifest


def month_bounds(manifest: LakeManifest, month: str) -> tuple[datetime, datetime]:
    """Start (inclusive) and end (exclusive) in UTC.

    Raises:
        LakeError: `month` is not YYYY-MM.

    Source: ISO 8601-1 (YYYY-MM); docs/topics/lake.md.
    """
    try:
        year, number = (int(part) for part in month.split("-"))
        zone = ZoneInfo(manifest.zone)
        first = datetime(year, number, 1, tzinfo=zone)
        after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    except ValueError as error:
        raise LakeError(f"{month!r} is not a month; write it as YYYY-MM, for example 2026-10") from error
    return first.astimezone(UTC), after.astimezone(UTC)
