"""Access to places that others use too: the two-step floating catchment.

First every open venue shares its capacity among the people who reach it: R = capacity / Σ population · w. Then every
cell adds up the shares it reaches: A = Σ R · w. Within `minutes` w is 1 (`binary`), exp(−t²/2σ²) (`gaussian`) or
max(t, 1)^−power (`gravity`); beyond it w is 0. Σ population · A is the capacity of the venues that somebody reaches.
Out: access of every cell, twelve significant digits. Whether t is within the bound is decided on decimals. Linear.
Source: W. Luo, F. Wang, Measures of spatial accessibility to health care in a GIS environment, Environ. Plan. B 30
(2003); J. Dai on the Gaussian form (2010).
Compared with: the three-town case of PySAL `access` (tests/methods/test_access.py).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, Column, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.venues import CELLS, TIMES, VENUES, venues_on

type Weights = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def share_access(given: Given) -> Answer:
    """The access of every cell.

    Source: Luo & Wang (2003).
    """
    cells, times = given["cells"], given["times"]
    open_ = venues_on(given["venues"], given.option("at"), given.option("kinds")).open
    names = {cell: place for place, cell in enumerate(cells["cell"].text())}
    venues = {venue: place for place, venue in enumerate(sorted(open_))}
    within = Decimal(given.option("minutes"))
    near = times["minutes"].mapped(lambda text: Decimal(text) <= within, False, np.bool_)
    places = np.array([names.get(cell, -1) for cell in times["cell"].text()], dtype=np.int64)
    sites = np.array([venues.get(venue, -1) for venue in times["venue"].text()], dtype=np.int64)
    used = np.flatnonzero(near & (places >= 0) & (sites >= 0))
    used = used[np.lexsort([sites[used], places[used]])]  # one order of addition, whatever the order of the rows
    places, sites = places[used], sites[used]
    weight = _weights(given)(times["minutes"].floats()[used])
    people = cells["population"].floats()
    asked = np.bincount(sites, weight * people[places], len(venues))
    capacity = np.array([open_[venue] for venue in venues], dtype=np.float64)
    share = np.divide(capacity, asked, out=np.zeros(len(venues)), where=asked > 0)
    access = np.bincount(places, weight * share[sites], len(names))
    return Answer({"cell": list(names), "access": [f"{value:.12g}" for value in access]})


def _weights(given: Given) -> Weights:
    sigma, power = float(given.option("sigma")), float(given.option("power"))
    forms: dict[str, Weights] = {
        "binary": lambda t: np.ones_like(t),
        "gaussian": lambda t: np.exp(-(t**2) / (2 * sigma**2)),
        "gravity": lambda t: np.maximum(t, 1.0) ** -power,
    }
    return forms[given.option("decay")]


METHOD = Method(
    name="fca",
    zh="两步移动搜寻法可达性",
    en="Access by two-step floating catchment",
    inputs=(CELLS, VENUES, TIMES),
    options=(
        Option("at", "截至日", "As of the day", "date"),
        Option("minutes", "分钟", "Minutes", "decimal", "15", unit="min"),
        Option("kinds", "类别", "Kinds of venues, joined by |", default=""),
        Option("decay", "衰减", "How weight falls with minutes", "choice", "binary", choices=one_of(
            binary="二值|None within the bound", gaussian="高斯|Gaussian", gravity="幂函数|Power")),
        Option("sigma", "高斯参数", "Of the Gaussian", "decimal", "5", unit="min"),
        Option("power", "幂指数", "Of the power", "decimal", "1"),
    ),
    output=(Column("cell", "网格", "Cell"), Column("access", "可达性", "Capacity per person", "real")),
    key=("cell",),
    run=share_access,
    source="Luo & Wang (2003)",
    peer="PySAL access, three towns",
    error="1e-12 relative",
    cost="n",
)  # fmt: skip
