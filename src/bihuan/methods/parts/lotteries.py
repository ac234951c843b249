"""A lottery over panels that keep quotas, in which the least chance of anybody is as great as it can be.

Candidates who are alike (same features, alike households) are one class, so that a panel is a row of counts. The fairest
lottery over counts is found by column generation: a linear programme weighs the panels known so far, its prices ask an
integer programme for a better one, until none is better by more than GAP. The first panels follow the optimum of the
relaxation, so that few are missing. Then every panel of counts is dealt out to people in turn, whoever was in least first.
Source: B. Flanigan, P. Gölz, A. Gupta, B. Hennig, A. Procaccia (2021), Fair algorithms for selecting citizens' assemblies,
Nature 596; HiGHS (Huangfu & Hall 2018) by scipy.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

GAP, ROUNDS, FOLLOWED = 5e-4, 400, 60
"""Share of the bound that may be missing; panels asked for at most; panels that follow the relaxation."""
DEALT, MOST_DEALT, EVENED = 60, 9_000, 600_000
"""Panels dealt out for each candidate of a seat, and at most; people times panels whose weights are evened out."""
MANY, CLOSE = 300, 0.99
"""Classes beyond which households are left to the dealing; the share of the bound that it then must reach."""
type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


class PanelCandidate(NamedTuple):
    """Who may be drawn."""

    id: str
    address: str
    features: tuple[str, ...]


class SeatQuota(NamedTuple):
    """Seats for a value of a feature (its place among the features)."""

    feature: int
    value: str
    least: int
    most: int


class PanelPool(NamedTuple):
    """Candidates by class, and what panels of counts must keep.

    Args:
        members: For each class its candidates, whose households are alike. sizes: int64[classes].
        rows: float64[rows, classes], least, most: bounds of the rows (quotas, households, seats).
    """

    members: list[list[PanelCandidate]]
    sizes: Ints
    rows: Floats
    least: Floats
    most: Floats


class PanelLottery(NamedTuple):
    """Panels of ids with their weights; the bound that no lottery beats."""

    portfolio: list[tuple[float, list[str]]]
    bound: float


def lottery_of(candidates: list[PanelCandidate], pool: PanelPool, quotas: list[SeatQuota]) -> PanelLottery | None:
    """Return the fairest lottery; None when no panel keeps the bounds.

    Where shared homes make too many classes, the programmes leave homes out and only the dealing keeps them: whoever
    has a housemate in a panel steps back. What is left out can only lower the bound, so the one shown still holds; where
    the dealing stays within CLOSE of it, nothing more is asked. Else, and for few classes, homes are in the programmes.

    Args:
        pool: Of `pool_of`, with homes.

    Source: Flanigan et al. (2021), methods; docs/adr/0435-homes-in-large-panels.md.
    """
    size = int(pool.least[0])
    if len(pool.sizes) > MANY:
        found = fairest_lottery(pool_of(candidates, quotas, size, homes=False), size, MOST_DEALT)
        if found is not None and found.portfolio:
            chance: Counter[str] = Counter()
            for weight, people in found.portfolio:
                chance.update(dict.fromkeys(people, weight))
            if min(chance[each.id] for each in candidates) >= CLOSE * found.bound:
                return found
    return fairest_lottery(pool, size)


def pool_of(candidates: list[PanelCandidate], quotas: list[SeatQuota], size: int, *, homes: bool = True) -> PanelPool:
    """Return the classes and the rows of bounds; without `homes` those of features alone.

    Source: Flanigan et al. (2021), methods.
    """
    shared: dict[str, list[PanelCandidate]] = defaultdict(list)
    for each in sorted(candidates):
        shared[each.address].append(each)
    classes: dict[tuple[Any, ...], list[PanelCandidate]] = defaultdict(list)
    kinds: Counter[tuple[Any, ...]] = Counter()
    for people in shared.values():
        kind = tuple(sorted(each.features for each in people)) if homes else ()
        kinds[kind] += 1
        for each in people:
            classes[kind, each.features].append(each)
    keys = sorted(classes)
    rows = [np.ones(len(keys))]
    least, most = [float(size)], [float(size)]
    for quota in quotas:
        rows.append(np.array([float(features[quota.feature] == quota.value) for _, features in keys]))
        least.append(float(quota.least))
        most.append(float(quota.most))
    for kind, count in sorted(kinds.items()):
        if len(kind) > 1:
            rows.append(np.array([float(own == kind) for own, _ in keys]))
            least.append(0.0)
            most.append(float(count))
    members = [sorted(classes[key]) for key in keys]
    sizes = np.array([len(each) for each in members], dtype=np.int64)
    return PanelPool(members, sizes, np.array(rows), np.array(least), np.array(most))


def fairest_lottery(pool: PanelPool, size: int, dealt: int | None = None) -> PanelLottery | None:
    """Return the lottery whose least chance is greatest; None when no panel keeps the bounds.

    Args:
        dealt: How many panels are dealt out; None: as many as even out the chances of the classes.

    Source: Flanigan et al. (2021): Leximin's first step, by column generation.
    """
    relaxed = _relaxed(pool)
    panels = [] if relaxed is None else _followed(pool, relaxed)
    if relaxed is None or not panels:
        return None
    known = {panel.tobytes() for panel in panels}
    weights, prices, least = _weighed(pool, panels)
    bound = float((relaxed / pool.sizes).min())
    for _ in range(ROUNDS):
        panel = _best_panel(pool, prices)
        assert panel is not None
        bound = min(bound, float(prices @ panel))
        if bound - least <= GAP * bound or panel.tobytes() in known:
            break
        panels.append(panel)
        known.add(panel.tobytes())
        weights, prices, least = _weighed(pool, panels)
    total = dealt or min(MOST_DEALT, max(1, DEALT * int(pool.sizes.sum()) // size))
    return PanelLottery(_dealt(pool, panels, weights, total), bound)


def seats_to_move(pool: PanelPool, quotas: list[SeatQuota]) -> list[tuple[SeatQuota, int]] | None:
    """Return the fewest seats by which quotas must give way, each with its change; None when no quota helps.

    Source: Flanigan et al. (2021), supplement (relaxing infeasible quotas).
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    classes, count = len(pool.sizes), len(quotas)
    down, up = np.zeros((len(pool.rows), count)), np.zeros((len(pool.rows), count))
    down[1 : 1 + count] = np.eye(count)
    up[1 : 1 + count] = np.eye(count)
    rows = np.hstack([pool.rows, down, -up])
    cost = np.concatenate([np.zeros(classes), np.ones(2 * count)])
    most = np.concatenate([pool.sizes, np.full(2 * count, float(pool.sizes.sum()))])
    found = milp(
        cost,
        constraints=LinearConstraint(rows, pool.least, pool.most),
        integrality=np.ones(len(cost)),
        bounds=Bounds(0, most),
    )
    if found.x is None:
        return None
    moved = np.rint(found.x[classes:]).astype(int)
    return [(quota, int(moved[count + n] - moved[n])) for n, quota in enumerate(quotas) if moved[n] or moved[count + n]]


