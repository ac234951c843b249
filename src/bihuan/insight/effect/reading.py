"""From the columns of a file to a panel: one row per unit and period, or one row per event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.effect.model import EffectError, Floats, Mask, Panel, Words
from bihuan.insight.effect.periods import Timeline, order_periods

Cells = Sequence[str]
YES = {"1", "1.0", "true", "yes", "y", "t", "是", "treated", "treatment", "干预"}
NO = {"", "0", "0.0", "false", "no", "n", "f", "否", "control", "对照", "nan", "none"}


@dataclass(frozen=True)
class EffectColumns:
    """The columns that play a role, as text; all of one length, one cell per row.

    Args:
        unit: The place or group a row counts.
        period: When.
        treated: 1/0 per unit, or switching to 1 at the start.
        count: Events; None when each row is one event.
        start: A start per unit (empty for the others), or None.
        holdout, neighbour, selected: 1/0; `selected` marks the periods whose counts decided.
        exposure: What a count is per; None for none.
        stratum: Groups compared within themselves.
        placebo: Events the treatment cannot touch.
    """

    unit: Cells
    period: Cells
    treated: Cells
    count: Cells | None = None
    start: Cells | None = None
    holdout: Cells | None = None
    neighbour: Cells | None = None
    selected: Cells | None = None
    exposure: Cells | None = None
    stratum: Cells | None = None
    placebo: Cells | None = None


def assemble(
    columns: EffectColumns, start: str | None = None, selection: str | None = None
) -> tuple[Panel, tuple[int, ...] | None]:
    """Build the panel, and the selection window as period indices.

    Args:
        columns: The cells.
        start: First treated period of all treated units; None to take it from the columns.
        selection: "FROM:TO" (both included), "none" when no counts decided, or None when unknown.

    Returns:
        The panel, and `Design.selection` (None when unknown).

    Raises:
        EffectError: a column cannot be read (with its row), or the start stays unknown.

    Source: docs/topics/effect.md, "The file".
    """
    line = order_periods(columns.period)
    place = {name: i for i, name in enumerate(line.names)}
    units = tuple(sorted(set(columns.unit)))
    number = {name: i for i, name in enumerate(units)}
    rows = np.array([number[u] for u in columns.unit]), np.array([place[p] for p in columns.period])
    shape = (len(units), len(units) and len(line.names))
    counts = np.zeros(shape)
    np.add.at(counts, rows, 1.0 if columns.count is None else _numbers(columns.count, "count"))
    seen = np.zeros(shape, bool)
    seen[rows] = True
    notes = _notes(seen, columns.count is None)
    panel = Panel(
        units,
        line.names,
        counts,
        _treated_from(columns, rows, shape, line, start),
        exposure=_exposure(columns, rows, shape),
        stratum=_stratum(columns.stratum, rows[0], units),
        holdout=_flag(columns.holdout, "holdout", rows[0], len(units)),
        neighbour=_flag(columns.neighbour, "neighbour", rows[0], len(units)),
        placebo=_sums(columns.placebo, rows, shape),
        season=line.season,
        notes=notes,
    )
    return panel, _selection(selection, columns.selected, rows[1], line)


def read_flags(cells: Cells, column: str) -> Mask:
    """(rows,) 1/0, yes/no, 是/否 as booleans; empty is no.

    Raises:
        EffectError: another value, with its row.

    Source: docs/topics/effect.md, "The file".
    """
    answer = np.zeros(len(cells), bool)
    for i, cell in enumerate(cells):
        text = cell.strip().lower()
        if text not in YES and text not in NO:
            raise EffectError(
                f"{column}: row {i + 1} is {cell!r}, not 0 or 1", f"name a 0/1 column, or COLUMN=VALUE for {column}"
            )
        answer[i] = text in YES
    return answer


def _numbers(cells: Cells, column: str) -> Floats:
    answer = np.zeros(len(cells))
    for i, cell in enumerate(cells):
        try:
            answer[i] = float(cell or 0)
        except ValueError:
            raise EffectError(
                f"{column}: row {i + 1} is {cell!r}, no number", "correct it or name another column"
            ) from None
        if not (np.isfinite(answer[i]) and answer[i] >= 0):
            raise EffectError(f"{column}: row {i + 1} is {cell!r}", "counts are 0 or more")
    return answer


def _sums(
    cells: Cells | None, rows: tuple[NDArray[np.int64], NDArray[np.int64]], shape: tuple[int, int]
) -> Floats | None:
    if cells is None:
        return None
    total = np.zeros(shape)
    np.add.at(total, rows, _numbers(cells, "placebo"))
    return total


def _exposure(
    columns: EffectColumns, rows: tuple[NDArray[np.int64], NDArray[np.int64]], shape: tuple[int, int]
) -> Floats | None:
    """Exposure per cell; rows of one unit and period add up, cells without a row take the unit's mean."""
    total = _sums(columns.exposure, rows, shape)
    if total is None:
        return None
    known = total > 0
    if not known.any(axis=1).all():
        bare = sorted(set(columns.unit))[int(np.argmin(known.any(axis=1)))]
        raise EffectError(
            f"offset: unit {bare!r} has none above 0", "an offset is a positive number per unit and period"
        )
    mean = total.sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True)
    return np.where(known, total, mean)


