"""One column of cells → one column of values, with the rows that cannot be converted.

Each converter takes the cells of a column and returns as many values; what is wrong goes into `BadRows`, by row.
"""

import re
from collections.abc import Callable
from collections.abc import Mapping as Map
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bihuan.declare.types.place import FURTHEST, MICRO, is_position
from bihuan.readers.dates import EXPECTED, Form, Zone, parse_moment
from bihuan.readers.faults import RowFault

AHEAD = timedelta(days=1)  # tolerated difference between two machines' clocks and zones


class BadRows:
    """Rows that cannot be used, each with its first fault."""

    def __init__(self, lines: list[int]) -> None:
        self.lines = lines
        self.faults: dict[int, RowFault] = {}

    def add(self, row: int, code: str, field: str, cell: Any = "", **params: Any) -> None:
        """Note what is wrong with a row; the first fault of a row is the one reported.

        Source: docs/topics/import.md, "Import a file".
        """
        if row not in self.faults:
            value = "" if cell is None else str(cell)
            shown = value if len(value) <= 80 else value[:79] + "…"
            self.faults[row] = RowFault(code, self.lines[row], field, shown, params)


class DigitsLostError(ValueError):
    """A number that a program has rounded: more than 15 digits as a float, or written as 1.0E+17."""


NOTHING = frozenset({"null", "\\n", "(null)", "nan", "nat", "none", "#n/a", "n/a", "<na>"})
"""Words for nothing, in cells that are no sentences (ids, dates, numbers, codes); compared in lower case."""
_WORDLESS = ("NULL", "\\N", "(null)")
_GUARD = re.compile(r'="(.*)"', re.DOTALL)
_ROUNDED = re.compile(r"-?\d(?:[.,]\d+)?[eE]\+\d{1,3}")
_INVISIBLE = dict.fromkeys(
    [*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD, *range(0x202A, 0x202F), *range(0x20), *range(0x7F, 0xA0)]
)


def text_of(cell: Any) -> str:
    """Return what a cell says, trimmed; numbers as they are written, nothing as ''.

    Raises:
        DigitsLostError: a number whose last digits are gone.

    Source: IEEE 754 (a binary64 keeps 15 decimal digits); docs/topics/import.md (lost digits are refused).
    """
    if isinstance(cell, str):
        text = cell.strip()
        if text[:1] == "=" and (guarded := _GUARD.fullmatch(text)):
            text = guarded[1].replace('""', '"').strip()
        return "" if text in _WORDLESS else text
    if cell is None:
        return ""
    if isinstance(cell, float):
        return _of_float(cell)
    if isinstance(cell, Decimal):
        if int(cell.as_tuple().exponent) > 0:
            raise DigitsLostError
        return f"{cell:f}" if cell != cell.to_integral_value() else f"{cell.to_integral_value():f}"
    return str(cell).strip()


def _of_float(cell: float) -> str:
    if cell != cell:
        return ""
    if abs(cell) >= 1 << 53:
        raise DigitsLostError
    return str(int(cell)) if cell.is_integer() else str(cell)


def identifier_of(cell: Any) -> str:
    """An id as text: without the guards of spreadsheets (`="000123"`, an apostrophe) and without invisible characters.

    Raises:
        DigitsLostError: the id was rounded on its way.

    Source: docs/topics/import.md, "Import a file" (identifiers are text).
    """
    text = text_of(cell)
    if text.isalnum():
        return "" if len(text) < 7 and text.casefold() in NOTHING else text
    text = text.translate(_INVISIBLE).replace("\xa0", " ").strip()
    if text[:1] in "'’" and len(text) > 1:
        text = text[1:].removesuffix(text[0]).strip()
    if _ROUNDED.fullmatch(text):
        raise DigitsLostError
    return "" if text.casefold() in NOTHING else text


