"""How many posts a community is owed by its residents, how many are empty, and what one worker carries.

In: residents, workers and minutes of work of each community. Posts are ⌈residents · per / 10,000⌉, by whole numbers;
the gap is workers less posts (negative: posts stand empty).
Out: posts, gap, workers for 10,000 residents (two decimals) and minutes for one worker (one), half to even; nothing is
divided by nothing. n.
Source: 关于加强社区工作者队伍建设的意见 (2024; 18 posts for 10,000 residents, a working value until read in the text).
Compared with: fractions by hand (tests/methods/test_community_work.py).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.quantities import digits_text

RESIDENTS = 10_000


def count_posts(given: Given) -> Answer:
    """Posts, gap and load of every community. Source: 关于加强社区工作者队伍建设的意见."""
    table = given["communities"]
    per = Fraction(Decimal(str(given.option("per"))))
    texts = table["community"].text()
    numbers = (table[name].whole().tolist() for name in ("residents", "workers"))
    minutes = [None if text == "" else Fraction(Decimal(text)) for text in table["minutes"].text()]
    rows = [
        _row(name, residents, workers, load, per)
        for name, residents, workers, load in zip(texts, *numbers, minutes, strict=True)
    ]
    return Answer({column.name: [row[column.name] for row in rows] for column in METHOD.output})


def _row(name: str, residents: int, workers: int, minutes: Fraction | None, per: Fraction) -> dict[str, Any]:
    posts = -int(-residents * per // RESIDENTS)
    each = None if minutes is None or not workers else digits_text(minutes / workers, 1)
    return {
        "community": name, "posts": posts, "gap": workers - posts,
        "per_10k": digits_text(Fraction(workers * RESIDENTS, residents), 2) if residents else None,
        "minutes_per_worker": each,
    }  # fmt: skip


METHOD = Method(
    name="community-posts",
    zh="社区工作者核定岗位与负荷",
    en="Posts owed to communities, and what one worker carries",
    inputs=(
        Input(
            "communities", "社区", "Communities",
            (
                Column("community", "社区", "Community"), Column("residents", "常住人口", "Residents", "number"),
                Column("workers", "在岗人数", "Workers", "number"),
                Column("minutes", "工作时间", "Minutes of work", "decimal", required=False, absent=True, unit="minute"),
            ),
            unique=("community",),
        ),
    ),
    options=(Option("per", "每万人岗位数", "Posts for 10,000 residents", "decimal", "18"),),
    output=(
        Column("community", "社区", "Community"), Column("posts", "核定岗位", "Posts", "number"),
        Column("gap", "余缺", "Gap", "decimal"),
        Column("per_10k", "每万人工作者", "Workers for 10,000 residents", "decimal", required=False),
        Column("minutes_per_worker", "人均工作时间", "Minutes for one worker", "decimal", required=False, unit="minute"),
    ),
    key=("community",),
    run=count_posts,
    source="关于加强社区工作者队伍建设的意见 (2024)",
    peer="fractions by hand",
    cost="n",
)  # fmt: skip
