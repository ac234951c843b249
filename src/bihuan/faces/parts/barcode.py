"""A code as bars: Code 39, which every scanner at a door reads; drawn as widths, so that a page needs no picture."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

WIDE, NARROW = 3, 1
_ROWS = """
0 nnnwwnwnn 1 wnnwnnnnw 2 nnwwnnnnw 3 wnwwnnnnn 4 nnnwwnnnw 5 wnnwwnnnn 6 nnwwwnnnn 7 nnnwnnwnw 8 wnnwnnwnn 9 nnwwnnwnn
A wnnnnwnnw B nnwnnwnnw C wnwnnwnnn D nnnnwwnnw E wnnnwwnnn F nnwnwwnnn G nnnnnwwnw H wnnnnwwnn I nnwnnwwnn J nnnnwwwnn
K wnnnnnnww L nnwnnnnww M wnwnnnnwn N nnnnwnnww O wnnnwnnwn P nnwnwnnwn Q nnnnnnwww R wnnnnnwwn S nnwnnnwwn T nnnnwnwwn
U wwnnnnnnw V nwwnnnnnw W wwwnnnnnn X nwnnwnnnw Y wwnnwnnnn Z nwwnwnnnn * nwnnwnwnn
"""
_CELLS = _ROWS.split()
PATTERNS = MappingProxyType(dict(zip(_CELLS[::2], _CELLS[1::2], strict=True)))
"""Five bars and four spaces of each character, beginning with a bar; three of the nine are wide."""


def bars_of(text: str) -> tuple[list[tuple[int, int]], int]:
    """Return the bars of a text as (left, width) in modules, and the whole width; start and stop are added.

    Args:
        text: Capital letters and digits.

    Raises:
        KeyError: a character that Code 39 has not.

    Source: ISO/IEC 16388 (Code 39), wide to narrow 3 : 1, one module between characters.
    """
    bars, left = [], 0
    for width, black in _elements(f"*{text}*"):
        if black:
            bars.append((left, width))
        left += width
    return bars, left


def _elements(text: str) -> Iterator[tuple[int, bool]]:
    for place, character in enumerate(text):
        if place:
            yield NARROW, False
        for index, element in enumerate(PATTERNS[character]):
            yield WIDE if element == "w" else NARROW, index % 2 == 0
