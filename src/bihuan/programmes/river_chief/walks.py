"""Walks of the sample: fixes along a reach as a phone records them, and what a walk must not look like.

Everything is drawn from a stream of luck; positions are WGS-84 in degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck

Row = dict[str, Any]
type Degrees = tuple[float, float]
EAST, NORTH = 85_300.0, 111_030.0
"""Metres of a degree at the district's latitude."""
STEP = 30


@dataclass(frozen=True)
class Fix:
    """A position so many seconds after the beginning."""

    seconds: int
    at: Degrees


def line_of(text: str) -> list[Degrees]:
    """Return the positions of a line as files write it."""
    return [(float(x), float(y)) for x, y in (each.split(",") for each in text.split(";"))]


def moved(line: Sequence[Degrees], east: float, north: float) -> list[Degrees]:
    """Return a line so many metres away."""
    return [(x + east / EAST, y + north / NORTH) for x, y in line]


def written(line: Sequence[Degrees]) -> str:
    """Return a line as files write it."""
    return "; ".join(f"{x:.6f}, {y:.6f}" for x, y in line)


def walk(luck: Luck, line: Sequence[Degrees], kmh: float = 3.6, part: float = 1.0, step: int = STEP) -> list[Fix]:
    """Return fixes along a share of a line, beside it and with the noise of a phone."""
    places = [(x * EAST, y * NORTH) for x, y in line]
    legs = list(pairwise(places))
    sizes = [((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 for (ax, ay), (bx, by) in legs]
    total, beside, fixes, gone = sum(sizes) * part, luck.between(-14, 14), list[Fix](), 0.0
    seconds = 0
    while True:
        left, leg = min(gone, total), 0
        while leg < len(legs) - 1 and left > sizes[leg]:
            left, leg = left - sizes[leg], leg + 1
        (ax, ay), (bx, by) = legs[leg]
        share = left / sizes[leg]
        x = ax + (bx - ax) * share + luck.between(-5, 5)
        y = ay + (by - ay) * share + beside + luck.between(-5, 5)
        fixes.append(Fix(seconds, (x / EAST, y / NORTH)))
        if gone >= total:
            return fixes
        gone, seconds = gone + kmh / 3.6 * step, seconds + step


def resent(luck: Luck, fixes: Sequence[Fix]) -> list[Fix]:
    """Return the same walk once more, with some decimals changed."""
    return [Fix(each.seconds, moved([each.at], luck.between(-1, 1), luck.between(-1, 1))[0]) for each in fixes]


def stayed(luck: Luck, line: Sequence[Degrees], minutes: int) -> list[Fix]:
    """Return the fixes of a phone that lay two kilometres away."""
    home = moved(line[:1], luck.between(1_500, 2_500), luck.between(1_500, 2_500))
    return [
        Fix(n * STEP, moved(home, luck.between(-9, 9), luck.between(-9, 9))[0]) for n in range(minutes * 60 // STEP)
    ]


def with_gaps(fixes: Sequence[Fix]) -> list[Fix]:
    """Return a walk without the fixes under two bridges."""
    size = len(fixes)
    hidden = {*range(size // 4, size // 4 + 3), *range(size * 2 // 3, size * 2 // 3 + 3)}
    return [each for n, each in enumerate(fixes) if n not in hidden]


def rows_of(track: str, post: str, by: str, begun: datetime, fixes: Sequence[Fix]) -> list[Row]:
    """Return the fixes as a phone sends them."""
    return [
        {
            "track": track, "post": post, "by": by, "time": (begun + timedelta(seconds=each.seconds)).isoformat(),
            "lon": f"{each.at[0]:.7f}", "lat": f"{each.at[1]:.7f}",
        }
        for each in fixes
    ]  # fmt: skip
