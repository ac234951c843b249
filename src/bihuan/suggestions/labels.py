"""What operators decided, as labels for the next model: words and category, no identity.

Only cases whose words still exist and that nobody has restricted; telephone numbers, numbers of identity cards, mail
addresses and number plates in the words are masked, since residents type them anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from bihuan.suggestions.drafts import Kind, PersonsAnswer

ANSWERED = """
SELECT c.number, c.title, coalesce(p.body->>'text', ''), s.answer_value, s.value, s.answer, s.model, s.answered_at
FROM suggestions_suggestion s
JOIN loop_case c ON c.id = s.case_id
JOIN loop_event e ON e.case_id = c.id AND e.version = 1
JOIN loop_event_private p ON p.event_id = e.id
WHERE s.kind = %s AND s.answer = ANY(%s) AND s.answer_value IS NOT NULL AND c.restricted IS NULL
  AND s.answered_at >= %s
ORDER BY s.answered_at, s.id
"""
LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
FETCH = 5000
HEADER = ("id", "text", "label", "suggested", "answer", "model", "answered_at")
_PERSONAL = re.compile(
    r"(?<!\d)\d{17}[\dXx](?!\d)"  # identity card, GB 11643
    r"|(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"  # mobile telephone
    r"|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"  # landline
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # mail
    r"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][· ]?[A-Z0-9]{5,6}(?![A-Z0-9])",  # plate
    re.ASCII,
)
MASK = "＊＊＊"


class DecidedLabel(NamedTuple):
    """One decided report; the columns are those of `HEADER`."""

    number: str
    text: str
    label: str
    suggested: str
    answer: str
    model: str
    answered_at: str


def decided_labels(since: datetime = LONG_AGO) -> Iterator[DecidedLabel]:
    """Yield every category that a person took or corrected since a moment, oldest first.

    Source: docs/topics/suggestions.md, "Answers" (`export-labels`).
    """
    with connection.cursor() as cursor:
        cursor.execute(ANSWERED, [Kind.CATEGORY, [PersonsAnswer.ACCEPTED, PersonsAnswer.CORRECTED], since])
        while rows := cursor.fetchmany(FETCH):
            for number, title, text, label, suggested, answer, model, at in rows:
                words = text if text.startswith(title) else f"{title}\n{text}".strip()
                yield DecidedLabel(
                    number, mask_numbers(words), label, suggested, answer, model, at.isoformat(timespec="seconds")
                )


def mask_numbers(text: str) -> str:
    """Return the text without numbers and addresses that lead to a person.

    Source: docs/topics/suggestions.md, "Answers" (telephone, card, mail and plate numbers).
    """
    return _PERSONAL.sub(MASK, text)