def _relaxed(pool: PanelPool) -> Floats | None:
    """float64[classes] how many of each class a fractional panel with the greatest least chance holds."""
    from scipy.optimize import linprog

    classes = len(pool.sizes)
    cost = np.concatenate([np.zeros(classes), [-1.0]])
    share = np.hstack([-np.eye(classes), pool.sizes[:, None]])
    above = np.hstack([pool.rows, np.zeros((len(pool.rows), 1))])
    found = linprog(
        cost, A_ub=np.vstack([share, above, -above]),
        b_ub=np.concatenate([np.zeros(classes), pool.most, -pool.least]),
        bounds=[*((0, each) for each in pool.sizes.tolist()), (0, 1)], method="highs",
    )  # fmt: skip
    return found.x[:classes] if found.x is not None else None


def _best_panel(pool: PanelPool, prices: Floats, low: Floats | None = None, high: Floats | None = None) -> Ints | None:
    """The panel of counts that the prices like best."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    bounds = Bounds(np.zeros(len(prices)) if low is None else low, pool.sizes.astype(float) if high is None else high)
    found = milp(
        -prices, constraints=LinearConstraint(pool.rows, pool.least, pool.most),
        integrality=np.ones(len(prices)), bounds=bounds, options={"mip_rel_gap": 1e-6},
    )  # fmt: skip
    return None if found.x is None else np.rint(found.x).astype(np.int64)


def _followed(pool: PanelPool, relaxed: Floats) -> list[Ints]:
    """Panels near the relaxation whose mean comes near it: each takes what those before it left out most."""
    low = np.floor(relaxed + 1e-9)
    high = np.minimum(np.ceil(relaxed - 1e-9), pool.sizes)
    found: dict[bytes, Ints] = {}
    total = np.zeros(len(relaxed))
    for turn in range(1, FOLLOWED + 1):
        owed = (relaxed * turn - total) / pool.sizes
        panel = _best_panel(pool, owed, low, high)
        if panel is None:
            panel = _best_panel(pool, owed)
        if panel is None:
            return []
        total += panel
        found.setdefault(panel.tobytes(), panel)
    return list(found.values())


def _weighed(pool: PanelPool, panels: list[Ints]) -> tuple[Floats, Floats, float]:
    """Weights of panels with the greatest least chance, prices of the classes, and that chance."""
    from scipy.optimize import linprog

    chances = np.array([panel / pool.sizes for panel in panels]).T
    count = chances.shape[1]
    found = linprog(
        np.concatenate([np.zeros(count), [-1.0]]),
        A_ub=np.hstack([-chances, np.ones((len(chances), 1))]), b_ub=np.zeros(len(chances)),
        A_eq=np.concatenate([np.ones(count), [0.0]])[None, :], b_eq=[1.0], bounds=(0, 1), method="highs",
    )  # fmt: skip
    prices = -np.asarray(found.ineqlin.marginals) / pool.sizes
    weights = np.maximum(found.x[:count], 0)
    return weights / weights.sum(), np.maximum(prices, 0), float(-found.fun)


def _dealt(pool: PanelPool, panels: list[Ints], weights: Floats, total: int) -> list[tuple[float, list[str]]]:
    """Panels of people: each panel of counts several times, whoever was in least comes first.

    A household gives one seat: its other members step back for this panel. Some household is always left, since a panel
    of counts holds no more of alike households than there are, and each of them has somebody of every class.
    """
    queues = [[(0.0, each) for each in members] for members in pool.members]
    found: list[tuple[float, list[str]]] = []
    for panel, weight in zip(panels, weights.tolist(), strict=True):
        if weight <= 0:
            continue
        times = max(1, round(weight * total))
        for _ in range(times):
            people: dict[str, str] = {}
            for queue, count in zip(queues, panel.tolist(), strict=True):
                if not _seat(queue, count, people, weight / times):
                    return []
            found.append((weight / times, sorted(people.values())))
    return _merged(found)


def _seat(queue: list[tuple[float, PanelCandidate]], count: int, people: dict[str, str], weight: float) -> bool:
    """Take so many from a queue into the panel (address → id), none of an address that has a seat; whether it could."""
    passed: list[tuple[float, PanelCandidate]] = []
    while count and queue:
        chance, each = heapq.heappop(queue)
        if each.address not in people:
            people[each.address] = each.id
            chance, count = chance + weight, count - 1
        passed.append((chance, each))
    for entry in passed:
        heapq.heappush(queue, entry)
    return not count


def _merged(panels: list[tuple[float, list[str]]]) -> list[tuple[float, list[str]]]:
    """Equal panels as one; weights add to one."""
    total: dict[tuple[str, ...], float] = defaultdict(float)
    for weight, people in panels:
        total[tuple(people)] += weight
    whole = sum(total.values())
    return _evened([(weight / whole, list(people)) for people, weight in sorted(total.items())])


def _evened(panels: list[tuple[float, list[str]]]) -> list[tuple[float, list[str]]]:
    """The same panels with the weights that make the least chance of a person greatest, where they are not too many."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack

    names = sorted({name for _, people in panels for name in people})
    if len(names) * len(panels) > EVENED:
        return panels
    place = {name: number for number, name in enumerate(names)}
    rows = [place[name] for _, people in panels for name in people]
    columns = [number for number, (_, people) in enumerate(panels) for _ in people]
    shape = (len(names), len(panels))
    chances = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    found = linprog(
        np.concatenate([np.zeros(len(panels)), [-1.0]]),
        A_ub=hstack([-chances, np.ones((len(names), 1))]), b_ub=np.zeros(len(names)),
        A_eq=np.concatenate([np.ones(len(panels)), [0.0]])[None, :], b_eq=[1.0], bounds=(0, 1), method="highs",
    )  # fmt: skip
    if found.x is None:
        return panels
    weights = np.maximum(found.x[:-1], 0)
    whole = float(weights.sum())
    return [
        (weight / whole, people) for weight, (_, people) in zip(weights.tolist(), panels, strict=True) if weight > 0
    ]
