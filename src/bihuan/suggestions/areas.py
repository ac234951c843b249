"""Which area of the register a report lies in: by its point, or by an area that its words name. No database.

An area is known by its name, by its name without the word for its kind (`翠微南里社区` → `翠微南里`), and by every
place that people have confirmed to lie in it. A place named is weaker evidence than a point inside a boundary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from bihuan.registers.pure.areas import Areas
from bihuan.suggestions.drafts import Kind, RankedValue, Reason, SeenCase, SuggestionDraft

MODEL = "areas:1"
KIND_WORDS = ("社区居民委员会", "社区", "街道办事处", "街道", "地区", "镇", "乡", "村")
SHORTEST = 3  # characters; a shorter rest of a name is a common word
# How often such evidence is right has not been measured on labelled reports; the monthly count of answers tells.
POINT, NAMED, SHORT, LEARNT = 0.97, 0.9, 0.8, 0.8
WEAK = 0.5  # a short name that goes on: `中关村` in `中关村软件园` is another place
SURE = 0.7
# After a whole name stand a number, a gate, a building, a preposition or the end of the words.
_GOES_ON = re.compile(r"(?!号|栋|楼|院|门|小区|社区|单元|的|附近|有|内|里面|旁|路口|东|西|南|北)[\u4e00-\u9fff]")
MOST = 3


class AreaHit(NamedTuple):
    """One area named by words, with how strongly."""

    area: str
    name: str
    confidence: float


class AreaFinder:
    """Finds areas of one register.

    Args:
        areas: The register.
        learnt: Place name → area code, confirmed by people.
    """

    def __init__(self, areas: Areas, learnt: Mapping[str, str]) -> None:
        self.areas = areas
        self._known = _names(areas, learnt)
        self._patterns = list(self._known)
        self._search = AhoCorasick(self._patterns, matchkind=MatchKind.LeftmostLongest)

    def find(self, case: SeenCase) -> SuggestionDraft | None:
        """Return the area of a case, or None when nothing speaks for one.

        Source: docs/topics/suggestions.md, "Worked example" and "Limits".
        """
        if case.lon is not None and case.lat is not None and (inside := self.areas.containing(case.lon, case.lat)):
            return SuggestionDraft(Kind.AREA, (RankedValue(inside[0], POINT),), True, ({"kind": "point"},), MODEL)
        hits = self.named(case.address) or self.named(case.words)
        return self._draft(hits) if hits else None

    def named(self, text: str) -> list[AreaHit]:
        """Areas that a text names, strongest first; of an area and one inside it only the inner one.

        Source: docs/topics/places.md, "How it decides".
        """
        found: dict[str, AreaHit] = {}
        for index, _start, end in self._search.find_matches_as_indexes(text):
            name = self._patterns[index]
            goes_on = _GOES_ON.match(text, end) is not None
            for area, full in self._known[name]:
                strength = WEAK if goes_on and full < NAMED else full
                if area not in found or found[area].confidence < strength:
                    found[area] = AreaHit(area, name, strength)
        inner = [h for h in found.values() if not any(self._inside(other, h) for other in found.values())]
        return sorted(inner, key=lambda hit: (-hit.confidence, hit.area))

    def _inside(self, other: AreaHit, hit: AreaHit) -> bool:
        return other.area != hit.area and other.name != hit.name and self.areas.is_within(other.area, hit.area)

    def _draft(self, hits: list[AreaHit]) -> SuggestionDraft:
        """Several areas share the confidence; those that one name means are led by the one around them, if any."""
        around = [h for h in hits if all(self.areas.is_within(o.area, h.area) for o in hits)]
        ranked = [*around, *(h for h in hits if h not in around)]
        share = 1.0 if around else sum(h.confidence for h in hits) / max(h.confidence for h in hits)
        choices = tuple(RankedValue(h.area, round(h.confidence / share, 3)) for h in ranked[:MOST])
        reasons: tuple[Reason, ...] = tuple(
            {"kind": "place", "name": n} for n in dict.fromkeys(h.name for h in ranked[:MOST])
        )
        return SuggestionDraft(Kind.AREA, choices, choices[0].confidence >= SURE, reasons, MODEL)


def _names(areas: Areas, learnt: Mapping[str, str]) -> dict[str, list[tuple[str, float]]]:
    known: dict[str, list[tuple[str, float]]] = {}
    for area in areas:
        if area.level == "district":
            continue
        known.setdefault(area.name_zh, []).append((area.code, NAMED))
        if area.name_en:
            known.setdefault(area.name_en, []).append((area.code, NAMED))
        short = _short(area.name_zh)
        if short:
            known.setdefault(short, []).append((area.code, SHORT))
    for name, code in learnt.items():
        if code in areas:
            known[name] = [(code, LEARNT)]
    return known


def _short(name: str) -> str:
    """Return a name without the word for its kind; empty when too little is left."""
    ending: Iterable[str] = (k for k in KIND_WORDS if name.endswith(k))
    rest = next((name.removesuffix(k) for k in ending), "")
    return rest if len(rest) >= SHORTEST else ""
