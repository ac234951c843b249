"""The card and the figures that go with a stored model."""

from __future__ import annotations

from typing import Any

from bihuan.insight.triage.model import Model
from bihuan.insight.triage.training import TrainingReport


def model_metrics(report: TrainingReport | None, cut: dict[str, Any]) -> dict[str, Any]:
    """For `metrics.json`: the data cut and, where there were enough texts, the out-of-fold figures."""
    if report is None:
        return {**cut, "figures": None}
    figures = {**report._asdict(), "coverage": report.coverage._asdict(), "curve": [p._asdict() for p in report.curve]}
    return {**cut, "figures": figures}


def write_card(model: Model, report: TrainingReport | None, cut: dict[str, Any]) -> str:
    """A model card in Markdown. Source: docs/topics/triage.md, "The life of a model"."""
    lines = ["# Triage model · 分类模型", "", "| what | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in cut.items()]
    lines += [f"| categories | {len(model.tree.labels)} |", f"| columns | {model.space.width} |"]
    if report:
        lines += [
            f"| macro-F1, grouped out-of-fold | {report.macro_f1:.3f} |",
            f"| accuracy | {report.accuracy:.3f} |",
            f"| calibration error, equal mass / width | {report.ece_mass:.3f} / {report.ece_width:.3f} |",
            f"| decided at {model.accuracy:.1%} accuracy | {report.coverage.coverage:.1%} |",
        ]
    lines += [
        "",
        "Near-duplicates never stood on both sides of a fold. Figures hold for reports like the training texts;",
        "places that report little are under-represented in them. A person may overrule every suggestion, and below",
        "the threshold a person decides. 低于阈值由人工判定；人工改判会用于下次训练。",
    ]
    return "\n".join(lines) + "\n"
