"""Results of the insight room, given as files, as facts. Pure."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from bihuan.briefings.facts import Facts

LISTED = 5


class GivenError(ValueError):
    """A result file that cannot be read: which, and what it should be."""


def add_topics(told: Facts, file: Path) -> None:
    """The first topics of `bihuan topics --summary`."""
    about = {"zh": "聚类得到的问题及其独立事件数", "en": "topics found by grouping, with their distinct events"}
    for place, topic in enumerate(_json(file).get("topics", [])[:LISTED], start=1):
        label, events, size = (_field(topic, file, *names) for names in (("label",), ("events",), ("members", "size")))
        query = f"bihuan topics: {_field(topic, file, 'topic_id')}"
        told.add(f"topic.{place}.label", str(label), str(label), about, query)
        told.add(f"topic.{place}.events", f"{int(events):,}", int(events), about, query)
        told.add(f"topic.{place}.reports", f"{int(size):,}", int(size), about, query)


def add_forecast(told: Facts, file: Path) -> None:
    """The expected counts of `bihuan forecast --out`: in all, and of the largest series."""
    about = {"zh": "预测均值之和", "en": "sum of forecast means"}
    means: dict[str, float] = defaultdict(float)
    dates = set()
    try:
        with file.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                means[row["series"]] += float(row["mean"])
                dates.add(row["date"])
    except (OSError, KeyError, ValueError) as error:
        raise GivenError(f"{file}: {error}; it should be written by `bihuan forecast --out`") from error
    if not dates:
        return
    query = f"bihuan forecast: {len(means)} series"
    told.add("forecast.first", min(dates), min(dates), about, query)
    told.add("forecast.last", max(dates), max(dates), about, query)
    total = sum(means.values())
    told.add("forecast.total", f"{total:,.0f}", round(total, 3), about, query)
    for place, (name, mean) in enumerate(sorted(means.items(), key=lambda m: (-m[1], m[0]))[:LISTED], start=1):
        told.add(f"forecast.{place}.series", name, name, about, query)
        told.add(f"forecast.{place}.mean", f"{mean:,.1f}", round(mean, 3), about, query)


def add_effect(told: Facts, file: Path) -> None:
    """The answer of `bihuan effect --json`, called by the name of its file; a refusal is told as one."""
    answer = _json(file)
    if "estimate" not in answer or "method" not in answer:
        raise GivenError(f"{file}: holds no effect; it should be the JSON line of `bihuan effect --json`")
    about = answer.get("method_reason") or {"zh": "与对照比较", "en": "compared with controls"}
    query = f"bihuan effect: {answer['method']}"
    kind = "refused" if answer["estimate"] is None else "effect"
    place = 1 + sum(1 for name in told.known if name.startswith(f"{kind}.") and name.endswith(".name"))
    told.add(f"{kind}.{place}.name", file.stem, file.stem, about, query)
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
