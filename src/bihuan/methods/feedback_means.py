"""What people say of each thing on a scale: how many, the mean and its 95 % interval, so that nobody ranks noise.

In: answers (what they are about, a score within the scale; an empty score is no answer). Out: for each thing the number
of answers, the mean and the interval of Student's t with n − 1 degrees of freedom, cut to the scale, four decimals; under
`least` answers no interval. A score outside of the scale is rejected. Facts: things whose whole interval lies above or
below the mean over all answers. n log n.
Source: Student (1908), The probable error of a mean; ISO 2602:1980.
Compared with: scipy.stats.t.interval, thing by thing (tests/methods/test_feedback_means.py).
"""

from __future__ import annotations

import numpy as np

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given

SHARE = 0.975
OUTSIDE = "评分须在量程之内 · a score lies within the scale"


def judge_scores(given: Given) -> Answer:
    """Mean and interval of each thing. Source: ISO 2602:1980."""
    from scipy.special import stdtrit  # a page that shows no feedback does not pay for it

    low_end, high_end, least = (float(given.option(name)) for name in ("lowest", "highest", "least"))
    table = given["answers"]
    scores = table["score"].floats()
    for row in np.flatnonzero((scores < low_end) | (scores > high_end)).tolist():
        table.refuse(row, "score", OUTSIDE, f"填写{low_end:g}至{high_end:g} · state {low_end:g} to {high_end:g}")
    kept = (scores >= low_end) & (scores <= high_end)
    names, place = np.unique(np.array(table["about"].text(), dtype=object)[kept], return_inverse=True)
    scores = scores[kept]
    n = np.bincount(place, minlength=len(names))
    mean = np.bincount(place, scores, len(names)) / n if len(names) else np.zeros(0)
    spread = np.bincount(place, (scores - mean[place]) ** 2, len(names))
    enough = n >= max(least, 2)
    freedom = np.where(enough, n - 1, 1)
    half = stdtrit(freedom, SHARE) * np.sqrt(spread / freedom / n)
    low, high = np.maximum(mean - half, low_end), np.minimum(mean + half, high_end)
    whole = float(scores.mean()) if len(scores) else 0.0
    columns = {
        "about": names.tolist(), "answers": n.tolist(), "mean": [f"{each:.4f}" for each in mean],
        "low": [f"{each:.4f}" if known else None for each, known in zip(low, enough, strict=True)],
        "high": [f"{each:.4f}" if known else None for each, known in zip(high, enough, strict=True)],
    }  # fmt: skip
    return Answer(
        columns, {"above": names[enough & (low > whole)].tolist(), "below": names[enough & (high < whole)].tolist()}
    )


NAMES = {"type": "array", "items": {"type": "string"}}
METHOD = Method(
    name="feedback-means",
    zh="评价均值与区间",
    en="What people say of each thing, with intervals",
    inputs=(
        Input("answers", "评价", "Answers", (
            Column("answer", "评价编号", "Answer"), Column("about", "对象", "About"),
            Column("score", "评分", "Score", "decimal", required=False)), unique=("answer",)),
    ),
    options=(
        Option("lowest", "量程下限", "Lowest score", "decimal", "1"),
        Option("highest", "量程上限", "Highest score", "decimal", "5"),
        Option("least", "给区间的最少份数", "Answers without which there is no interval", "count", "5"),
    ),
    output=(
        Column("about", "对象", "About"), Column("answers", "份数", "Answers", "count"),
        Column("mean", "均值", "Mean", "decimal"), Column("low", "下限", "Lower end", "decimal", required=False),
        Column("high", "上限", "Upper end", "decimal", required=False),
    ),
    facts=(AnswerKey("above", "整段高于总均值", "Above the mean of all", NAMES),
           AnswerKey("below", "整段低于总均值", "Below the mean of all", NAMES)),
    key=("about",),
    run=judge_scores,
    source="ISO 2602:1980",
    peer="scipy.stats.t.interval",
)  # fmt: skip
