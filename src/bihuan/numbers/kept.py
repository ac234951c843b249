"""Counted months kept in the process: the same log, definition and query give the same cells.

The key holds the root hash of the log, which names its whole content; a cut whose root was never signed is not kept.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from bihuan.numbers.cube import Cell
from bihuan.numbers.periods import Cut

MOST = 6

_lock = threading.Lock()
_cells: OrderedDict[Hashable, tuple[Cell, ...]] = OrderedDict()
_cuts: dict[str, tuple[float, Cut]] = {}


def cells(key: Hashable, root: str, count: Callable[[], tuple[Cell, ...]]) -> tuple[Cell, ...]:
    """Return the cells kept under `key` and `root`, or count and keep them."""
    if not root:
        return count()
    whole = (key, root)
    with _lock:
        if whole in _cells:
            _cells.move_to_end(whole)
            return _cells[whole]
    found = count()
    with _lock:
        _cells[whole] = found
        while len(_cells) > MOST:
            _cells.popitem(last=False)
    return found


def recent_cut(district: str, seconds: float, now: Callable[[], Cut]) -> Cut:
    """Return a cut at most so many seconds old, so that pages opened together show the same numbers."""
    moment = time.monotonic()
    known = _cuts.get(district)
    if known is None or moment - known[0] > seconds:
        known = (moment, now())
        if seconds:
            _cuts[district] = known
    return known[1]


def forget() -> None:
    """Keep nothing any more, as in a process that has just begun."""
    with _lock:
        _cells.clear()
        _cuts.clear()
