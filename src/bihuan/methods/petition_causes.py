"""How often people write again because of one policy: repeated letters by the policy behind their matter.

In: what each letter is to those before it (as `petition-history` answers), the matter of each, and the policy behind
every matter. A letter is repeated when it is `repeat`, `while_open` or `after_final`; a matter without a policy counts
under the matter itself. Out: letters, repeated ones, their share with Wilson's 95 % interval, to four decimals, the
most repeated first. A policy with fewer than `least` letters is told and not judged.
Exact counts, intervals in floats; n log n.
Source: 信访工作条例 (2022) 第五条、第三十八条 (causes are put right at their root); E. B. Wilson (1927).
Compared with: counts by hand, and statsmodels' interval through `whistle-band` (tests/methods/test_petitions.py).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.whistle_band import wilson_interval

AGAIN = frozenset({"repeat", "while_open", "after_final"})


def tell_causes(given: Given) -> Answer:
    """The share of repeated letters of every policy. Source: 信访工作条例 (2022) 第三十八条; Wilson (1927)."""
    kinds, letters, matters = given["kinds"], given["letters"], given["matters"]
    matter_of = dict(zip(letters["id"].text(), letters["matter"].text(), strict=True))
    policy_of = {m: p or m for m, p in zip(matters["matter"].text(), matters["policy"].text(), strict=True)}
    written: Counter[str] = Counter()
    repeated: Counter[str] = Counter()
    for number, kind in zip(kinds["id"].text(), kinds["kind"].text(), strict=True):
        matter = matter_of.get(number, "")
        policy = policy_of.get(matter, matter)
        if policy:
            written[policy] += 1
            repeated[policy] += kind in AGAIN
    order = sorted(written, key=lambda policy: (-repeated[policy], -written[policy], policy))
    of = np.array([written[policy] for policy in order], np.int64)
    hits = np.array([repeated[policy] for policy in order], np.int64)
    lower, upper = wilson_interval(hits, of)
    least = int(given.option("least"))
    columns: dict[str, Any] = {
        "policy": order,
        "letters": of.tolist(),
        "repeated": hits.tolist(),
        "rate": [f"{hit / whole:.4f}" for hit, whole in zip(hits.tolist(), of.tolist(), strict=True)],
        "lower": [f"{value:.4f}" for value in lower],
        "upper": [f"{value:.4f}" for value in upper],
        "judged": ["yes" if whole >= least else "too_few" for whole in of.tolist()],
    }
    return Answer(columns)


METHOD = Method(
    name="petition-causes",
    zh="按所涉政策的重复信访率",
    en="Repeated letters by the policy behind them",
    inputs=(
        Input("kinds", "来信关系", "What each letter is", (
            Column("id", "编号", "Number"), Column("kind", "类型", "Kind"),
        ), unique=("id",)),
        Input("letters", "来信", "Letters", (
            Column("id", "编号", "Number"), Column("matter", "事项", "Matter"),
        ), unique=("id",)),
        Input("matters", "事项目录", "Matters", (
            Column("matter", "事项", "Matter"), Column("policy", "所涉政策", "Policy behind it", required=False),
        ), unique=("matter",)),
    ),
    options=(Option("least", "最少件数", "Letters below which nothing is judged", "count", "10"),),
    output=(
        Column("policy", "政策或事项", "Policy or matter"), Column("letters", "来信数", "Letters", "count"),
        Column("repeated", "重复数", "Repeated", "count"), Column("rate", "重复率", "Share repeated", "decimal"),
        Column("lower", "区间下限", "Lower end", "decimal"), Column("upper", "区间上限", "Upper end", "decimal"),
        Column("judged", "是否判断", "Judged", "choice", choices=one_of(yes="判断|Judged", too_few="件数过少|Too few")),
    ),
    key=("policy",),
    run=tell_causes,
    source="信访工作条例 (2022); Wilson (1927)",
    peer="counts by hand",
)  # fmt: skip
