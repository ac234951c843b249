"""Which entities hang together by what they share, leaving out what everybody shares, and who stands in the middle.

In: values that entities hold (telephone, person, address …) with days, `to` excluded. Entities that share a value that is
live at `at` are linked, the weight is how many values they share; a value that more than `hub` live entities hold links
nobody (an incubator's address says nothing). A group is a connected component, named by its smallest id; centrality is
PageRank with damping .85 over the weighted links; who has no link stays alone.
Out: group and centrality of every entity that holds a live value. The rank iterates to 1e-12. n log n + links.
Source: L. Page, S. Brin, R. Motwani, T. Winograd (1999), The PageRank Citation Ranking, §2.
Compared with: networkx.pagerank and connected_components to 1e-6 (tests/methods/test_finance_watch.py).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table

DAMPING, CLOSE, TURNS = 0.85, 1e-12, 1_000
type Ints = NDArray[np.int64]


def associate_entities(given: Given) -> Answer:
    """Group and centrality of every entity. Source: Page, Brin, Motwani & Winograd (1999)."""
    at = (date.fromisoformat(str(given.option("at"))) - date(1970, 1, 1)).days
    links = given["links"]
    live = live_rows(links, at)
    names, who = _coded([links["entity"].texts[code] for code in links["entity"].codes[live].tolist()])
    kind, value = links["kind"].codes[live].astype(np.int64), links["value"].codes[live].astype(np.int64)
    _, what = np.unique(kind * (len(links["value"].texts) + 1) + value, return_inverse=True)
    held = np.unique(np.stack([who, what]), axis=1) if len(who) else np.zeros((2, 0), dtype=np.int64)
    holders = np.bincount(held[1], minlength=1)[held[1]] if held.shape[1] else held[1]
    kept = held[:, (holders > 1) & (holders <= int(given.option("hub")))]
    group, rank = _groups(len(names), kept), _ranks(len(names), kept)
    columns: dict[str, Any] = {
        "entity": names,
        "group": [names[first] for first in group.tolist()],
        "centrality": [f"{value:.8f}" for value in rank.tolist()],
    }
    sizes = np.bincount(group, minlength=1)
    return Answer(columns, {"groups": int((sizes > 1).sum()), "entities": len(names)})


def live_rows(table: Table, at: int) -> Ints:
    """Return the rows whose days hold `at` (days since 1970-01-01); one that ends before it begins is refused.

    Source: the module docstring (`to` is excluded).
    """
    first, last = table["from"].days(), table["to"].days()
    for row in np.flatnonzero((last != NO_DAY) & (last < first)).tolist():
        table.refuse(row, "to", "止日不得早于起日 · it does not end before it begins", "更正日期 · correct the day")
    return np.flatnonzero((first <= at) & ((last == NO_DAY) | (last > at)))


def _coded(texts: list[str]) -> tuple[list[str], Ints]:
    """Distinct texts in order, and the place of each."""
    names = sorted(set(texts))
    place = {name: number for number, name in enumerate(names)}
    return names, np.array([place[text] for text in texts], dtype=np.int64)


def _incidence(size: int, held: Ints) -> Any:
    """float64[entities, values]: 1 where an entity holds a value."""
    from scipy.sparse import csr_array

    _, value = np.unique(held[1], return_inverse=True)
    shape = (size, int(value.max()) + 1 if len(value) else 0)
    return csr_array((np.ones(held.shape[1]), (held[0], value)), shape=shape)


def _groups(size: int, held: Ints) -> Ints:
    """The place of the smallest member of each one's component."""
    from scipy.sparse import bmat
    from scipy.sparse.csgraph import connected_components

    if not held.shape[1]:
        return np.arange(size)
    holds = _incidence(size, held)
    _, label = connected_components(bmat([[None, holds], [holds.T, None]]), directed=False)
    first = np.full(int(label.max()) + 1, size, dtype=np.int64)
    np.minimum.at(first, label[:size], np.arange(size))
    found: Ints = first[label[:size]]
    return found


def _ranks(size: int, held: Ints) -> NDArray[np.float64]:
    """PageRank over shared values; nobody is linked to himself."""
    rank = np.full(size, 1 / max(size, 1))
    if not size:
        return rank
    holds = _incidence(size, held)
    own = np.asarray(holds.sum(axis=1)).ravel()
    degree = holds @ (holds.T @ np.ones(size)) - own
    alone = degree == 0
    for _ in range(TURNS):
        share = np.divide(rank, degree, out=np.zeros(size), where=~alone)
        moved = holds @ (holds.T @ share) - own * share
        fresh = DAMPING * (moved + rank[alone].sum() / size) + (1 - DAMPING) / size
        change = np.abs(fresh - rank).sum()
        rank = fresh
        if change < CLOSE:
            break
    return rank


METHOD = Method(
    name="association",
    zh="关联关系与中心度",
    en="Entities that share live values, and their centrality",
    inputs=(
        Input("links", "关联", "Links", (
            Column("entity", "对象", "Entity"), Column("kind", "类别", "Kind"), Column("value", "内容", "Value"),
            Column("from", "起", "From", "date"), Column("to", "止", "To", "date", required=False))),
    ),
    options=(
        Option("at", "基准日", "Day of the links", "date"),
        Option("hub", "公共值上限", "Most entities that a value may link", "count", "20"),
    ),
    output=(
        Column("entity", "对象", "Entity"), Column("group", "关联群", "Group"),
        Column("centrality", "中心度", "Centrality", "decimal"),
    ),
    facts=(
        AnswerKey("groups", "关联群数", "Groups of two or more", {"type": "integer"}),
        AnswerKey("entities", "对象数", "Entities with a live value", {"type": "integer"}),
    ),
    key=("entity",),
    run=associate_entities,
    source="Page, Brin, Motwani & Winograd (1999)",
    peer="networkx 3 pagerank, connected_components",
    error="1e-8",
    cost="n log n + links",
)  # fmt: skip
