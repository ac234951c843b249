"""What became of a month's suggestions, by question and model. One statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q

from bihuan.rules.intervals import wilson
from bihuan.suggestions.drafts import PersonsAnswer
from bihuan.suggestions.models import Suggestion


class CountedLine(NamedTuple):
    """One question, one model. `offered` = accepted + corrected + overruled + expired + unanswered.

    `share` is accepted / (accepted + corrected + overruled) with its 95 % Wilson interval; None without an answer.
    `abstained` of those offered came with "a person decides".
    """

    kind: str
    model: str
    offered: int
    abstained: int
    accepted: int
    corrected: int
    overruled: int
    expired: int
    unanswered: int
    share: float | None
    low: float | None
    high: float | None


def count_suggestions(start: datetime, end: datetime) -> list[CountedLine]:
    """Suggestions made in [start, end), counted by what people made of them; restricted to the present district.

    Source: docs/topics/suggestions.md, "Answers"; interval: Wilson (1927).
    """
    answers = {a.value: Count("id", filter=Q(answer=a.value)) for a in PersonsAnswer}
    rows = (
        Suggestion.objects.filter(created_at__gte=start, created_at__lt=end)
        .values("kind", "model")
        .annotate(
            offered=Count("id"),
            abstained=Count("id", filter=Q(decided=False)),
            unanswered=Count("id", filter=Q(answer__isnull=True)),
            **answers,
        )
        .order_by("kind", "model")
    )
    return [_line(dict(row)) for row in rows]


def _line(row: Mapping[str, object]) -> CountedLine:
    numbers = {name: int(str(row[name])) for name in CountedLine._fields[2:9]}
    answered = numbers["accepted"] + numbers["corrected"] + numbers["overruled"]
    share, low, high = None, None, None
    if answered:
        interval = wilson(numbers["accepted"], answered)
        share, low, high = numbers["accepted"] / answered, interval.low, interval.high
    return CountedLine(str(row["kind"]), str(row["model"]), **numbers, share=share, low=low, high=high)
