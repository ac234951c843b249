"""Dated editions: from which day to which a declaration holds, whom a change reaches, and what tells two of them apart.

Both days are inclusive, as statutes put them: in force from the first day until the end of the last. Which edition
answers is decided by the day of the event, never by today. Source: DESIGN §3 (`applies_to`), docs/adr/0010.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal, NamedTuple, get_args

AppliesTo = Literal["new", "open"]
"""Whether a new edition reaches only new cases, or the open ones too, by an event that is shown before."""
REACHES: tuple[str, ...] = get_args(AppliesTo)


class Span(NamedTuple):
    """The days on which an edition holds; `last` None: until another ends it."""

    first: date
    last: date | None = None

    def holds(self, on: date) -> bool:
        """Return whether a day is one of them.

        Source: docs/topics/rules.md, "A rule table" (editions by the days they hold)
        """
        return self.first <= on and (self.last is None or on <= self.last)

    def overlaps(self, other: Span) -> bool:
        """Return whether some day belongs to both.

        Source: docs/topics/rules.md, "A rule table" (editions by the days they hold)
        """
        return self.first <= (other.last or date.max) and other.first <= (self.last or date.max)


def short_digest(content: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of a canonical text: how an edition is cited beside its name.

    Source: FIPS 180-4; docs/adr/0010 (content, not layout).
    """
    return hashlib.sha256(content.encode()).hexdigest()[:16]
