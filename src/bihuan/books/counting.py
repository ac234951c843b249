"""Rejects that nobody asked to have in a file."""

from __future__ import annotations

from collections.abc import Iterable

from bihuan.declare.problems import Problem
from bihuan.readers import Rejects, RowFault


class CountedRejects(Rejects):
    """Counts what was not taken and writes nothing."""

    def write(self, file: str, faults: Iterable[RowFault | Problem]) -> None:
        """Count the faults of a file."""
        self.count += sum(1 for _ in faults)
