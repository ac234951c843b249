"""One batch of a job: take the newest cases that wait, ask the method, store what it says. Never one job per case.

What is stored and what stops waiting change in one transaction, so after `kill -9` a case either has its suggestions
or still waits. A case that breaks a method is logged and passed over; the others of its batch are not held up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction

from bihuan.loop import scope, stuck
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log
from bihuan.suggestions import reading
from bihuan.suggestions.drafts import SeenCase, SuggestionDraft

BATCH = 200  # cases at most
FIRST = 100  # cases of the first batch, before it is known how long one takes
LEAST = 10  # cases; below, the statements of a batch cost more than its cases
SOON = 0.3  # seconds a batch should take: a report of this second is never long behind the batch before it
MOST_CHOICES = 3
Method = Callable[[Sequence[SeenCase]], list[list[SuggestionDraft]]]

WAITING = """
SELECT case_id FROM suggestions_awaited WHERE task = %s AND NOT case_id = ANY(%s::uuid[]) ORDER BY case_id DESC LIMIT %s
"""
TAKE = "DELETE FROM suggestions_awaited WHERE task = %s AND case_id = ANY(%s) RETURNING case_id"
STORE = """
INSERT INTO suggestions_suggestion AS s
    (id, district_id, case_id, version, kind, value, confidence, decided, alternatives, reasons, model, created_at)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::int[], %s::text[], %s::text[], %s::float[], %s::bool[],
                     %s::text[]::jsonb[], %s::text[]::jsonb[], %s::text[], %s::timestamptz[])
ON CONFLICT (case_id, kind) DO UPDATE SET
    version = excluded.version, value = excluded.value, confidence = excluded.confidence, decided = excluded.decided,
    alternatives = excluded.alternatives, reasons = excluded.reasons, model = excluded.model,
    created_at = excluded.created_at
WHERE s.answer IS NULL
"""
AGAIN = """
INSERT INTO suggestions_awaited (task, case_id, district_id)
SELECT t.task, c.id, c.district_id FROM loop_case c CROSS JOIN unnest(%s::text[]) AS t(task)
WHERE c.district_id = %s AND c.state = 'received' AND c.ended_at IS NULL AND c.history IS NULL AND c.shape <> 'gate'
ON CONFLICT DO NOTHING
"""


class Pace:
    """How many cases a batch of one task takes, so that it ends within SOON however busy the machine is."""

    def __init__(self) -> None:
        self.limit = FIRST

    def took(self, cases: int, seconds: float) -> None:
        """Learn from a batch: at most half or twice as many the next time. A few cases say nothing about many.

        Source: docs/topics/suggestions.md, "How it runs"; docs/adr/0190.
        """
        fits = int(cases * SOON / max(seconds, 1e-6))
        if cases >= LEAST and (cases >= self.limit or fits < self.limit):
            self.limit = min(max(fits, self.limit // 2, LEAST), 2 * self.limit, BATCH)


_paces: dict[str, Pace] = {}


def run_batch(task: str, method: Method, district: str, limit: int | None = None) -> int:
    """Do one batch of a task, newest cases first; returns how many cases no longer wait.

    Args:
        task: `words` or `parent`.
        method: Drafts for each of some cases, in their order.
        district: Code of the district.
        limit: Most cases of one batch; None: as many as have lately fitted into SOON.

    Source: docs/adr/0190 (newest first); docs/topics/suggestions.md, "How it runs".
    """
    pace = _paces.setdefault(task, Pace())
    begun = time.monotonic()
    done = _batch(task, method, district, pace.limit if limit is None else limit)
    if done:
        pace.took(done, time.monotonic() - begun)
    return done


def _batch(task: str, method: Method, district: str, limit: int) -> int:
    loop = f"suggestions.{task}"
    resting, known = stuck.resting(loop)
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [task, sorted(resting), limit])
        waiting = [row[0] for row in cursor.fetchall()]
    done = stuck.each(loop, waiting, lambda some: _suggest(task, method, district, some), lambda key: (str(key), ""))
    if known:
        stuck.mended(loop, {str(key) for key in waiting} & known - stuck.resting(loop)[0])
    return done


def _suggest(task: str, method: Method, district: str, waiting: Sequence[UUID]) -> int:
    seen = reading.read_open_cases(list(waiting))
    drafts = ask_method(task, method, seen)
    with transaction.atomic(), scope.district(district), connection.cursor() as cursor:
        cursor.execute(TAKE, [task, list(waiting)])
        taken = {row[0] for row in cursor.fetchall()}
        store([(case, d) for case, ds in zip(seen, drafts, strict=True) if case.id in taken for d in ds], district)
    return len(waiting)


def ask_method(task: str, method: Method, seen: Sequence[SeenCase]) -> list[list[SuggestionDraft]]:
    """Return what the method says about each case; nothing about a case that breaks it.

    Source: docs/topics/suggestions.md, "How it runs"; docs/adr/0190.
    """
    try:
        return method(seen) if seen else []
    except Exception:  # noqa: BLE001 - whatever a method raises, it must not stop the cases beside the one that broke it
        if len(seen) == 1:
            log("suggestion_failed", True, task=task, case=seen[0].id)
            return [[]]
        half = len(seen) // 2
        return [*ask_method(task, method, seen[:half]), *ask_method(task, method, seen[half:])]


def store(pairs: Sequence[tuple[SeenCase, SuggestionDraft]], district: str) -> None:
    """Store drafts inside the caller's transaction: one row per case and question, an answered one stays as it is.

    Source: docs/topics/suggestions.md, "How it runs" (rows and the end of waiting in one transaction).
    """
    if not pairs:
        return
    now = datetime.now(UTC)
    rows = [
        (new_id(), district, case.id, case.version, d.kind, d.value[:200], d.confidence, d.decided,
         _json([c._asdict() for c in d.choices[:MOST_CHOICES]]), _json(d.reasons), d.model[:120], now)
        for case, d in pairs
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STORE, [list(column) for column in zip(*rows, strict=True)])


def wait_again(tasks: Sequence[str], district: str) -> int:
    """Let every case at the desk wait once more (after a new model); answers already given stay. Returns how many.

    Source: docs/topics/suggestions.md, "Answers" (`bihuan suggestions again`).
    """
    with transaction.atomic(), scope.district(district), connection.cursor() as cursor:
        cursor.execute(AGAIN, [list(tasks), district])
        return int(cursor.rowcount)


def case_waits(case: UUID) -> bool:
    """Return whether a case still waits for one of its jobs.

    Source: docs/topics/suggestions.md, "How it runs"; docs/adr/0190.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM suggestions_awaited WHERE case_id = %s LIMIT 1", [case])
        return cursor.fetchone() is not None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
