"""Weights from pairwise judgements, and whether the judgements agree well enough to be used.

In: MATRIX of `row,column,ratio` (`3`, `0.25` or `1/3`), one triangle in any order; a pair given twice must agree.
Out: the principal eigenvector, summing to 1; nothing when it must not be used. JSON: λ, consistency ratio
CR = (λ − n)/(n − 1)/RI(n), `usable` (CR ≤ 0.10), the triple of judgements that contradicts most, pairs that are missing.
Power iteration to 1e-14; ratios are read as fractions. n² a step.
Source: T. L. Saaty, The Analytic Hierarchy Process (1980), table of random indices and the bound of 0.10.
Compared with: numpy.linalg.eig, and Saaty's published examples (tests/methods/test_risks.py).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method
from bihuan.methods.declared.tables import Given, Table

RANDOM_INDEX = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
"""Consistency index of random judgements (Saaty 1980, p. 21); above 10 that of 10 stands, which is stricter."""
BOUND = 0.10


def weigh_items(given: Given) -> Answer:
    """The weight of every item, when the judgements are consistent enough.

    Source: Saaty (1980).
    """
    matrix = given["matrix"]
    ratios = _ratios(matrix)
    items = sorted({name for pair in ratios for name in pair})
    lost = [f"{a}:{b}" for a, b in combinations(items, 2) if (a, b) not in ratios]
    if lost or not items:
        return Answer(_EMPTY, facts={**_UNKNOWN, "missing": lost})
    size = len(items)
    judged = np.array([[float(ratios.get((a, b), Fraction(1))) for b in items] for a in items])
    weights, largest = _principal(judged)
    ratio = (largest - size) / (size - 1) / RANDOM_INDEX.get(size, RANDOM_INDEX[10]) if size > 2 else 0.0
    usable = ratio <= BOUND
    facts: dict[str, Any] = {
        "lambda_max": round(largest, 9),
        "consistency_ratio": round(max(ratio, 0.0), 9),
        "usable": usable,
        "triple": _worst(items, ratios),
        "missing": [],
    }
    columns = {"item": items, "weight": [f"{weight:.9f}" for weight in weights]} if usable else _EMPTY
    return Answer(columns, facts=facts)


def _ratios(matrix: Table) -> dict[tuple[str, str], Fraction]:
    ratios: dict[tuple[str, str], Fraction] = {}
    rows = (matrix[name].text() for name in ("row", "column", "ratio"))
    for place, (one, two, text) in enumerate(zip(*rows, strict=True)):
        try:
            value = Fraction(text)
        except (ValueError, ZeroDivisionError):
            value = Fraction(0)
        if value <= 0 or (one == two and value != 1):
            rule = "须为正数，如 3、0.25、1/3 · must be positive, such as 3, 0.25 or 1/3"
            matrix.refuse(place, "ratio", rule, "更正比值 · correct the ratio")
        elif one != two and ratios.get((one, two), value) != value:
            rule = "与同一对的另一判断矛盾 · another row judges this pair differently"
            matrix.refuse(place, "ratio", rule, "只留一个判断 · keep one judgement")
        elif one != two:
            ratios[one, two], ratios[two, one] = value, 1 / value
    return ratios


def _principal(judged: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    weights = np.full(len(judged), 1 / len(judged))
    for _ in range(10_000):
        product = judged @ weights
        following = product / product.sum()
        if np.abs(following - weights).max() < 1e-14:
            break
        weights = following
    return following, float((judged @ following / following).mean())


def _worst(items: list[str], ratios: dict[tuple[str, str], Fraction]) -> list[str]:
    """The three items whose judgements contradict each other most: a·b·c is furthest from 1."""
    triples = combinations(items, 3)
    worst = max(
        triples, key=lambda t: abs(log(ratios[t[0], t[1]] * ratios[t[1], t[2]] * ratios[t[2], t[0]])), default=()
    )
    return list(worst)


_EMPTY: dict[str, list[str]] = {"item": [], "weight": []}
_UNKNOWN: dict[str, Any] = {"lambda_max": None, "consistency_ratio": None, "usable": False, "triple": []}
METHOD = Method(
    name="ahp",
    zh="层次分析法权重",
    en="Weights by pairwise judgement",
    inputs=(
        Input(
            "matrix", "判断", "Judgements",
            (
                Column("row", "甲", "This item"), Column("column", "乙", "against that item"),
                Column("ratio", "比值", "is so many times as important"),
            ),
        ),
    ),
    output=(Column("item", "项目", "Item"), Column("weight", "权重", "Weight", "decimal")),
    facts=(
        AnswerKey("lambda_max", "最大特征值", "Largest eigenvalue", {"type": ["number", "null"]}),
        AnswerKey("consistency_ratio", "一致性比率", "Consistency ratio", {"type": ["number", "null"]}),
        AnswerKey("usable", "可否使用", "Whether it may be used", {"type": "boolean"}),
        AnswerKey("triple", "矛盾最大的三项", "The triple that contradicts most", {"type": "array"}),
        AnswerKey("missing", "缺少的判断", "Pairs without a judgement", {"type": "array"}),
    ),
    key=("item",),
    run=weigh_items,
    source="Saaty (1980)",
    peer="numpy.linalg.eig",
    error="1e-9",
    cost="n² a step",
)  # fmt: skip
