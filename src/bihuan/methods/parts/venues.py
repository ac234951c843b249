"""Venues by day: which are open, of which kinds, and the minutes that lie between them and cells."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Column, Input, one_of
from bihuan.methods.declared.tables import Table

_EPOCH = date(1970, 1, 1)


class Venues(NamedTuple):
    """Venues of the asked kinds on a day: capacity of the open ones, and how many are not open."""

    open: dict[str, int]
    closed: int


def venues_on(venues: Table, on: str, kinds: str | None) -> Venues:
    """The venues of some kinds on a day.

    Args:
        venues: A status other than `open` holds from–to, both days included, an empty end is open.
        on: ISO day. kinds: Joined by `|`; None for all.

    Source: DESIGN §14 (state in time, every figure says as of which day).
    """
    day = (date.fromisoformat(on) - _EPOCH).days
    wanted = {kind.strip() for kind in kinds.split("|")} if kinds else None
    names, states = venues["venue"].text(), venues["status"].text()
    capacity, sorts = venues["capacity"].values(), venues["kind"].text()
    first, last = venues["from"].days().tolist(), venues["to"].days().tolist()
    open_: dict[str, int] = {}
    shut: set[str] = set()
    for row, name in enumerate(names):
        if wanted is not None and sorts[row] not in wanted:
            continue
        holds = first[row] <= day and (last[row] == NO_DAY or day <= last[row])  # no first day is the smallest
        if states[row] not in ("", "open") and holds:
            shut.add(name)
        open_[name] = max(open_.get(name, 0), capacity[row] or 0)
    return Venues({name: size for name, size in open_.items() if name not in shut}, len(shut))


CELLS = Input(
    "cells", "网格", "Cells",
    (
        Column("cell", "网格", "Cell"), Column("node", "路网节点", "Node of the network", absent=True, required=False),
        Column("population", "人口", "People", "decimal"),
    ),
    unique=("cell",),
)  # fmt: skip
VENUES = Input(
    "venues", "场馆", "Venues",
    (
        Column("venue", "场馆", "Venue"), Column("kind", "类别", "Kind"),
        Column("node", "路网节点", "Node of the network", absent=True, required=False),
        Column("capacity", "容量", "Capacity", "number", absent=True, required=False),
        Column("status", "状态", "State", "choice", absent=True, required=False, choices=one_of(
            open="开放|Open", closed="关闭|Closed", renovation="改造|Renovation")),
        Column("from", "起始日", "From", "date", absent=True, required=False),
        Column("to", "截止日", "To", "date", absent=True, required=False),
    ),
)  # fmt: skip
TIMES = Input(
    "times", "步行时间", "Minutes from cells to venues",
    (
        Column("cell", "网格", "Cell"), Column("venue", "场馆", "Venue"),
        Column("minutes", "分钟", "Minutes", "decimal", unit="min"),
    ),
    unique=("cell", "venue"),
)  # fmt: skip
