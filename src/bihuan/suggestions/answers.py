"""Answers: read from events, in batches and right after a person acted; said outright where no event would tell.

A case whose events cannot be read is set aside; the answers of the others are kept (`bihuan.loop.stuck`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

from bihuan.loop import stuck
from bihuan.suggestions.drafts import PersonsAnswer
from bihuan.suggestions.judging import TELLING, JudgedEvent, Judgement, Open, judge_suggestion
from bihuan.suggestions.models import Suggestion

BATCH = 500
LOOP = "answers"
MOVED = """
SELECT s.id, s.case_id, s.kind, s.value, s.version, c.state, c.version
FROM suggestions_suggestion s JOIN loop_case c ON c.id = s.case_id AND c.version > s.version
WHERE s.answer IS NULL AND (%s::uuid[] IS NULL OR s.case_id = ANY(%s::uuid[])) AND NOT s.case_id = ANY(%s::uuid[])
LIMIT %s
"""
EVENTS = """
SELECT case_id, version, kind, actor, recorded_at, data FROM loop_event
WHERE case_id = ANY(%s) AND kind = ANY(%s) ORDER BY case_id, version
"""
WRITE = """
UPDATE suggestions_suggestion s SET version = w.version, answer = w.answer, answered_by = w.by,
    answered_at = CASE WHEN w.answer IS NULL THEN NULL ELSE coalesce(w.at, now()) END, answer_value = w.value
FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
     AS w(id, version, answer, by, at, value)
WHERE s.id = w.id AND s.answer IS NULL
"""
NOBODY_YET = Judgement("", None, None, None)


def answer_moved_cases(cases: Sequence[UUID] | None = None, limit: int = BATCH) -> int:
    """Answer suggestions whose case has moved (four statements); returns how many suggestions were looked at.

    Args:
        cases: Only these; all when None.
        limit: Most suggestions of one batch.

    Source: docs/topics/suggestions.md, "Answers"; docs/adr/0190.
    """
    wanted = None if cases is None else list(cases)
    resting, known = stuck.resting(LOOP)
    with connection.cursor() as cursor:
        cursor.execute(MOVED, [wanted, wanted, sorted(resting), limit])
        moved = [Open(*row) for row in cursor.fetchall()]
    by_case: dict[UUID, list[Open]] = {}
    for suggestion in moved:
        by_case.setdefault(suggestion.case, []).append(suggestion)
    done: list[str] = []

    def answer(groups: Sequence[list[Open]]) -> int:
        count = _answer([suggestion for group in groups for suggestion in group])
        done.extend(str(group[0].case) for group in groups)
        return count

    count = stuck.each(LOOP, list(by_case.values()), answer, lambda group: (str(group[0].case), ""))
    stuck.mended(LOOP, known.intersection(done))
    return count


def _answer(moved: Sequence[Open]) -> int:
    events = _events(list({s.case for s in moved}))
    verdicts = [judge_suggestion(s, events.get(s.case, [])) or NOBODY_YET for s in moved]
    rows = [(s.id, s.version, v.answer or None, v.by, v.at, v.value) for s, v in zip(moved, verdicts, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [list(column) for column in zip(*rows, strict=True)])
    return len(moved)


def record_answer(
    case: UUID, kind: str, answer: PersonsAnswer, by: str, at: datetime, value: str | None = None
) -> bool:
    """Record an answer that leaves no event: "no, nothing of the kind", or a place that was confirmed.

    Returns:
        False when there is no such unanswered suggestion.

    Source: docs/topics/suggestions.md, "Answers".
    """
    unanswered = Suggestion.objects.filter(case_id=case, kind=kind, answer__isnull=True)
    return bool(unanswered.update(answer=answer, answered_by=by, answered_at=at, answer_value=value))


def take_back(case: UUID, kind: str, by: str, at: datetime) -> bool:
    """An accepted suggestion turned out wrong (a merge was split): it counts as overruled from now on.

    Source: docs/topics/suggestions.md, "Answers" (splitting a wrong merge overrules).
    """
    wrong = Suggestion.objects.filter(case_id=case, kind=kind, answer=PersonsAnswer.ACCEPTED)
    return bool(wrong.update(answer=PersonsAnswer.OVERRULED, answered_by=by, answered_at=at, answer_value=None))


def _events(cases: list[UUID]) -> dict[UUID, list[JudgedEvent]]:
    found: dict[UUID, list[JudgedEvent]] = {}
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, [cases, list(TELLING)])
        for case, version, kind, actor, at, data in cursor.fetchall():
            decoded = data if isinstance(data, dict) else msgspec.json.decode(data)
            found.setdefault(case, []).append(JudgedEvent(version, kind, actor, at, decoded))
    return found
