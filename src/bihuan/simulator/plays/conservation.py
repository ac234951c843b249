"""What the engine must be able to prove when a play ends; worked out from its tables, never told by the sample.

Every report is in exactly one case; every case is open with a holder and a running clock, or has ended in a declared
outcome; what was received is what stands there. The log verifies, and every case is the fold of its events. Every book
balances.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from bihuan.books.catalogue import all_books
from bihuan.books.checking import check_book
from bihuan.ledger.verification import verify_log
from bihuan.loop import scope
from bihuan.loop.programmes import all_programmes
from bihuan.loop.sequencing import sequence
from bihuan.loop.store.refolding import check_cases
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

CASES = """
SELECT c.programme, c.kind, c.state, coalesce(c.outcome, ''), c.ended_at IS NOT NULL, c.holder_kind IS NOT NULL,
       EXISTS (SELECT FROM loop_clock k WHERE k.case_id = c.id AND k.stopped IS NULL), count(*)
FROM loop_case c GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
REPORTS = (
    "SELECT count(*), count(DISTINCT id), count(*) FILTER (WHERE NOT EXISTS "
    "(SELECT FROM loop_case c WHERE c.id = r.case_id)) FROM loop_report r"
)
BATCH = 50_000


@dataclass
class Conserved:
    """What was checked. `faults` is empty when all of it holds.

    Args:
        open: Cases that have not ended. ended: Those that have, by outcome.
        leaves: Of the log. entries: Of all books.
    """

    open: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    leaves: int = 0
    entries: int = 0
    faults: list[str] = field(default_factory=list)


def check_conservation(received: int) -> Conserved:
    """Check everything that was played.

    Args:
        received: Reports that intake has answered with a case.

    Source: DESIGN §9 (1, 3, 4, 9); docs/topics/play.md, "The answer".
    """
    out = Conserved()
    scope.ensure(default_district())
    _cases(out)
    ((reports, distinct, lost),) = _rows(REPORTS)
    if not (reports == distinct == received) or lost:
        out.faults.append(f"reports: {received} received, {reports} stored, {lost} in no case")
    while sequence(BATCH):
        pass
    report = verify_log()
    check_cases(report)
    out.leaves = report.size
    out.faults += [] if report.ok else [f"log: {each}" for each in report.findings[:5]]
    for name in sorted(all_books()):
        with in_district(default_district()):
            checked = check_book(name)
        out.entries += checked.entries
        out.faults += [f"book {name}: {fault.check} {fault.where}" for fault in checked.faults[:5]]
    return out


def _cases(out: Conserved) -> None:
    for programme, kind, state, outcome, ended, held, running, count in _rows(CASES):
        rules = all_programmes()[programme].cases[kind]
        if not ended:
            out.open += count
            if not held or not (running or state in ("suspended", "in_effect")):
                out.faults.append(f"{count} open cases of {programme} in {state} without holder or clock")
        elif outcome in rules.outcomes:
            out.ended[outcome] += count
        else:
            out.faults.append(f"{count} ended cases of {programme} in {state} with outcome {outcome!r}")


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
