"""Planted root causes against the topics found."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import numpy as np

from bihuan.insight.topics import find_topics
from bihuan.simulator.stage import Stage
from bihuan.simulator.town import Plan, Town


def precision(stage: Stage, seed: int, end: datetime) -> float:
    """Of the ten best-ranked topics of sixty days with about 6,000 cases, the share with one planted cause behind most.

    The topics see what the desk sees, its merges included; the truth is looked at afterwards.
    """

    town = Town(stage, Plan(60, seed, end, 100.0))
    told = [step for step in town.steps() if step.report is not None]
    reports = [step.report for step in told if step.report is not None]
    cases = [town.house.cases[step.key] for step in told]
    areas = [str(step.command.data.get("area") or "") for step in told]
    keys = [step.key for step in told]
    found = find_topics(
        keys,
        [str(report.title) for report in reports],
        [str(report.text) for report in reports],
        np.array([step.at for step in told], dtype="datetime64[s]"),
        areas,
        sites=areas,
        events=[str(case.parent or case.id) for case in cases],
    )
    cause = {key: int(town.truth.stream.cause[int(key.rsplit(":", 1)[1])]) for key in keys}
    hits = 0
    for topic in found[:10]:
        best, count = Counter(cause[member] for member in topic.members).most_common(1)[0]
        hits += best >= 0 and 2 * count > len(topic.members)
    return hits / 10
