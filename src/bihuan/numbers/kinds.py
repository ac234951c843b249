"""The kinds of period of this installation: the calendar's, declared months of accounts, and those that are kept."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from bihuan.declare.model import Code, Name, Strict, validated
from bihuan.declare.source import Document
from bihuan.loop.folders import SHARED, roots
from bihuan.loop.indicator_files import every_edition
from bihuan.numbers.periods import CALENDAR, Kinds

FILE = "periods.yaml"


class ShiftedKind(Strict):
    """A month of accounts: it begins on this day of the month before the one it is named by."""

    name: Name
    begins: int = Field(ge=2, le=28)
    citation: str


def kinds() -> Kinds:
    """Return the kinds of period that may be asked for.

    Raises:
        DeclarationError: a file of declared kinds is faulty.

    Source: docs/topics/indicators.md, "Periods".
    """
    files = tuple(root / SHARED / FILE for root in roots() if (root / SHARED / FILE).exists())
    return _kinds(tuple((file, file.stat().st_mtime_ns) for file in files))


def kept_kinds() -> tuple[str, ...]:
    """Return the kinds of period that are kept for pages: months, and what an indicator declares besides.

    Source: docs/topics/indicators.md, "Periods".
    """
    asked = {kind for each in every_edition() for kind in each.periods}
    return ("month", *(kind for kind in kinds().names if kind in asked and kind != "month"))


@cache
def _kinds(stamped: tuple[tuple[Path, int], ...]) -> Kinds:
    found: dict[str, int] = {}
    for file, _ in stamped:
        declared = validated(Document(file), dict[Code, ShiftedKind])
        found |= {name: kind.begins for name, kind in declared.items() if name not in CALENDAR}
    return Kinds(found)
