"""People who exist in a play alone: a module of its own, since a play of a sample needs nothing else of the simulator.

Source: docs/topics/play.md, "Acts".
"""

from __future__ import annotations

from bihuan.loop.store.others import StoredCases


class Invented(StoredCases):
    """The cases in the database; the people of a play have no accounts, so whoever is named is believed."""

    def person(self, person: str) -> str | None:
        """See `Facts.person`."""
        return ""
