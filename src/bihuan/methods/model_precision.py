"""How right models are, by week and in all, from what people answered to the cases that they opened.

In: LABELS (case, model, the answer true|false|duplicate, the category that the model said and the one that people gave,
the day) and CARDS (the precision that a model declares, and from how many answers on it is asked). A duplicate is neither
right nor wrong: it tells of the same event once more. A person overruled the model where the answer is `false` or where
the category is another one. Weeks begin on Monday. Verdict: `few` answers, `below` (the whole 95 % Wilson interval lies
under what is declared), `meets`.
Out: a row for each model and week, and one with the span `whole` for the last `weeks` weeks until the day `at`. Whether
the interval lies below is decided in whole numbers (the score test, of which Wilson's interval is the inverse): n (p0 - p)²
> z² p0 (1 - p0). n log n.
Source: E. B. Wilson (1927), Probable Inference; M. Mitchell et al. (2019), Model Cards; docs/adr/0347-signals.md.
Compared with: scipy's Wilson interval by `rules.intervals` and a count by hand (tests/methods/test_signals.py).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bihuan.methods.declared.cells import day_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.rules.intervals import wilson
from bihuan.rules.quantities import fixed_text

Z_SQUARED = Fraction(38_414_588_207, 10**10)
"""Square of the 97.5 % point of the normal distribution."""
MONDAY = 3
"""1970-01-01 was a Thursday: so many days after a Monday."""


@dataclass
class AnswerTally:
    """What people answered to cases of a model."""

    right: int = 0
    wrong: int = 0
    duplicate: int = 0
    overruled: int = 0

    def take(self, label: str, said: str, given: str) -> None:
        """Count one answer. Source: docs/adr/0347-signals.md (3)."""
        self.right += label == "true"
        self.wrong += label == "false"
        self.duplicate += label == "duplicate"
        self.overruled += label == "false" or bool(said and given and said != given)


def count_answers(given: Given) -> Answer:
    """Precision of every model. Source: Wilson (1927)."""
    labels, cards = given["labels"], given["cards"]
    declared = dict(zip(cards["model"].text(), map(Fraction, cards["declared"].text()), strict=True))
    least = dict(zip(cards["model"].text(), cards["least_judged"].whole().tolist(), strict=True))
    last = (date.fromisoformat(given.option("at")) - _EPOCH).days
    first = _monday(last) - 7 * (given.option("weeks") - 1)
    weeks: defaultdict[tuple[str, int], AnswerTally] = defaultdict(AnswerTally)
    whole = {model: AnswerTally() for model in declared}
    columns = [labels[name].text() for name in ("model", "label", "said", "category")]
    for row, (day, model, *told) in enumerate(zip(labels["decided"].days().tolist(), *columns, strict=True)):
        if model not in declared:
            labels.refuse(
                row, "model", f"名册中没有模型 {model} · no model {model}", "先登记模型卡 · register its card first"
            )
        elif first <= day <= last:
            weeks[model, _monday(day)].take(*told)
            whole[model].take(*told)
    rows = [_row(model, "week", day_text(week), weeks[model, week], declared[model], least[model])
            for model, week in sorted(weeks)]  # fmt: skip
    rows += [_row(model, "whole", "", whole[model], declared[model], least[model]) for model in sorted(whole)]
    out = {column.name: [row[column.name] for row in rows] for column in METHOD.output}
    below = sum(row["span"] == "whole" and row["verdict"] == "below" for row in rows)
    return Answer(out, facts={"models": len(whole), "below": below})


def lies_below(right: int, judged: int, declared: Fraction) -> bool:
    """Return whether the whole 95 % Wilson interval of right of judged lies under a share; exact.

    Source: Wilson (1927): the interval holds the shares that the score test does not reject.
    """
    share = Fraction(right, judged)
    return share < declared and judged * (declared - share) ** 2 > Z_SQUARED * declared * (1 - declared)


def _row(model: str, span: str, week: str, tally: AnswerTally, declared: Fraction, least: int) -> dict[str, object]:
    judged = tally.right + tally.wrong
    ends = wilson(tally.right, judged) if judged else None
    verdict = "few" if judged < max(least, 1) else "below" if lies_below(tally.right, judged, declared) else "meets"
    return {
        "model": model, "span": span, "week": week, "right": tally.right, "wrong": tally.wrong,
        "duplicate": tally.duplicate, "judged": judged, "overruled": tally.overruled,
        "precision": _percent(tally.right / judged) if judged else "",
        "low": _percent(ends.low) if ends else "", "high": _percent(ends.high) if ends else "",
        "declared": _percent(float(declared)), "verdict": verdict,
    }  # fmt: skip


def _percent(share: float) -> str:
    return fixed_text(100 * share, 1)


def _monday(day: int) -> int:
    return day - (day + MONDAY) % 7


_EPOCH = date(1970, 1, 1)
METHOD = Method(
    name="model-precision",
    zh="模型准确率（按周）",
    en="How right models are, by week",
    inputs=(
        Input("labels", "处置结论", "Answers", (
            Column("case", "案件", "Case", "code"), Column("model", "模型", "Model", "code"),
            Column("label", "结论", "Answer", "choice", choices=one_of(
                true="属实|True", false="误报|False", duplicate="重复|Duplicate")),
            Column("said", "模型分类", "Category that the model said", required=False, absent=True),
            Column("category", "人工分类", "Category that people gave", required=False, absent=True),
            Column("decided", "结论日期", "Day", "date"),
        ), unique=("case",)),
        Input("cards", "模型卡", "Cards", (
            Column("model", "模型", "Model", "code"),
            Column("declared", "声明准确率", "Declared precision", "decimal", note="0 to 1"),
            Column("least_judged", "最少结论数", "Answers from which on it is asked", "count"),
        ), unique=("model",)),
    ),
    options=(
        Option("at", "截至日期", "Until the day", "date"), Option("weeks", "周数", "Weeks that count", "count", "12"),
    ),
    output=(
        Column("model", "模型", "Model", "code"),
        Column("span", "期间", "Span", "choice", choices=one_of(week="一周|A week", whole="全部|All weeks")),
        Column("week", "周一", "Monday", "date", required=False),
        Column("right", "属实", "True", "number"), Column("wrong", "误报", "False", "number"),
        Column("duplicate", "重复", "Duplicate", "number"), Column("judged", "结论数", "Judged", "number"),
        Column("overruled", "人工改判", "Overruled", "number"),
        Column("precision", "准确率", "Precision", "decimal", required=False, unit="%"),
        Column("low", "下限", "Low", "decimal", required=False, unit="%"),
        Column("high", "上限", "High", "decimal", required=False, unit="%"),
        Column("declared", "声明准确率", "Declared", "decimal", unit="%"),
        Column("verdict", "判定", "Verdict", "choice", choices=one_of(
            few="结论不足|Few answers", meets="达到声明|As declared", below="低于声明|Below what is declared")),
    ),
    facts=(
        AnswerKey("models", "模型数", "Models", {"type": "integer"}),
        AnswerKey("below", "低于声明", "Below what they declare", {"type": "integer"}),
    ),
    key=("model", "span", "week"),
    run=count_answers,
    source="E. B. Wilson (1927); docs/adr/0347-signals.md",
    peer="a count by hand and the interval of rules.intervals",
)  # fmt: skip
