"""The values the jobs speak of: a case as they read it, and what is suggested for it. No database.

A reason is a small JSON object with a `kind`; the faces put it into words:
`words` {words} the words that speak for it · `rule` {…} the row of the duty matrix · `place` {name, entry} the place
it was found by · `same` {reasons} why two reports are one matter · `prior` {unit, share, cases} who took such cases
after a return · `point` the report's own point lies inside
· `category` {category} whose class of the clock it is.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

Reason = dict[str, Any]
MOST_WORDS = 8
LONGEST_WORD = 40


class Kind(StrEnum):
    """The questions; each is answered by one value."""

    CATEGORY = "category"
    URGENCY = "urgency"
    AREA = "area"
    PLACE = "place"
    PARENT = "parent"
    UNIT = "unit"


class PersonsAnswer(StrEnum):
    """What people made of a suggestion."""

    ACCEPTED = "accepted"  # its first value was taken
    CORRECTED = "corrected"  # another value was set in its place
    OVERRULED = "overruled"  # somebody said no, and set nothing in its place
    EXPIRED = "expired"  # the case went on and nobody had answered


class Task(StrEnum):
    """The two jobs; one being slow or broken does not hold up the other."""

    WORDS = "words"  # category, urgency, place, unit: from what the report says
    PARENT = "parent"  # is it one of the cases of the last days?


class RankedValue(NamedTuple):
    """One possible value with its confidence (0–1)."""

    value: str
    confidence: float


class SuggestionDraft(NamedTuple):
    """One suggestion before it is stored; `choices` are ranked, the first is the suggested value."""

    kind: str
    choices: tuple[RankedValue, ...]
    decided: bool
    reasons: tuple[Reason, ...]
    model: str

    @property
    def value(self) -> str:
        """What is suggested. Source: docs/topics/triage.md, "What a confidence means"."""
        return self.choices[0].value

    @property
    def confidence(self) -> float:
        """How sure the method is of it, 0–1. Source: docs/topics/triage.md, "What a confidence means"."""
        return self.choices[0].confidence


class SeenCase(NamedTuple):
    """One case as a job reads it. `lon` and `lat` are degrees; the words are the opening report's."""

    id: UUID
    programme: str
    kind: str
    state: str
    category: str | None
    area: str | None
    urgency: str
    lon: float | None
    lat: float | None
    opened_at: datetime
    version: int
    title: str
    text: str
    address: str

    @property
    def words(self) -> str:
        """Title and text, without the title that is only the beginning of the text."""
        return self.text if self.text.startswith(self.title) else f"{self.title}\n{self.text}".strip()


def words_reason(words: tuple[str, ...]) -> tuple[Reason, ...]:
    """Return the words that speak for a value, shortened; nothing when there are none.

    Source: docs/topics/suggestions.md (each suggestion says why)
    """
    kept = [word[:LONGEST_WORD] for word in words if word.strip()][:MOST_WORDS]
    return ({"kind": "words", "words": kept},) if kept else ()
