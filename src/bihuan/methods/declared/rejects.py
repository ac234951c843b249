"""Rows that could not be used: which file, row, field, rule, and what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from bihuan.declare.fieldtype import Wrong

SHOWN = 100
"""So many stand in the JSON answer; `--rejects` writes all."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that was not used.

    Args:
        file: Its name. row: Its line, the header being line 1. field: The column at fault, or empty.
        rule: The rule it breaks, in both languages or as a declared word. remedy: What to do.
        more: Further columns that the method declares, such as `entry` and `reason`.
    """

    file: str
    row: int
    field: str
    rule: str
    remedy: str
    more: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, str | int]:
        """The parts by name. Source: docs/topics/methods.md (file, row, field, rule, remedy)."""
        told: dict[str, str | int] = {"file": self.file, "row": self.row, "field": self.field, "rule": self.rule}
        return told | {"remedy": self.remedy} | dict(self.more)


def words_of(wrong: Wrong) -> tuple[str, str]:
    """The rule and the remedy of a refused cell, in both languages.

    Source: docs/topics/methods.md (file, row, field, rule, remedy)
    """
    return f"{wrong.what.zh} · {wrong.what.en}", f"{wrong.remedy.zh} · {wrong.remedy.en}"
