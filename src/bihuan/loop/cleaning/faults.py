"""Why a file cannot be cleaned, as the rewriters say it."""

from __future__ import annotations


class CleaningFault(Exception):
    """The file cannot be cleaned. `why`: `broken`, `locked` (encrypted) or `unclean`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