def _flag(cells: Cells | None, column: str, unit: NDArray[np.int64], n: int) -> Mask | None:
    """(n,) True for units with a 1 in any row."""
    if cells is None:
        return None
    marked = np.zeros(n, bool)
    np.logical_or.at(marked, unit, read_flags(cells, column))
    return marked


def _stratum(cells: Cells | None, unit: NDArray[np.int64], units: tuple[str, ...]) -> tuple[str, ...] | None:
    """The stratum of each unit.

    Raises:
        EffectError: a unit lies in two.
    """
    if cells is None:
        return None
    found: dict[int, str] = {}
    for row, (i, cell) in enumerate(zip(unit.tolist(), cells, strict=True)):
        if found.setdefault(i, cell) != cell:
            raise EffectError(
                f"stratum: unit {units[i]!r} is in {found[i]!r} and, in row {row + 1}, in {cell!r}",
                "a unit lies in one stratum: make it part of the unit",
            )
    return tuple(found[i] for i in range(len(units)))


def _treated_from(
    columns: EffectColumns,
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    shape: tuple[int, int],
    line: Timeline,
    start: str | None,
) -> NDArray[np.int64]:
    """(n,) index of the first treated period of each unit; P for never."""
    n, periods = shape
    marked = read_flags(columns.treated, "treated")
    ever = np.zeros(n, bool)
    np.logical_or.at(ever, rows[0], marked)
    if start is not None:
        return np.where(ever, line.index(start, "start"), periods).astype(np.int64)
    if columns.start is not None:
        return _started(columns.start, rows[0], ever, line, periods)
    first, clear = np.full(n, periods, dtype=np.int64), np.zeros(n, bool)
    np.minimum.at(first, rows[0][marked], rows[1][marked])
    before = ~marked & (columns.count is not None)
    np.logical_or.at(clear, rows[0][before], ever[rows[0][before]])
    if (clear | ~ever).all() and (first[ever] > 0).all():
        return first  # the flag switches on
    if line.indicator or periods == 2:
        return np.where(ever, 1, periods).astype(np.int64)
    raise EffectError(
        f"the flag of the treated units is the same in all {periods} periods: when did the treatment start?",
        "name the first treated period with --start, or let the flag switch from 0 to 1, or give a 0/1 period",
    )


def _started(cells: Cells, unit: NDArray[np.int64], ever: Mask, line: Timeline, periods: int) -> NDArray[np.int64]:
    first = np.full(len(ever), periods, dtype=np.int64)
    for i, cell in zip(unit.tolist(), cells, strict=True):
        if cell.strip() and ever[i]:
            first[i] = min(int(first[i]), line.index(cell.strip(), "start"))
    if np.any(ever & (first == periods)):
        raise EffectError(
            "start: a treated unit has none", "fill the column for each treated unit, or give one --start"
        )
    return first


def _selection(
    selection: str | None, selected: Cells | None, period: NDArray[np.int64], line: Timeline
) -> tuple[int, ...] | None:
    if selection is not None:
        if selection.strip().lower() == "none":
            return ()
        low, colon, high = selection.partition(":")
        if not colon:
            high = low
        first = line.index(low.strip(), "selection")
        key_high = high.strip()
        last = line.names.index(key_high) if key_high in line.names else _last_up_to(key_high, line)
        if last < first:
            raise EffectError(f"selection: {selection!r} holds no period", "write FROM:TO, both included")
        return tuple(range(first, last + 1))
    if selected is None:
        return None
    return tuple(sorted({int(p) for p in period[read_flags(selected, "selection")]}))


def _last_up_to(value: str, line: Timeline) -> int:
    try:
        found = line.index(value, "selection")
    except EffectError as error:
        if "after the last" in error.message:
            return len(line.names) - 1
        raise
    return found - 1


def _notes(seen: Mask, events: bool) -> tuple[Words, ...]:
    if events:
        return ({"zh": "每行为一件，按单元与时段计数。", "en": "Each row is one event, counted by unit and period."},)
    missing = int((~seen).sum())
    if not missing:
        return ()
    return (
        {
            "zh": f"有 {missing} 个单元×时段没有记录，按 0 件计。",
            "en": f"{missing} pairs of unit and period have no row and count as 0.",
        },
    )
