"""Months made ahead, so that no first value of a month waits for its table."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from bihuan.series.store.writing import ensure_months

AHEAD = timedelta(days=62)
"""Two turns of the month: a worker that stands still for a month does no harm."""


def make_months_ahead() -> int:
    """Make this month's and the next two months' partitions; return 0, for nothing more waits.

    Source: docs/adr/0255 (6, monthly partitions)
    """
    now = timezone.now()
    ensure_months(now, now + AHEAD)
    return 0
