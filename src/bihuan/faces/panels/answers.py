"""An answer of a method on a page beside its plain table: intervals, a drawing, a list of things that it tells.

Source: docs/topics/views.md, "Panels".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from bihuan.declare.model import Code, Name, Strict
from bihuan.faces.panels.declared import Dot, Shown, Whisker
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.loop.kernel.model import Text

NONE = Text("没有符合条件的条目。", "Nothing matches.")


class RowInterval(Strict):
    """An interval drawn beside each row: the columns of its ends and of what was measured; `name` heads it."""

    name: Name
    low: Code
    high: Code
    value: Code


class MethodPlot(Strict):
    """A drawing of the answer: columns for the place of each row, its colour (`group`), and what it is called."""

    x: Code
    y: Code
    group: Code
    title: Code


def listed_rows(
    columns: Sequence[str], words: Mapping[str, Name], told: Sequence[Mapping[str, Any]], most: int
) -> Shown:
    """Return a list of things that an answer tells, such as statements that unite, as a table.

    Args:
        columns: Of it; none: those of its first thing. words: Of the heads. most: So many rows.
    """
    names = columns or tuple(told[0] if told else ())
    heads = [say(words[name]) if name in words else name for name in names]
    rows = [
        [Cell(_written(each.get(name)), "", isinstance(each.get(name), int | float)) for name in names]
        for each in told[:most]
    ]
    return Shown(heads, rows, message="" if rows else say(NONE))


def plotted(
    asked: MethodPlot, columns: Mapping[str, Sequence[Any]], rows: Sequence[int]
) -> tuple[list[Dot], list[str]]:
    """Return a dot for each row that has a place, coloured by its group in the order of their names; and the groups."""
    groups = sorted({str(columns[asked.group][row]) for row in rows if columns[asked.group][row] not in (None, "")})
    dots = []
    for row in rows:
        x, y = number_of(columns[asked.x][row]), number_of(columns[asked.y][row])
        group = str(columns[asked.group][row])
        if x is not None and y is not None and group in groups:
            dots.append(Dot(x, y, f"{columns[asked.title][row]} · {group}", groups.index(group)))
    return dots, groups


def whiskers_of(asked: RowInterval, columns: Mapping[str, Sequence[Any]], rows: Sequence[int]) -> list[Whisker | None]:
    """Return each row's interval on one scale for all rows; None where an end is not a number."""
    found = [[number_of(columns[name][row]) for name in (asked.low, asked.high, asked.value)] for row in rows]
    ends = [end for each in found for end in each if end is not None]
    if not ends:
        return []
    low, span = min(ends), (max(ends) - min(ends)) or 1.0
    drawn: list[Whisker | None] = []
    for first, last, value in found:
        if first is None or last is None or value is None:
            drawn.append(None)
        else:
            drawn.append(Whisker(*(100 * (end - low) / span for end in (first, last, value))))
    return drawn


def number_of(value: Any) -> float | None:
    """Return a finite number, or None for what is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if isfinite(found) else None


def _written(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
