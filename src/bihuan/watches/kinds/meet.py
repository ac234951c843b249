"""`meet`: cases of several programmes lie near one case at the same time: several reasons for one inspection.

The incident is of the case itself: while enough of the named others are open within the distance, and were opened near
it in time. It opens one case that names every reason; each keeps its own holder, clock and answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field, model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Strict
from bihuan.loop.programmes import all_programmes
from bihuan.watches.kinds.near import Near, NearPair, OtherCase, faults_of_other, near_fact, own_fact, pairs_near
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within, duration
from bihuan.watches.scene import Scene


class Meet(Strict):
    """Which other cases, how many of these reasons at least (all when not said), how near, how far apart in time."""

    others: tuple[OtherCase, ...] = Field(min_length=2, max_length=8)
    at_least: int | None = Field(default=None, ge=1)
    within_m: int = Field(ge=1, le=20_000)
    apart: Within = "48 h"

    @model_validator(mode="after")
    def _enough(self) -> Meet:
        if self.at_least is not None and self.at_least > len(self.others):
            raise ValueError("`at_least` is more than the `others` that are named")
        return self


def find(scene: Scene, over: Over, rule: Meet) -> Hits:
    """Every open case at which enough reasons meet. Source: docs/adr/0411-reasons-that-meet.md."""
    met: dict[str, dict[int, list[NearPair]]] = defaultdict(dict)
    for index, other in enumerate(rule.others):
        asked = Near(**other.model_dump(), within_m=rule.within_m, apart=rule.apart)
        for pair in pairs_near(scene, over, asked):
            met[pair.number].setdefault(index, []).append(pair)
    needed = rule.at_least or len(rule.others)
    found = [
        (pairs[min(pairs)][0], pairs)
        for _, pairs in sorted(met.items())
        if len(pairs) >= needed and pairs[min(pairs)][0].subject
    ]
    found = [each for each in found if scene.only is None or each[0].subject in scene.only]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [own_fact(over, found[n][0]),
             *(near_fact(rule.others[index], pair) for index, pairs in sorted(found[n][1].items()) for pair in pairs)]
            for n in chosen
        ]  # fmt: skip

    numbers = [own.number for own, _ in found]
    return Hits([str(own.subject) for own, _ in found], numbers, numbers, tell, len(met))


def why(rule: Meet) -> Words:
    """The rule in words."""
    needed, names = rule.at_least or len(rule.others), [other.cases for other in rule.others]
    return Words(
        f"{rule.within_m} 米内、前后 {rule.apart} 同时有 {needed} 类在办事项（{'、'.join(names)}）",
        f"within {rule.within_m} m and {rule.apart}, {needed} of {', '.join(names)} have an open case",
    )


def faults(scene: Any, over: Over, rule: Meet) -> Iterator[Fault]:
    """Each of the others is declared, and the time is a length."""
    duration(rule.apart)
    for index, other in enumerate(rule.others):
        yield from faults_of_other(("others", index), other)


def type_of(over: Over, rule: Meet) -> str:
    """The type of what the case is about; of one that is about nothing declared its subject says its type itself."""
    programme = all_programmes().get(over.cases or "")
    kind = programme.cases.get(over.case or "") if programme is not None else None
    return kind.about.subject if kind is not None and kind.about is not None else ""


KIND = WatchKind(
    "meet",
    Words("多因同处", "Reasons that meet"),
    Words("同一处同时有几类在办事项，一次核查", "cases of several programmes meet at one place: one inspection"),
    Meet, frozenset({"cases"}), find, why, faults=faults, type_of=type_of,
)  # fmt: skip
