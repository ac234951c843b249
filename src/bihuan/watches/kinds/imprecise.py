"""`imprecise`: a model, or a watch, is surely less right than it has to be; a person suspends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Strict
from bihuan.registers.isolation import in_district
from bihuan.rules.intervals import wilson
from bihuan.suggestions.counting import count_suggestions
from bihuan.watches.judging import judge
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within
from bihuan.watches.scene import Scene


class Imprecise(Strict):
    """The share that has to be right, from how many judged ones on, within how long: the whole interval lies below."""

    at_least: Annotated[Decimal, Field(gt=0, le=1)]
    judged: Annotated[int, Field(ge=5)] = 20
    within: Within = "90 days"


def find(scene: Scene, over: Over, rule: Imprecise) -> Hits:
    """Every model whose 95 % interval lies below. Source: docs/topics/watches.md, "imprecise"; Wilson (1927)."""
    counted = _suggestions(scene, rule) if over.models == "suggestions" else _watches(scene, rule)
    rows = [
        (name, right, judged)
        for name, right, judged in counted
        if judged >= rule.judged and Decimal(str(wilson(right, judged).high)) < rule.at_least
    ]
    rows = [row for row in rows if scene.only is None or row[0] in scene.only]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [[Fact(f"{rows[n][0]}.right", f"{rows[n][1]} of {rows[n][2]}", over.models or "")] for n in chosen]

    return Hits([row[0] for row in rows], [""] * len(rows), [""] * len(rows), tell, len(counted))


def _suggestions(scene: Scene, rule: Imprecise) -> list[tuple[str, int, int]]:
    with in_district(scene.district):
        lines = count_suggestions(scene.since(rule.within), scene.at)
    return [
        (f"{each.kind}:{each.model}"[:200], each.accepted, each.accepted + each.corrected + each.overruled)
        for each in lines
    ]


def _watches(scene: Scene, rule: Imprecise) -> list[tuple[str, int, int]]:
    found = judge(scene.district, scene.watches, scene.since(rule.within), scene.at)
    return [(name, each.confirmed, each.judged) for name, each in sorted(found.items())]


def why(rule: Imprecise) -> Words:
    """The rule in words."""
    return Words(f"准确率确低于 {rule.at_least}", f"surely right in less than {rule.at_least}")


def faults(scene: Any, over: Over, rule: Imprecise) -> Iterator[Fault]:
    """Nothing beyond the form."""
    yield from ()


KIND = WatchKind(
    "imprecise",
    Words("准确率不足", "Below its precision"),
    Words("模型或监看规则的准确率低于要求", "a model or a watch that is less right than it has to be"),
    Imprecise, frozenset({"models"}), find, why, faults=faults, type_of=lambda over, rule: f"models.{over.models}",
)  # fmt: skip
