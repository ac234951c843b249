"""The clock of a play: whatever in the house asks what time it is hears the played instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


class PlayedTime:
    """The instant that is being played; it never goes back."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def advance(self, at: datetime) -> None:
        """Go on to an instant; an earlier one changes nothing. Source: docs/topics/play.md, "Time"."""
        self.now = max(self.now, at)

    def read(self) -> datetime:
        """Return the played instant, as `django.utils.timezone.now` would the real one."""
        return self.now


@contextmanager
def played_time(start: datetime) -> Iterator[PlayedTime]:
    """Let the house's clock stand at an instant and be moved, until the block ends.

    Source: docs/topics/play.md, "Time"; docs/adr/0286-plays.md (2).
    """
    clock, real = PlayedTime(start), timezone.now
    timezone.now = clock.read
    try:
        yield clock
    finally:
        timezone.now = real
