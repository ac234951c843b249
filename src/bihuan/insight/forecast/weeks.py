"""Reports per cell, week and type, and what one week's past says about each cell: memories, mixes, neighbours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bihuan.insight.forecast.cells import GridCells
from bihuan.insight.forecast.model import TooLittle

Numbers = NDArray[np.float64]
MAX_WEEKS = 60
LEAST_WEEKS = 4
TYPES = 33  # types with their own memory; the rest share one
TYPE_EVENTS = 150  # events a type needs for that
REACHES = (0.7, 1.5, 4.0)  # kernel bandwidths, in sides of a cell
ROOT = 0.6  # a crew that writes down a whole street in one week must not outweigh many quiet weeks
HALF = 12.0  # weeks after which a week counts half in the steady picture
LATELY = 4  # weeks that set the level of a type
BURST = 3.0  # a type's level is at most so many times its median week (a storm ends)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks of seven days counted back from the last day.

    Args:
        counts: Reports, shape (cells, weeks).
        typed: The same by type, shape (types, cells, weeks).
        last_days: Reports on the last three days of each week, shape (cells, weeks).
        kernels: Weights between cells, one matrix per reach.
        names: Of the types with their own memory, in the order of `typed`; its last row is all other types.
        rooted: `typed` to the power ROOT.
    """

    counts: Numbers
    typed: NDArray[np.float32]
    last_days: Numbers
    kernels: tuple[csr_matrix, ...]
    names: list[str]
    rooted: NDArray[np.float32]

    @property
    def number(self) -> int:
        """How many weeks."""
        return int(self.counts.shape[1])

    def active(self, week: int) -> NDArray[np.bool_]:
        """Cells with a report before `week`, shape (cells,)."""
        return np.asarray(self.counts[:, :week].sum(axis=1) > 0)


def count_weeks(
    cells: GridCells, numbers: NDArray[np.int64], known: NDArray[np.bool_], first_ahead: int, types: list[str]
) -> Weeks:
    """Count the reports.

    Args:
        cells: Cells of all the reports.
        numbers: Day of each report, days since 1970.
        known: Which reports have a place and a day before `first_ahead`.
        first_ahead: First day of the week ahead, days since 1970.
        types: Type of each report.

    Raises:
        TooLittle: fewer than LEAST_WEEKS whole weeks.

    Source: docs/adr/0105 (Hot spots).
    """
    number = min(MAX_WEEKS, (first_ahead - int(numbers[known].min())) // 7)
    if number < LEAST_WEEKS:
        raise TooLittle(f"{number} whole weeks of reports; at least {LEAST_WEEKS} needed")
    ages = first_ahead - 1 - numbers
    kept = np.flatnonzero(known & (ages < 7 * number))
    week, place = number - 1 - ages[kept] // 7, cells.of_report[kept]
    names, codes = np.unique(np.array([types[i] for i in kept]), return_inverse=True)
    events = np.bincount(codes)
    frequent = np.argsort(-events, kind="stable")[:TYPES]
    own = [int(code) for code in frequent if events[code] >= TYPE_EVENTS]
    slot = np.full(len(names), len(own), dtype=np.intp)
    slot[own] = np.arange(len(own))
    shape = (len(cells.ids), number)
    typed = np.zeros((len(own) + 1, *shape), dtype=np.float32)
    np.add.at(typed, (slot[codes], place, week), 1)
    last = np.zeros(shape)
    late = ages[kept] % 7 < 3
    np.add.at(last, (place[late], week[late]), 1)
    side = np.sqrt(cells.area * 1e6)
    kernels = tuple(cells.kernel(reach * side) for reach in REACHES)
    counts = typed.sum(axis=0).astype(np.float64)
    return Weeks(counts, typed, last, kernels, [str(names[c]) for c in own], typed**ROOT)


def weigh_memory(past: NDArray[np.floating], half: float) -> Numbers:
    """Weighted mean over the last axis (weeks), a week counting half after `half` weeks.

    Source: docs/adr/0105 (Hot spots; half-lives in weeks).
    """
    weights = 0.5 ** (np.arange(past.shape[-1])[::-1] / half)
    return np.asarray(past @ (weights / weights.sum()), dtype=np.float64)


def mean_history(weeks: Weeks, week: int) -> Numbers:
    """Plain history: the mean of all weeks before, shape (cells,). Source: docs/adr/0105 (Hot spots: plain history)."""
    return np.asarray(weeks.counts[:, :week].mean(axis=1) + 1e-3, dtype=np.float64)


def steady_picture(weeks: Weeks, week: int, rooted: bool = True, half: float = HALF, reach: float = 1.0) -> Numbers:
    """Every type's level, shared out over the cells by where that type has steadily been reported.

    The level of a type follows its latest weeks, where it is reported follows a long memory of damped counts and its
    neighbours: seasons move types, streets stay. Damping by a root is the variance-stabilising idea of Anscombe (1948)
    put to use against bursts; sharing among neighbours is the kernel smoothing of hot-spot maps (Chainey et al. 2008).

    Args:
        weeks: The counts.
        week: Only weeks before this one are looked at.
        rooted: Damp the counts of a cell and week.
        half: Memory of the places, weeks.
        reach: Weight of the nearest neighbours' kernel.

    Returns:
        Expected reports of `week`, shape (cells,).
    """
    past = (weeks.rooted if rooted else weeks.typed)[:, :, :week]
    where = weigh_memory(past, half)
    where += reach * (weeks.kernels[0] @ where.T).T
    share = where / np.maximum(where.sum(axis=1, keepdims=True), 1e-9)
    totals = weeks.typed[:, :, :week].sum(axis=1, dtype=np.float64)
    lately = np.minimum(totals[:, -LATELY:].mean(axis=1), BURST * (np.median(totals, axis=1) + 1))
    level = np.sqrt(lately * totals.mean(axis=1))
    return np.asarray(level @ share + 1e-3, dtype=np.float64)
