"""A panel of residents by lot that keeps quotas and one seat for an address, with the fairest chances there can be.

In: candidates with address and features (every further column is one); quotas: least and most seats for a value of a
feature. A lottery over panels is found whose least chance is as great as it can be (`parts/lotteries.py`), shown beside the
bound that no lottery beats; the panel is drawn from it by the seed: SHA-256 of the seed gives a number between 0 and 1 that
falls into the weights laid end to end in the order of the file. Anybody repeats it.
Out: each candidate's chance and whether drawn; the portfolio. Where no panel keeps the quotas: `feasible` false and the
fewest seats by which quotas must give way.
Source: Flanigan et al. (2021), Fair algorithms for selecting citizens' assemblies, Nature 596.
Compared with: closed forms and the bound (tests/methods/test_sortition.py); sortition-algorithms 0.12.15 (GPL, not used).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.lotteries import (
    PanelCandidate,
    PanelLottery,
    SeatQuota,
    lottery_of,
    pool_of,
    seats_to_move,
)

DIGITS, TURN = 8, 2**256


def draw_panel(given: Given) -> Answer:
    """The lottery and the panel. Source: Flanigan et al. (2021)."""
    people, names = given["candidates"], list(given["candidates"].others)
    size = int(given.option("size"))
    candidates = _candidates(people, names)
    quotas = _quotas(given["quotas"], names)
    pool = pool_of(candidates, quotas, size)
    lottery = lottery_of(candidates, pool, quotas) if candidates else None
    if lottery is None:
        moved = seats_to_move(pool, quotas) if candidates else None
        relax = [
            {"feature": names[quota.feature], "value": quota.value, "min": quota.least + min(change, 0),
             "max": quota.most + max(change, 0)}
            for quota, change in moved or []
        ]  # fmt: skip
        note = "名额无法同时满足 · no panel keeps all quotas"
        if not relax:
            note = "候选人不足 · there are too few candidates, whatever the quotas"
        return Answer({"id": [], "probability": [], "chosen": []}, {"feasible": False, "relax": relax}, remarks=(note,))
    return _answer(candidates, lottery, str(given.option("seed")))


def _answer(candidates: list[PanelCandidate], lottery: PanelLottery, seed: str) -> Answer:
    chance: dict[str, float] = defaultdict(float)
    for weight, people in lottery.portfolio:
        for name in people:
            chance[name] += weight
    drawn = set(_drawn(lottery, seed))
    names = [each.id for each in candidates]
    facts: dict[str, Any] = {
        "feasible": True, "min_probability": min(chance[name] for name in names), "bound": lottery.bound,
        "portfolio": [{"weight": weight, "members": people} for weight, people in lottery.portfolio],
    }  # fmt: skip
    columns: dict[str, Any] = {
        "id": names, "probability": [f"{chance[name]:.{DIGITS}f}" for name in names],
        "chosen": [int(name in drawn) for name in names],
    }  # fmt: skip
    return Answer(columns, facts)


def _drawn(lottery: PanelLottery, seed: str) -> list[str]:
    """The panel on which the seed's number falls."""
    place = int.from_bytes(hashlib.sha256(f"sortition:{seed}".encode()).digest(), "big") / TURN
    reached = 0.0
    for weight, people in lottery.portfolio:
        reached += weight
        if place < reached:
            return people
    return lottery.portfolio[-1][1]


def _candidates(table: Table, names: list[str]) -> list[PanelCandidate]:
    features = list(zip(*(table.others[name].text() for name in names), strict=True)) if names else [()] * len(table)
    own = zip(table["id"].text(), table["address"].text(), features, strict=True)
    return sorted(PanelCandidate(name, address or f"\0{name}", tuple(values)) for name, address, values in own)


def _quotas(table: Table, names: list[str]) -> list[SeatQuota]:
    found = []
    texts = zip(table["feature"].text(), table["value"].text(), strict=True)
    bounds = zip(table["min"].whole().tolist(), table["max"].whole().tolist(), strict=True)
    for row, ((feature, value), (least, most)) in enumerate(zip(texts, bounds, strict=True)):
        if feature not in names:
            rule = f"候选人没有此列，有 {'、'.join(names)} · candidates have no such column"
            table.refuse(row, "feature", rule, "更正列名 · correct the column")
        elif least > most:
            table.refuse(row, "min", "下限不得高于上限 · no more at least than at most", "更正名额 · correct the seats")
        else:
            found.append(SeatQuota(names.index(feature), value, least, most))
    return sorted(found)


METHOD = Method(
    name="sortition",
    zh="按名额公平抽签组成小组",
    en="A panel by lot under quotas, with the fairest chances",
    inputs=(
        Input("candidates", "候选人", "Candidates", (
            Column("id", "编号", "Number"), Column("address", "住址", "Address", required=False)),
            unique=("id",), open=True),
        Input("quotas", "名额", "Quotas", (
            Column("feature", "特征", "Feature"), Column("value", "取值", "Value"),
            Column("min", "至少", "At least", "number"), Column("max", "至多", "At most", "number")),
            unique=("feature", "value")),
    ),
    options=(
        Option("size", "人数", "Seats", "count"),
        Option("seed", "种子", "Seed", "text", "0"),
    ),
    output=(
        Column("id", "编号", "Number"), Column("probability", "机会", "Chance", "decimal"),
        Column("chosen", "抽中", "Drawn", "number"),
    ),
    facts=(
        AnswerKey("feasible", "可行", "Whether a panel keeps the quotas", {"type": "boolean"}),
        AnswerKey("min_probability", "最小机会", "Least chance", {"type": "number"}),
        AnswerKey("bound", "上界", "Least chance that no lottery beats", {"type": "number"}),
        AnswerKey("portfolio", "抽签组合", "Panels with their weights", {"type": "array"}),
        AnswerKey("relax", "应放宽的名额", "Quotas that must give way", {"type": "array"}),
    ),
    key=("id",),
    run=draw_panel,
    source="Flanigan et al. (2021)",
    peer="closed forms; the bound",
    error="least chance at least 99 % of the bound",
    cost="panels · an integer programme over classes",
)  # fmt: skip
