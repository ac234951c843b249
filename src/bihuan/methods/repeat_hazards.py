"""Which hazards are new, which were still open, and which came back within so many days of being closed.

In: hazards with site, kind, day found and day closed (empty: open still). Within a site and kind they are read by day
found, then id. A hazard found while an earlier one is open, or on the day it was closed, is that one: `open_already`.
One found at most `days` days after the last closing is the next repeat of it; a later one begins anew.
Out: state, the hazard it goes back to, and which occurrence it is. The k-th repeat belongs into one root-cause case.
Exact: whole days only. n log n.
Source: 安全生产事故隐患排查治理暂行规定 (安监总局令第16号) on repeated hazards; the order of reading is declared here.
Compared with: a reading of each site's history one by one (tests/methods/test_hazards.py).
"""

from __future__ import annotations

from collections import defaultdict

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

_OPEN = 1 << 60


def classify_hazards(given: Given) -> Answer:
    """The state of every hazard.

    Source: 安监总局令第16号; rules of this method in its module docstring.
    """
    hazards, days = given["hazards"], given.option("days")
    ids, found = hazards["id"].text(), hazards["found_on"].days().tolist()
    closed = [_OPEN if day == NO_DAY else day for day in hazards["closed_on"].days().tolist()]
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row, key in enumerate(zip(hazards["site"].text(), hazards["kind"].text(), strict=True)):
        if closed[row] < found[row]:
            rule = "销号日不得早于发现日 · closed_on is not before found_on"
            hazards.refuse(row, "closed_on", rule, "更正日期 · correct the day")
        else:
            groups[key].append(row)
    out: list[tuple[str, str, str, int]] = []
    for rows in groups.values():
        out += _history(sorted(rows, key=lambda row: (found[row], ids[row])), ids, found, closed, days)
    columns = list(zip(*out, strict=True)) or [(), (), (), ()]
    return Answer({name: list(column) for name, column in zip(_NAMES, columns, strict=True)})


def _history(
    rows: list[int], ids: list[str], found: list[int], closed: list[int], days: int
) -> list[tuple[str, str, str, int]]:
    told: list[tuple[str, str, str, int]] = []
    held = -1  # the occurrence that later finds are compared with; what is found while it is open belongs to it
    nth: dict[int, int] = {}
    for row in rows:
        if held < 0 or found[row] > closed[held] + days:
            state, of, nth[row] = "first", "", 1
        elif found[row] <= closed[held]:
            state, of, nth[row] = "open_already", ids[held], nth[held]
        else:
            state, of, nth[row] = "repeat", ids[held], nth[held] + 1
        told.append((ids[row], state, of, nth[row]))
        if state != "open_already":
            held = row
    return told


_NAMES = ("id", "state", "of", "nth")
METHOD = Method(
    name="repeat-hazards",
    zh="隐患重复判定",
    en="New, still open and repeated hazards",
    inputs=(
        Input(
            "hazards", "隐患", "Hazards",
            (
                Column("id", "编号", "Number"), Column("site", "场所", "Site"), Column("kind", "类别", "Kind"),
                Column("found_on", "发现日", "Day found", "date"),
                Column("closed_on", "销号日", "Day closed", "date", required=False),
            ),
            unique=("id",),
        ),
    ),
    options=(Option("days", "重复期限", "Days after closing in which it counts as the same", "count", "90"),),
    output=(
        Column("id", "编号", "Number"),
        Column("state", "状态", "State", "choice", choices=one_of(
            first="首次|First", open_already="原隐患未销号|Still open", repeat="重复|Repeat")),
        Column("of", "所属隐患", "Goes back to", required=False),
        Column("nth", "第几次", "Occurrence", "count"),
    ),
    key=("id",),
    run=classify_hazards,
    source="安监总局令第16号",
    peer="a reading of each history one by one",
)  # fmt: skip
