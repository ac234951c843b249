"""A short way through some stops that begins and ends anywhere, and how much shorter any way could be at most.

Up to ten stops the way is the shortest there is; above, it is the best of nearest neighbours from some stops, bettered by
turning pieces round and by moving pieces of up to three stops, and the bound is the greatest of spanning trees under
prices on stops (Held and Karp). Lengths are whole metres as the crow flies; equal input gives an equal way.
Source: M. Held, R. M. Karp, The traveling-salesman problem and minimum spanning trees (1970, 1971); docs/adr/0406.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.parts.along import metres_of

EXACT = 10
"""So many stops are solved exactly."""
STARTS = 8
"""So many ways are begun and bettered."""
ROUNDS = 150
"""Steps of the prices behind the bound."""
type Metres = NDArray[np.int64]


class Tour(NamedTuple):
    """A way: places of its stops in their order, its length and a bound below every way's length, in metres."""

    order: tuple[int, ...]
    metres: int
    bound: int


def distances(places: Sequence[tuple[float, float]]) -> Metres:
    """Whole metres between stops, from longitude and latitude in degrees; int64[n, n]. Source: WGS 84."""
    degrees = np.array(places, dtype=np.float64).reshape(-1, 2)
    middle = degrees.mean(axis=0) if len(degrees) else np.zeros(2)
    flat = metres_of(degrees, (float(middle[0]), float(middle[1])))
    far: Metres = np.rint(np.hypot(*(flat[:, None, :] - flat[None, :, :]).transpose(2, 0, 1))).astype(np.int64)
    return far


def length(metres: Metres, order: Sequence[int]) -> int:
    """Metres of a way in this order. Source: docs/adr/0406-plans-as-decisions.md."""
    return int(sum(metres[one, other] for one, other in pairwise(order)))


def short_tour(metres: Metres) -> Tour:
    """A short way through all stops, and its bound; the end with the smaller place comes first.

    Args:
        metres: int64[n, n], symmetric.

    Source: docs/adr/0406-plans-as-decisions.md
    """
    count = len(metres)
    if count < 3:
        way = tuple(range(count))
        return Tour(way, length(metres, way), length(metres, way))
    if count <= EXACT:
        order = _shortest(metres)
        return Tour(order, length(metres, order), length(metres, order))
    ways = [_bettered(metres, _nearest(metres, start)) for start in range(0, count, max(1, count // STARTS))]
    order = _turned(min(ways, key=lambda way: (length(metres, way), _turned(way))))
    total = length(metres, order)
    return Tour(order, total, min(total, _bound(metres, total)))


def _turned(way: Sequence[int]) -> tuple[int, ...]:
    return tuple(way) if way[0] <= way[-1] else tuple(reversed(way))


def _shortest(metres: Metres) -> tuple[int, ...]:
    """Dynamic programming over sets of stops: the least way that visits a set and ends at a stop."""
    count = len(metres)
    best: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {(1 << n, n): (0, (n,)) for n in range(count)}
    for seen in range(1, 1 << count):
        for end in range(count):
            here = best.get((seen, end))
            if here is None:
                continue
            for more in range(count):
                if seen >> more & 1:
                    continue
                at = (seen | 1 << more, more)
                offer = (here[0] + int(metres[end, more]), (*here[1], more))
                if at not in best or offer < best[at]:
                    best[at] = offer
    whole = (1 << count) - 1
    return _turned(min(best[whole, end] for end in range(count))[1])


def _nearest(metres: Metres, start: int) -> list[int]:
    way, left = [start], set(range(len(metres))) - {start}
    while left:
        way.append(min(left, key=lambda stop: (metres[way[-1], stop], stop)))
        left.remove(way[-1])
    return way


def _bettered(metres: Metres, way: list[int]) -> list[int]:
    """Turn pieces round and move short pieces while that shortens the way."""
    found = True
    while found:
        found = _turn(metres, way) or _move(metres, way)
    return way


def _turn(metres: Metres, way: list[int]) -> bool:
    """Turn the first piece round whose turning shortens the way."""
    count = len(way)
    for first in range(count - 1):
        for last in range(first + 1, count):
            before = int(metres[way[first - 1], way[first]]) if first else 0
            after = int(metres[way[last], way[last + 1]]) if last + 1 < count else 0
            new = int(metres[way[first - 1], way[last]]) if first else 0
            new += int(metres[way[first], way[last + 1]]) if last + 1 < count else 0
            if new < before + after:
                way[first : last + 1] = reversed(way[first : last + 1])
                return True
    return False


def _move(metres: Metres, way: list[int]) -> bool:
    """Move the first piece of up to three stops whose moving shortens the way."""
    now, count = length(metres, way), len(way)
    for size in (1, 2, 3):
        for first in range(count - size + 1):
            piece, rest = way[first : first + size], way[:first] + way[first + size :]
            gap = now - length(metres, rest) - length(metres, piece)
            for at in range(len(rest) + 1):
                if at != first and _joined(metres, rest, piece, at) < gap:
                    way[:] = rest[:at] + piece + rest[at:]
                    return True
    return False


def _joined(metres: Metres, rest: list[int], piece: list[int], at: int) -> int:
    """What a piece costs between two stops of the rest."""
    before = int(metres[rest[at - 1], piece[0]]) if at else 0
    after = int(metres[piece[-1], rest[at]]) if at < len(rest) else 0
    return before + after - (int(metres[rest[at - 1], rest[at]]) if 0 < at < len(rest) else 0)


def _bound(metres: Metres, total: int) -> int:
    """The greatest spanning tree under prices: no stop of a way has more than two neighbours.

    Any way is a tree whose degrees are at most two; with prices of at least nothing its priced length is at most its
    own plus twice the prices. So least tree minus twice the prices is below every way, whatever the prices are.
    """
    prices, best = np.zeros(len(metres)), 0.0
    for step in range(ROUNDS):
        tree, degrees = _least_tree(metres + prices[:, None] + prices[None, :])
        best = max(best, tree - 2 * float(prices.sum()))
        over = degrees - 2
        if not (over > 0).any():
            break
        size = (total - best) / max(1, int((over**2).sum())) * (1 - step / ROUNDS)
        prices = np.maximum(0.0, prices + size * over)
    return max(0, ceil(best - 1e-6))


def _least_tree(metres: NDArray[np.float64]) -> tuple[float, NDArray[np.int64]]:
    """Length of a least spanning tree, and each stop's neighbours in it (Prim)."""
    count = len(metres)
    near, by = metres[0].copy(), np.zeros(count, dtype=np.int64)
    inside, degrees, total = np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int64), 0.0
    inside[0] = True
    for _ in range(count - 1):
        stop = int(np.argmin(np.where(inside, np.inf, near)))
        total += float(near[stop])
        degrees[stop] += 1
        degrees[by[stop]] += 1
        inside[stop] = True
        closer = metres[stop] < near
        near, by = np.where(closer, metres[stop], near), np.where(closer, stop, by)
    return total, degrees
