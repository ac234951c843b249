"""The same numbers counted a second time: window functions over `loop_event` alone, sharing no text with the queries.

The on-time rate is counted by hand from its definition in words: see `tests.numbers.on_time.recount`.

Answers {(indicator, unit id): (numerator, denominator, excluded)} for one month in Beijing time.
"""

from __future__ import annotations

from pathlib import Path

from django.db import connection

from tests.numbers.on_time import recount as on_time

Counts = dict[tuple[str, str], tuple[int, int, int]]
FOLDER = Path(__file__).resolve().parent


def recount(period: str) -> Counts:
    """Return the counts of a month (`YYYY-MM`) by indicator and unit."""
    found: Counts = {}
    story = (FOLDER / "recount_story.sql").read_text(encoding="utf-8").replace("FIRST_DAY", f"{period}-01")
    for part in ("callbacks", "others"):
        with connection.cursor() as cursor:
            cursor.execute(story + (FOLDER / f"recount_{part}.sql").read_text(encoding="utf-8"))
            for name, unit, yes, every, out in cursor.fetchall():
                found[name, unit] = (yes, every, out)
    for (_, unit), (yes, every) in on_time.recount(period).items():
        found["on_time_rate", unit] = (yes, every, 0)
    return found
