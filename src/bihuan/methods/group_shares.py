"""The share of a yes in each group, with its interval, and over all groups together.

In: a group and yes or no, a row each. Whatever is neither is refused.
Out: how many, how many yes, share and Wilson's interval at 95 %, six decimals; the facts tell the same of all rows. n.
Source: E. B. Wilson (1927), Journal of the American Statistical Association 22(158), 209–212.
Compared with: statsmodels' proportion_confint (tests/methods/test_shares.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.whistle_band import wilson_interval

YES = "yes"


def share_groups(given: Given) -> Answer:
    """Shares by group. Source: Wilson (1927)."""
    rows = given["rows"]
    groups, said = rows["group"].text(), np.array([each == YES for each in rows["hit"].text()], dtype=bool)
    names, place = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    size = np.bincount(place, minlength=len(names)).astype(np.int64)
    hits = np.bincount(place[said], minlength=len(names)).astype(np.int64)
    lower, upper = wilson_interval(hits, size)
    columns: dict[str, Any] = {
        "group": names.tolist(), "rows": size.tolist(), "hits": hits.tolist(),
        "share": [f"{hit / of:.6f}" for hit, of in zip(hits.tolist(), size.tolist(), strict=True)],
        "lower": [f"{value:.6f}" for value in lower], "upper": [f"{value:.6f}" for value in upper],
    }  # fmt: skip
    whole = np.array([len(groups)]), np.array([int(said.sum())])
    low, high = wilson_interval(whole[1], whole[0])
    share = int(said.sum()) / len(groups) if groups else 0.0
    facts = {"hits": int(said.sum()), "share": round(share, 6), "lower": round(float(low[0]), 6),
             "upper": round(float(high[0]), 6)}  # fmt: skip
    return Answer(columns, facts)


METHOD = Method(
    name="group-shares",
    zh="各组占比及区间",
    en="Shares by group, with intervals",
    inputs=(
        Input("rows", "记录", "Rows", (
            Column("group", "组", "Group"),
            Column("hit", "是否", "Yes or no", "choice", choices=one_of(yes="是|Yes", no="否|No")))),
    ),
    output=(
        Column("group", "组", "Group"), Column("rows", "记录数", "Rows", "number"), Column("hits", "其中是", "Of them yes", "number"),
        Column("share", "占比", "Share", "decimal"), Column("lower", "区间下端", "Lower end", "decimal"),
        Column("upper", "区间上端", "Upper end", "decimal"),
    ),
    facts=(
        AnswerKey("hits", "其中是", "Of them yes", {"type": "integer"}), AnswerKey("share", "总占比", "Share of all", {"type": "number"}),
        AnswerKey("lower", "总占比下端", "Lower end of all", {"type": "number"}),
        AnswerKey("upper", "总占比上端", "Upper end of all", {"type": "number"}),
    ),
    key=("group",),
    run=share_groups,
    source="Wilson (1927)",
    peer="statsmodels.stats.proportion.proportion_confint",
    error="six decimals",
    cost="n",
)  # fmt: skip