def read_texts(
    cells: list[Any], field: str, limit: int, bad: BadRows, read: Callable[[Any], str] = text_of
) -> list[str]:
    """Trimmed text, or ids with `read=identifier_of`; numbers become their digits.

    Source: docs/topics/import.md, "Import a file".
    """
    out = []
    sentences = read is text_of
    for row, cell in enumerate(cells):
        if sentences and type(cell) is str and 7 < len(cell) <= limit and cell[0] != "=":
            out.append(cell.strip())  # nearly all cells: nothing in them to unwrap
            continue
        try:
            text = read(cell)
        except DigitsLostError:
            bad.add(row, "digits_lost", field, cell)
            text = ""
        if len(text) > limit:
            bad.add(row, "text_too_long", field, text, length=len(text), limit=limit)
        out.append(text)
    return out


def _is_nothing(cell: Any) -> bool:
    if isinstance(cell, str):
        text = cell.strip()
        return not text or (len(text) <= 6 and text.casefold() in NOTHING)
    return cell is None or cell != cell


def read_moments(
    cells: list[Any], field: str, form: Form, zone: Zone, span: tuple[datetime, datetime | None], bad: BadRows
) -> list[datetime | None]:
    """Moments in UTC; empty cells are None. `span` is the earliest and (None: any) latest plausible moment.

    Source: docs/topics/import.md ("Damage is contained": an impossible date).
    """
    earliest, latest = span
    out: list[datetime | None] = []
    for row, cell in enumerate(cells):
        if (type(cell) is not str or len(cell) < 8) and _is_nothing(cell):
            out.append(None)
            continue
        found = parse_moment(cell, form, zone)
        if isinstance(found, str):
            bad.add(row, found, field, cell, expected=EXPECTED[form], zone=zone.info.key)
            out.append(None)
            continue
        if found < earliest or (latest is not None and found > latest):
            until = latest.date().isoformat() if latest else "-"
            bad.add(row, "out_of_time", field, cell, earliest=earliest.date().isoformat(), latest=until)
        out.append(found)
    return out


def read_codes(cells: list[Any], field: str, table: Map[str, str | None] | None, bad: BadRows) -> list[str | None]:
    """Return the file's words turned into codes; without a table the word is the code, empty is None.

    Source: docs/reference/import-format.md (`values`).
    """
    cache: dict[Any, str | None] = {}
    out: list[str | None] = []
    for row, cell in enumerate(cells):
        if cell in cache:
            out.append(cache[cell])
            continue
        try:
            word = text_of(cell)
        except DigitsLostError:
            bad.add(row, "digits_lost", field, cell)
            out.append(None)
            continue
        if word not in (table or ()) and word.casefold() in NOTHING:
            word = ""
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


def read_positions(
    longitudes: list[Any],
    latitudes: list[Any],
    fields: tuple[str, str],
    placeholders: frozenset[tuple[int, int]],
    bad: BadRows,
) -> list[tuple[int, int] | None]:
    """Positions in millionths of a degree. A placeholder position (a city hall, 0/0) is no position.

    Source: docs/reference/import-format.md (placeholder positions).
    """
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
        if not is_position((x, y)):
            bad.add(row, "no_such_place", fields[0] if abs(x) > FURTHEST[0] else fields[1], f"{lon}, {lat}")
        out.append(None if (x, y) in placeholders or (x == 0 and y == 0) else (x, y))
    return out


def _micro(cell: Any) -> int | str | None:
    """Millionths of a degree; None when empty, the text itself when it is no number."""
    if _is_nothing(cell):
        return None
    try:
        return round(number_of(cell) * MICRO)
    except (ValueError, TypeError, OverflowError):
        return str(cell)


_COMMA = re.compile(r"[+-]?\d+,\d+")


def number_of(cell: Any) -> float:
    """Return a decimal number; the decimal comma of many countries is one too.

    Raises:
        ValueError, TypeError: no number.

    Source: docs/topics/import.md, "Import a file".
    """
    if isinstance(cell, str):
        text = cell.strip()
        if "_" in text:  # Python's own separator is nobody's
            raise ValueError(cell)
        return float(text.replace(",", ".") if _COMMA.fullmatch(text) else text)
    return float(cell)
