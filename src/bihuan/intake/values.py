"""One column of cells → one column of values, with the rows that cannot be converted.

Each converter takes the cells of a column and returns as many values; what is wrong goes into `Bad`, by row.
"""

from collections.abc import Mapping as Map
from datetime import datetime, timedelta
from typing import Any

from bihuan.intake.dates import EXPECTED, Form, Zone, parse
from bihuan.intake.faults import Fault

MICRO = 1_000_000
AHEAD = timedelta(days=1)  # tolerated difference between two machines' clocks and zones


class Bad:
    """Rows that cannot be used, each with its first fault."""

    def __init__(self, lines: list[int]) -> None:
        self.lines = lines
        self.faults: dict[int, Fault] = {}

    def add(self, row: int, code: str, field: str, cell: Any = "", **params: Any) -> None:
        """Note what is wrong with a row; the first fault of a row is the one reported."""
        if row not in self.faults:
            value = "" if cell is None else str(cell)
            shown = value if len(value) <= 80 else value[:79] + "…"
            self.faults[row] = Fault(code, self.lines[row], field, shown, params)


def texts(cells: list[Any], field: str, limit: int, bad: Bad) -> list[str]:
    """Trimmed text; numbers become their digits."""
    out = []
    for row, cell in enumerate(cells):
        text = cell.strip() if isinstance(cell, str) else "" if cell is None else _text(cell)
        if len(text) > limit:
            bad.add(row, "text_too_long", field, text, length=len(text), limit=limit)
        out.append(text)
    return out


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def moments(
    cells: list[Any], field: str, form: Form, zone: Zone, span: tuple[datetime, datetime | None], bad: Bad
) -> list[datetime | None]:
    """Moments in UTC; empty cells are None. `span` is the earliest and (None: any) latest plausible moment."""
    earliest, latest = span
    out: list[datetime | None] = []
    for row, cell in enumerate(cells):
        if cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()):
            out.append(None)
            continue
        found = parse(cell, form, zone)
        if isinstance(found, str):
            bad.add(row, found, field, cell, expected=EXPECTED[form], zone=zone.info.key)
            out.append(None)
            continue
        if found < earliest or (latest is not None and found > latest):
            until = latest.date().isoformat() if latest else "-"
            bad.add(row, "out_of_time", field, cell, earliest=earliest.date().isoformat(), latest=until)
        out.append(found)
    return out


def coded(cells: list[Any], field: str, table: Map[str, str | None] | None, bad: Bad) -> list[str | None]:
    """The file's words turned into codes; without a table the word is the code, empty is None."""
    cache: dict[Any, str | None] = {}
    out: list[str | None] = []
    for row, cell in enumerate(cells):
        if cell in cache:
            out.append(cache[cell])
            continue
        word = _text(cell) if cell is not None else ""
        if table is None:
            code: str | None = word or None
        elif word in table:
            code = table[word]
        elif not word or "*" in table:
            code = table.get("*")
        else:
            bad.add(row, "unknown_value", field, word, known=", ".join(list(table)[:12]))
            out.append(None)
            continue
        cache[cell] = code
        out.append(code)
    return out


def places(
    longitudes: list[Any],
    latitudes: list[Any],
    fields: tuple[str, str],
    placeholders: frozenset[tuple[int, int]],
    bad: Bad,
) -> list[tuple[int, int] | None]:
    """Positions in millionths of a degree. A placeholder position (a city hall, 0/0) is no position."""
    out: list[tuple[int, int] | None] = []
    for row, (lon, lat) in enumerate(zip(longitudes, latitudes, strict=True)):
        x, y = _micro(lon), _micro(lat)
        if x is None and y is None:
            out.append(None)
            continue
        if x is None or y is None or isinstance(x, str) or isinstance(y, str):
            wrong = 0 if isinstance(x, str) or (x is None and not isinstance(y, str)) else 1
            bad.add(row, "not_a_number", fields[wrong], (lon, lat)[wrong])
            out.append(None)
            continue
        if abs(x) > 180 * MICRO or abs(y) > 90 * MICRO:
            bad.add(row, "no_such_place", fields[0] if abs(x) > 180 * MICRO else fields[1], f"{lon}, {lat}")
        out.append(None if (x, y) in placeholders or (x == 0 and y == 0) else (x, y))
    return out


def _micro(cell: Any) -> int | str | None:
    """Millionths of a degree; None when empty, the text itself when it is no number."""
    if cell is None or cell == "":
        return None
    try:
        return round(float(cell) * MICRO)
    except (ValueError, TypeError, OverflowError):
        return None if not str(cell).strip() else str(cell)
