"""The clock of a play: whatever in the house asks what time it is hears the played instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone

from bihuan.simulator.plays.planted import SampleFault


class PlayedTime:
    """The instant that is being played; it never goes back, and not beyond `until` where there is one."""

    def __init__(self, start: datetime, until: datetime | None = None) -> None:
        self.now, self.until = start, until

    def advance(self, at: datetime) -> None:
        """Go on to an instant; an earlier one changes nothing.

        Raises:
            SampleFault: it lies beyond the end of the play.

        Source: docs/topics/play.md, "Time".
        """
        if self.until is not None and at > self.until:
            raise SampleFault(f"样例演到 {at}，晚于 {self.until} · the sample goes on to {at}, later than {self.until}")
        self.now = max(self.now, at)

    def read(self) -> datetime:
        """Return the played instant, as `django.utils.timezone.now` would the real one."""
        return self.now


@contextmanager
def played_time(start: datetime, until: datetime | None = None) -> Iterator[PlayedTime]:
    """Let the house's clock stand at an instant and be moved, until the block ends; never beyond `until`.

    Source: docs/topics/play.md, "Time"; docs/adr/0286-plays.md (2).
    """
    clock, real = PlayedTime(start, until), timezone.now
    timezone.now = clock.read
    try:
        yield clock
    finally:
        timezone.now = real
