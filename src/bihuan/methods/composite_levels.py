"""The level of every entity by a composite index: one row each, for lists, watches and pages.

In and options as `composite-index`, which says how a score comes about and gives the part of each indicator.
Out: score, coverage and level of every entity that was ever observed. Exact before rounding. n log n.
Source: OECD & JRC (2008), Handbook on Constructing Composite Indicators, steps 5–7.
Compared with: the JSON of `composite-index` (tests/methods/test_finance_index.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bihuan.methods.composite_index import METHOD as INDEX
from bihuan.methods.composite_index import index_entities
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Method, one_of
from bihuan.methods.declared.tables import Given

LEVELS = ("high", "medium", "low", "insufficient")


def list_levels(given: Given) -> Answer:
    """Score, coverage and level of every entity. Source: OECD & JRC (2008), steps 5–7."""
    found: Mapping[str, Any] = index_entities(given).facts["entities"]  # type: ignore[assignment]  # as declared
    columns = {name: [each[name] for each in found.values()] for name in ("score", "coverage", "level")}
    counts = {level: columns["level"].count(level) for level in LEVELS}
    return Answer({"entity": list(found), **columns}, counts)


METHOD = Method(
    name="composite-levels",
    zh="综合指数等级",
    en="Levels by a composite index",
    inputs=INDEX.inputs,
    options=INDEX.options,
    output=(
        Column("entity", "对象", "Entity"),
        Column("score", "得分", "Score", "decimal"),
        Column("coverage", "覆盖度", "Coverage", "decimal"),
        Column("level", "等级", "Level", "choice", choices=one_of(
            high="高|High", medium="中|Medium", low="低|Low", insufficient="观测不足|Too little was seen")),
    ),
    facts=(
        AnswerKey("high", "高等级数", "Entities of the high level", {"type": "integer"}),
        AnswerKey("medium", "中等级数", "Entities of the medium level", {"type": "integer"}),
        AnswerKey("low", "低等级数", "Entities of the low level", {"type": "integer"}),
        AnswerKey("insufficient", "观测不足数", "Entities of which too little was seen", {"type": "integer"}),
    ),
    key=("entity",),
    run=list_levels,
    source="OECD & JRC (2008), steps 5–7",
    peer="composite-index, entity by entity",
)  # fmt: skip
