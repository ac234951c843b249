"""What a request asks the database: how many statements, and whether one of them walks through a whole table.

On the few rows of a test PostgreSQL always walks; with `enable_seqscan` off it does so only where no index serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

LARGE = ("loop_case", "loop_event", "number_case", "number_cell")
"""Tables that grow with the number of cases."""


class Statements(list[tuple[str, Any]]):
    """The statements of a request, in order, with their parameters."""

    def texts(self) -> list[str]:
        """Their texts on one line each."""
        return [" ".join(text.split()) for text, _ in self]

    def walks(self, tables: tuple[str, ...] = LARGE) -> list[str]:
        """Return the statements whose plan reads one of the tables from its first row to its last."""
        found = []
        for text, given in self:
            if text.lstrip()[:6].upper() not in ("SELECT", "WITH F", "WITH"):
                continue
            plan = _plan(text, given)
            if any(f"Seq Scan on {table}" in line for line in plan for table in tables):
                found.append(" ".join(text.split()))
        return found


@contextmanager
def statements() -> Iterator[Statements]:
    """Collect every statement of the block."""
    asked = Statements()

    def keep(execute: Callable[..., Any], text: str, given: Any, many: bool, context: Any) -> Any:
        asked.append((text, given))
        return execute(text, given, many, context)

    with connection.execute_wrapper(keep):
        yield asked


def _plan(text: str, given: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            cursor.execute(f"EXPLAIN {text}", given)
            return [row[0] for row in cursor.fetchall()]
        finally:
            cursor.execute("RESET enable_seqscan")
