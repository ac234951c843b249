"""Minutes on foot from every cell to every venue along a network; what cannot be reached within `max` has no row.

In: NETWORK of edges with minutes, walked both ways unless `oneway`; CELLS and VENUES stand at nodes. Rivers, one-way
streets and islands are what the network says; of parallel edges the shortest counts.
Out: minutes with two decimals, half to even. Minutes are added as whole 1/10^k of a minute, so no sum is off.
One search (Dijkstra) backwards from each venue, cut at `max`: V · E log N.
Source: E. W. Dijkstra, A note on two problems in connexion with graphs, Numer. Math. 1 (1959).
Compared with: relaxation of all pairs on random networks (tests/methods/test_access.py).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.venues import CELLS, VENUES

DIGITS = 6
"""Minutes are kept as whole millionths."""
_BLOCK = 64


def walk_minutes(given: Given) -> Answer:
    """Minutes of every pair within the bound.

    Source: Dijkstra (1959).
    """
    network, cells, venues = given["network"], given["cells"], given["venues"]
    most = int(Decimal(given.option("max")).scaleb(DIGITS))
    nodes: dict[str, int] = {}
    starts, ends = (_numbered(network[name].text(), nodes) for name in ("from", "to"))
    cell_nodes, venue_nodes = (_numbered(table["node"].text(), nodes) for table in (cells, venues))
    graph = _backwards(network, starts, ends, len(nodes))
    cell_names, venue_names = np.array(cells["cell"].text(), dtype=object), venues["venue"].text()
    out: list[tuple[str, str, str]] = []
    done: set[str] = set()
    for first in range(0, len(venue_names), _BLOCK):
        block = venue_nodes[first : first + _BLOCK]
        reached = dijkstra(graph, indices=block, limit=most)[:, cell_nodes]
        for place, row in enumerate(reached):
            venue = venue_names[first + place]
            if venue in done:  # another state of the same venue
                continue
            done.add(venue)
            near = np.flatnonzero(row <= most)
            out += [(cell_names[cell], venue, _minutes(int(row[cell]))) for cell in near]
    columns = list(zip(*out, strict=True)) or [(), (), ()]
    return Answer(dict(zip(("cell", "venue", "minutes"), map(list, columns), strict=True)))


def _numbered(names: list[str], nodes: dict[str, int]) -> NDArray[np.int64]:
    return np.array([nodes.setdefault(name, len(nodes)) for name in names], dtype=np.int64)


def _backwards(network: Table, starts: NDArray[np.int64], ends: NDArray[np.int64], size: int) -> csr_array:
    """The network with every edge turned round; of parallel edges the shortest."""
    minutes, oneway = network["minutes"].scaled(DIGITS), network["oneway"].flags() == 1
    tails = np.concatenate([ends, starts[~oneway]])
    heads = np.concatenate([starts, ends[~oneway]])
    weights = np.concatenate([minutes, minutes[~oneway]]).astype(np.float64)
    order = np.lexsort([weights, heads, tails])
    tails, heads, weights = tails[order], heads[order], weights[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    bounds: Any = np.searchsorted(tails[new], np.arange(size + 1))
    return csr_array((weights[new], heads[new], bounds), shape=(size, size))


def _minutes(scaled: int) -> str:
    return str(Decimal(scaled).scaleb(-DIGITS).quantize(Decimal("0.01")))


METHOD = Method(
    name="walk-times",
    zh="步行时间",
    en="Minutes on foot along a network",
    inputs=(
        Input(
            "network", "路网", "Network",
            (
                Column("from", "起点", "From node"), Column("to", "终点", "To node"),
                Column("minutes", "分钟", "Minutes", "decimal", unit="min"),
                Column("oneway", "是否单行", "Only in this direction", "yes_no", required=False, absent=True),
            ),
        ),
        CELLS,
        VENUES,
    ),
    options=(Option("max", "最远分钟", "Most minutes", "decimal", "40", unit="min"),),
    output=(
        Column("cell", "网格", "Cell"), Column("venue", "场馆", "Venue"),
        Column("minutes", "分钟", "Minutes", "decimal", unit="min"),
    ),
    key=("cell", "venue"),
    run=walk_minutes,
    source="Dijkstra (1959)",
    peer="relaxation of all pairs",
    error="0.005 min (two decimals)",
    cost="venues × edges log nodes",
)  # fmt: skip
