"""A plan of visits: most of it by rank, a part drawn at random, without which nobody can measure what the ranking misses.

In: the ORDER that `inspection-order` gives (id, rank; other columns are carried along). Of `size` visits the share
`share` (rounded up) is drawn at random from those that the rank leaves out, the rest are the first by rank.
Out: each chosen one with its place in the plan and how it came there. A draw is SHA-256 of seed, `plan` and id, so that
anybody recomputes it from the published seed and list. JSON `ranked`, `drawn`, `left`. Exact, n log n.
Source: 安全生产法（2021）第六十二条 (计划检查); RFC 3797 §3 (a public seed).
Compared with: the definition (tests/programmes/test_work_safety.py).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.lots import ordered_by_lot


def plan_visits(given: Given) -> Answer:
    """Who is visited, and whether by rank or by lot.

    Source: 安全生产法（2021）第六十二条; RFC 3797 §3.
    """
    order, size, share = given["order"], given.option("size"), Decimal(str(given.option("share")))
    if not 0 <= share <= 1:
        raise WrongCallError("随机比例须在 0 到 1 之间 · the share lies between 0 and 1", "--option share=0.2")
    ids = order["id"].text()
    ranks = order["rank"].whole().tolist()
    by_rank = [name for _, name in sorted(zip(ranks, ids, strict=True))]
    whole = min(size, len(by_rank))
    lots = int((share * whole).to_integral_value(ROUND_CEILING))
    ranked = by_rank[: whole - lots]
    drawn = ordered_by_lot(given.option("seed"), "plan", by_rank[whole - lots :])[:lots]
    chosen = [*((name, "ranked") for name in ranked), *((name, "drawn") for name in drawn)]
    at = dict(zip(ids, ranks, strict=True))
    return Answer(
        {
            "id": [name for name, _ in chosen], "place": list(range(1, len(chosen) + 1)),
            "rank": [at[name] for name, _ in chosen], "how": [how for _, how in chosen],
        },
        facts={"ranked": len(ranked), "drawn": len(drawn), "left": len(ids) - len(chosen)},
    )  # fmt: skip


METHOD = Method(
    name="inspection-plan",
    zh="检查计划（排序加随机抽取）",
    en="Plan of visits: by rank, and a part by lot",
    inputs=(
        Input("order", "排序", "Order", (Column("id", "编号", "Number"), Column("rank", "次序", "Rank", "count")), unique=("id",)),
    ),
    options=(
        Option("size", "检查数", "Visits in the plan", "count"),
        Option("seed", "公开种子", "Public seed"),
        Option("share", "随机比例", "Share drawn at random", "decimal", "0.2"),
    ),
    output=(
        Column("id", "编号", "Number"), Column("place", "计划次序", "Place in the plan", "count"),
        Column("rank", "次序", "Rank", "count"),
        Column("how", "如何入选", "How it came here", "choice", choices=one_of(ranked="按排序|By rank", drawn="随机抽取|By lot")),
    ),
    facts=(
        AnswerKey("ranked", "按排序", "By rank", {"type": "integer"}), AnswerKey("drawn", "随机抽取", "By lot", {"type": "integer"}),
        AnswerKey("left", "未入选", "Left out", {"type": "integer"}),
    ),
    key=("id",),
    run=plan_visits,
    source="安全生产法（2021）第六十二条; RFC 3797",
    peer="the definition",
)  # fmt: skip
