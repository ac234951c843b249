"""How long a question to a rule takes, beside the barest thing that could answer it: a dict, or a scan of the rows.

Run: python benchmarks/rule_lookup.py
"""

import datetime as dt
import timeit
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from bihuan.rules.book import RuleBook

TABLES = Path(__file__).parent.parent / "tests" / "rules" / "tables"
DAY = dt.date(2026, 11, 23)


def microseconds(question: Callable[[], object], times: int = 50_000) -> float:
    """Best of five, per question."""
    return min(timeit.repeat(question, number=times, repeat=5)) / times * 1e6


def main() -> None:
    """Print the table."""
    book = RuleBook.from_folder(TABLES)
    clock = book.table("hotline.feedback", DAY, "110108")
    lec = book.table("risk.lec", DAY)
    index = book.table("air.iaqi.mass", DAY)
    odour = book.decision("water.black-odour", DAY)
    bare = {("utilities.water.leak", "general"): "24h"}
    ends = [Decimal(end) for end in (20, 70, 160, 320)]
    rows = [
        ("a dict", lambda: bare["utilities.water.leak", "general"]),
        ("a scan of five Decimal bounds", lambda: next((n for n, end in enumerate(ends) if Decimal(200) < end), 4)),
        ("clock: prefix and code", lambda: clock.lookup(category="utilities.water.leak", urgency="general")),
        (
            "clock, choosing the edition too",
            lambda: book.lookup("hotline.feedback", DAY, "110108", category="utilities.water.leak", urgency="general"),
        ),
        ("LEC: a number among five bounds", lambda: lec.lookup(danger=200)),
        ("air index: code, number, interpolated", lambda: index.lookup(item="pm25_24h", concentration=75)),
        (
            "black-odour: decision over seven inputs",
            lambda: odour.decide(depth=50, transparency=30, bottom_visible=False, oxygen=5, ammonia=5),
        ),
    ]
    floor = microseconds(rows[0][1])
    for name, question in rows:
        took = microseconds(question)
        print(f"{name:42} {took:7.2f} µs {took / floor:7.1f} ×")


if __name__ == "__main__":
    main()
