"""How far assessors agree beyond chance: weighted kappa of the pairs of judgements on the same things.

In: judgements (thing, assessor, value: a step of an ordered scale). Of every thing with two judgements or more each pair
of assessors counts once, in both orders, as nobody is the first. Weights are the squared distance of the steps
(`quadratic`) or the distance (`linear`). Kappa is exact as a fraction, shown with six decimals; its 95 % interval leaves
out one thing at a time (jackknife). Out: one row for each thing: the number of judgements, the widest distance.
JSON `kappa` (null when everybody says the same of everything), `low`, `high`, `pairs`, `things`, `within_one`.
Source: Cohen (1968), weighted kappa; Efron & Tibshirani (1993), ch. 11 (jackknife); IEC 31010:2019, B.10 (elicitation).
Compared with: scikit-learn `cohen_kappa_score(weights=…)` on both orders of the pairs (tests/programmes/test_public_risk.py).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

Z95 = 1.959964
type Pairs = Counter[tuple[int, int]]


def tell_agreement(given: Given) -> Answer:
    """Weighted kappa, and where judgements lie apart.

    Source: Cohen (1968).
    """
    judged, power = given["judgements"], 2 if given.option("weights") == "quadratic" else 1
    said: defaultdict[str, dict[str, int]] = defaultdict(dict)
    steps = judged["value"].whole().tolist()
    for name, who, step in zip(judged["thing"].text(), judged["assessor"].text(), steps, strict=True):
        said[name][who] = step
    of_thing: dict[str, Pairs] = {}
    for name, values in sorted(said.items()):
        pairs: Pairs = Counter()
        for one, other in combinations(values.values(), 2):
            pairs[(one, other)] += 1
            pairs[(other, one)] += 1
        if pairs:
            of_thing[name] = pairs
    whole: Pairs = Counter()
    for pairs in of_thing.values():
        whole.update(pairs)
    kappa = _kappa(whole, power)
    low, high = _interval(kappa, whole, of_thing, power)
    near = sum(count for (one, other), count in whole.items() if abs(one - other) <= 1)
    facts = {
        "kappa": None if kappa is None else f"{float(kappa):.6f}", "low": low, "high": high,
        "pairs": whole.total() // 2, "things": len(of_thing), "within_one": near // 2,
    }  # fmt: skip
    names = sorted(said)
    return Answer(
        {
            "thing": names, "judgements": [len(said[name]) for name in names],
            "apart": [max(said[name].values()) - min(said[name].values()) for name in names],
        },
        facts=facts,
    )  # fmt: skip


def _kappa(pairs: Pairs, power: int) -> Fraction | None:
    total = pairs.total()
    if not total:
        return None
    ends: Counter[int] = Counter()
    for (one, _), count in pairs.items():
        ends[one] += count
    seen = sum(Fraction(count * abs(one - other) ** power, total) for (one, other), count in pairs.items())
    chance = sum(
        Fraction(ends[one] * ends[other] * abs(one - other) ** power, total * total) for one in ends for other in ends
    )
    return None if not chance else 1 - Fraction(seen) / Fraction(chance)


def _interval(
    kappa: Fraction | None, whole: Pairs, of_thing: dict[str, Pairs], power: int
) -> tuple[str | None, str | None]:
    """Jackknife over things; nothing where one of them decides whether there is a kappa."""
    size = len(of_thing)
    left_out = [_kappa(whole - pairs, power) for pairs in of_thing.values()]
    values = [float(each) for each in left_out if each is not None]
    if kappa is None or size < 3 or len(values) < size:
        return None, None
    mean = sum(values) / size
    spread = Z95 * math.sqrt((size - 1) / size * sum((each - mean) ** 2 for each in values))
    return f"{max(-1.0, float(kappa) - spread):.6f}", f"{min(1.0, float(kappa) + spread):.6f}"


METHOD = Method(
    name="assessor-agreement",
    zh="评估人一致性",
    en="Agreement of assessors beyond chance",
    inputs=(
        Input(
            "judgements", "评估", "Judgements",
            (
                Column("thing", "对象", "Thing"), Column("assessor", "评估人", "Assessor"),
                Column("value", "级", "Step", "number"),
            ),
            unique=("thing", "assessor"),
        ),
    ),
    options=(Option("weights", "权重", "Weights: quadratic or linear", "choice", "quadratic", choices=one_of(quadratic="平方|Quadratic", linear="线性|Linear")),),
    output=(
        Column("thing", "对象", "Thing"), Column("judgements", "评估份数", "Judgements", "count"),
        Column("apart", "最大相差", "Widest distance", "number"),
    ),
    facts=(
        AnswerKey("kappa", "加权κ", "Weighted kappa", {"type": ["string", "null"]}),
        AnswerKey("low", "下限", "From", {"type": ["string", "null"]}), AnswerKey("high", "上限", "To", {"type": ["string", "null"]}),
        AnswerKey("pairs", "对数", "Pairs", {"type": "integer"}), AnswerKey("things", "对象数", "Things", {"type": "integer"}),
        AnswerKey("within_one", "相差不超过一级", "At most one step apart", {"type": "integer"}),
    ),
    key=("thing",),
    run=tell_agreement,
    source="Cohen (1968)",
    peer="scikit-learn cohen_kappa_score",
    error="kappa: six decimals; interval: jackknife over things",
)  # fmt: skip
