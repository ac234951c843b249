"""CPU seconds of how a card stands, beside a query of DuckDB for what stands, on the same proofs in the same run.

Run: python benchmarks/cards.py [PROOFS…]
"""

import csv
import random
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method

LUCK = random.Random(7)
ITEMS, AT = 200, "2026-12-31"
HEAD = """scorecard: bench-card
edition: "1"
name: {zh: 卡, en: Card}
source: bench
citation: bench
verified: false
jurisdiction: "*"
effective_from: 2000-01-01
total: 200
rounding: {method: half_even, digits: 2}
items:
"""
LINE = "  - {{id: i{n:03}, name: {{zh: 项, en: Item}}, max: 1, method: capped_deduction, points: {{each: 1}}}}\n"
STANDS = """
SELECT count(*) FROM (
  SELECT item, max(dated) FROM read_csv(?)
  WHERE checked IS NOT NULL AND owner <> checker AND greatest(dated, checked) <= ?::DATE
    AND (dated + INTERVAL 6 MONTH)::DATE >= ?::DATE GROUP BY item)
"""


def write(path: Path, head: str, rows: list[tuple[object, ...]]) -> Path:
    """Write rows as a file."""
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head.split(","), *rows])
    return path


def proofs(count: int) -> list[tuple[object, ...]]:
    """Proofs of two years: an eighth is looked at by its own unit, an eighth by nobody."""
    first, rows = date(2025, 1, 1), []
    for n in range(count):
        day = first + timedelta(days=LUCK.randrange(730))
        looked = "" if n % 8 == 0 else str(day + timedelta(days=LUCK.randrange(30)))
        rows.append((f"p{n}", f"i{LUCK.randrange(ITEMS):03}", day, "u1", "u1" if n % 8 == 1 else "u2", looked))
    return rows


def main(sizes: list[int]) -> None:
    """Print both for each size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        card = folder / "card.yaml"
        card.write_text(HEAD + "".join(LINE.format(n=n) for n in range(ITEMS)), encoding="utf-8")
        items = write(folder / "items.csv", "item,months", [(f"i{n:03}", 6) for n in range(ITEMS)])
        empty = [
            write(folder / f"{n}.csv", head, [])
            for n, head in enumerate((
                "finding,item,code,found", "measure,numerator,denominator", "thing,measure,met",
            ))
        ]  # fmt: skip
        for size in sizes:
            file = write(folder / "proofs.csv", "proof,item,dated,owner,checker,checked", proofs(size))
            begun = time.process_time()
            told = run_method(method_named("card-standing"), [card, items, file, *empty], {"at": AT, "ahead": "90"})
            ours, days = time.process_time() - begun, len(told.facts["forecast"])
            begun = time.process_time()
            asked = duckdb.execute(STANDS, [str(file), AT, AT]).fetchone()
            theirs = time.process_time() - begun
            same = asked is not None and told.facts["proven"] == asked[0]
            print(
                f"{size:>9,} proofs  ours {ours:6.2f} CPU s ({told.seconds:.2f} without reading, {days} days ahead)  "
                f"DuckDB, one day {theirs:5.2f} CPU s  same {same}"
            )


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
