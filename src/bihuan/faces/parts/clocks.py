"""How a deadline stands against now: early, soon or late, in words and as a share of the time allowed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from bihuan.faces.parts.language import say, span

SOON = timedelta(hours=12)
SHARE_SOON = 80


class Dial(NamedTuple):
    """One deadline at one moment."""

    due: datetime
    used: int
    mood: str
    text: str

    @staticmethod
    def of(started: datetime | None, due: datetime, now: datetime) -> Dial:
        """`used` is the percentage of the time allowed that has passed (0–100).

        Source: docs/adr/0050 (3, the state of a deadline is a pure function over the fold)
        """
        left = (due - now).total_seconds()
        allowed = (due - started).total_seconds() if started else 0
        used = min(100, max(0, round(100 * (allowed - left) / allowed))) if allowed > 0 else 100 if left < 0 else 0
        if left < 0:
            return Dial(due, 100, "late", say((f"已超 {span(left)}", f"{span(left)} overdue")))
        soon = used >= SHARE_SOON if started else left < SOON.total_seconds()
        return Dial(due, used, "soon" if soon else "", say((f"还剩 {span(left)}", f"{span(left)} left")))
