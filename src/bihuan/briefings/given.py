"""Results of the insight room as facts, and such results given as files. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from bihuan.briefings.facts import BriefingFacts, Words
from bihuan.faults import Fault
from bihuan.readers import FileError, read_all_rows
from bihuan.readers.writing import restore_cell

LISTED = 5


class GivenError(Fault, ValueError):
    """A result file that cannot be read: which, and what it should be."""

    remedy = "give the file that the named command wrote"


def add_topics(told: BriefingFacts, file: Path) -> None:
    """The first topics of `bihuan topics --summary`. Source: docs/topics/briefings.md (`--topics`)."""
    topics = []
    for topic in _json(file).get("topics", [])[:LISTED]:
        label, events, size = (_field(topic, file, *names) for names in (("label",), ("events",), ("members", "size")))
        topics.append((str(_field(topic, file, "topic_id")), str(label), int(events), int(size), ()))
    topic_facts(told, topics)


def topic_facts(told: BriefingFacts, topics: Sequence[tuple[str, str, int, int, Sequence[str]]]) -> None:
    """Topics, the most pressing first: id, label, distinct events, reports, numbers of the cases.

    Source: docs/topics/briefings.md.
    """
    about = {"zh": "聚类得到的问题及其独立事件数", "en": "topics found by grouping, with their distinct events"}
    for place, (name, label, events, size, cases) in enumerate(topics[:LISTED], start=1):
        query = f"bihuan topics: {name}"
        told.add(f"topic.{place}.label", label, label, about, query)
        told.add(f"topic.{place}.events", f"{events:,}", events, about, query, cases=tuple(cases))
        told.add(f"topic.{place}.reports", f"{size:,}", size, about, query, cases=tuple(cases))


def add_forecast(told: BriefingFacts, file: Path) -> None:
    """The expected counts of `bihuan forecast --out`: in all, and of the largest series.

    Raises:
        GivenError: it is no forecast as `bihuan forecast --out` writes it.

    Source: docs/topics/briefings.md (`--forecast`).
    """
    means: dict[str, float] = defaultdict(float)
    dates = set()
    try:
        for row in read_all_rows(file, ("series", "mean", "date")):
            means[restore_cell(row.cells["series"])] += float(row.cells["mean"])
            dates.add(row.cells["date"])
    except (FileError, ValueError) as error:
        raise GivenError(f"{file}: {error}; it should be written by `bihuan forecast --out`") from error
    if dates:
        forecast_facts(told, {name: ({"zh": name, "en": name}, mean) for name, mean in means.items()}, dates)


def forecast_facts(told: BriefingFacts, means: Mapping[str, tuple[Words, float]], dates: Collection[str]) -> None:
    """Series with their names and the sum of their means, and the days forecast as ISO dates.

    Source: docs/topics/briefings.md.
    """
    about = {"zh": "预测均值之和", "en": "sum of forecast means"}
    query = f"bihuan forecast: {len(means)} series"
    told.add("forecast.first", min(dates), min(dates), about, query)
    told.add("forecast.last", max(dates), max(dates), about, query)
    total = sum(mean for _, mean in means.values())
    told.add("forecast.total", f"{total:,.0f}", round(total, 3), about, query)
    for place, key in enumerate(sorted(means, key=lambda key: (-means[key][1], key))[:LISTED], start=1):
        shown, mean = means[key]
        told.add(f"forecast.{place}.series", shown, key, about, query)
        told.add(f"forecast.{place}.mean", f"{mean:,.1f}", round(mean, 3), about, query)


def add_effect(told: BriefingFacts, file: Path) -> None:
    """The answer of `bihuan effect --json`, called by the name of its file; a refusal is told as one.

    Raises:
        GivenError: it holds no effect as `bihuan effect --json` prints it.

    Source: docs/topics/briefings.md (`--effect`).
    """
    answer = _json(file)
    if "estimate" not in answer or "method" not in answer:
        raise GivenError(f"{file}: holds no effect; it should be the JSON line of `bihuan effect --json`")
    effect_facts(told, {"zh": file.stem, "en": file.stem}, answer)


def effect_facts(told: BriefingFacts, shown: Words, answer: Mapping[str, Any]) -> None:
    """One effect as `Effect.to_json` gives it, by its name; a refusal is told as one.

    Source: docs/topics/briefings.md ("A refused effect is told as a refusal").
    """
    about = answer.get("method_reason") or {"zh": "与对照比较", "en": "compared with controls"}
    query = f"bihuan effect: {answer['method']}"
    kind = "refused" if answer["estimate"] is None else "effect"
    place = 1 + sum(1 for name in told.known if name.startswith(f"{kind}.") and name.endswith(".name"))
    told.add(f"{kind}.{place}.name", shown, shown["en"], about, query)
    if kind == "refused":
        told.add(f"refused.{place}.reason", answer["refused"], None, about, query)
        return
    low, high = answer["interval"]
    for part, value in (("change", answer["estimate"]), ("low", low), ("high", high)):
        told.add(f"effect.{place}.{part}", f"{value:+.1f}%", value, about, query)
    level = 100 * answer["level"]
    told.add(f"effect.{place}.level", f"{level:g}%", level, about, query)


def _json(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8").strip()
        try:
            found = json.loads(text)
        except ValueError:
            found = json.loads(text.splitlines()[-1])  # what a command printed: JSON is its last line
    except (OSError, ValueError, IndexError) as error:
        raise GivenError(f"{file}: {error}; give a JSON file") from error
    if not isinstance(found, dict):
        raise GivenError(f"{file}: holds no JSON object")
    return found


def _field(topic: dict[str, Any], file: Path, *names: str) -> Any:
    for name in names:
        if name in topic:
            value = topic[name]
            return len(value) if isinstance(value, list) else value
    raise GivenError(f"{file}: a topic has no {' or '.join(names)}; it should be written by `bihuan topics --summary`")
