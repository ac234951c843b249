"""Category and urgency of a report: the promoted model where it knows this programme's tree, else the tree's keywords.

A model trained elsewhere counts only as far as its labels are codes or names of this tree. Keywords never decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bihuan.insight.triage import Triage, TriageAnswer, cold_start
from bihuan.loop.kernel.programme import CaseType
from bihuan.registers.pure.categories import Categories, load_categories
from bihuan.suggestions.drafts import Kind, RankedValue, SeenCase, SuggestionDraft, words_reason

ENOUGH_LABELS = 0.5  # of a model's labels must be known here before it is asked at all
DANGER = 1  # the class of triage: danger to life, or an outage of water, power, gas or heat
DANGER_URGENCY = "emergency"
PRESSING = ("emergency", "urgent")
DANGER_CONFIDENCE = 0.5  # a rule that is meant to miss nothing: no probability is known for it


class Sorted(NamedTuple):
    """What triage says about one report in this programme's codes."""

    category: SuggestionDraft | None
    urgency: SuggestionDraft | None


class Sorter:
    """Triage for one case type.

    Args:
        tree: File of the category tree.
        rules: The case type; only its urgencies are suggested.
        model: The promoted model, or None.
    """

    def __init__(self, tree: Path, rules: CaseType, model: Triage | None = None) -> None:
        self.tree: Categories = load_categories(tree)
        self.rules = rules
        self._keywords = cold_start(tree)
        self._model = model if model is not None and self._knows(model) else None

    def sort(self, texts: Sequence[str]) -> list[Sorted]:
        """One answer per text, in order. Source: docs/topics/suggestions.md; docs/topics/triage.md."""
        by_words = self._keywords.predict(texts)
        by_model = self._model.predict(texts) if self._model else by_words
        return [self._sorted(m, w) for m, w in zip(by_model, by_words, strict=True)]

    @property
    def source(self) -> str:
        """Name of what answers, with its hash. Source: docs/topics/suggestions.md; docs/topics/triage.md."""
        return f"triage:{self._model.id}" if self._model else f"keywords:{self._keywords.id}"

    @cached_property
    def _codes(self) -> dict[str, str]:
        """Every name a leaf may have in a model → its code."""
        leaves = self.tree.leaves
        return {leaf.zh: leaf.code for leaf in leaves} | {n.code: n.code for n in self.tree}

    def _knows(self, model: Triage) -> bool:
        labels: Sequence[str] = getattr(getattr(model, "tree", None), "labels", ())
        return bool(labels) and sum(label in self._codes for label in labels) >= ENOUGH_LABELS * len(labels)

    def _sorted(self, said: TriageAnswer, keywords: TriageAnswer) -> Sorted:
        category = self._category(said, self.source) if self._model else None
        category = category or self._by_keywords(keywords)
        return Sorted(category, self._danger(keywords) or self._class_of(category))

    def _category(self, said: TriageAnswer, source: str) -> SuggestionDraft | None:
        choices = tuple(RankedValue(self._codes[n], round(p, 4)) for n, p in said.top3 if n in self._codes)
        if not choices or said.category not in self._codes:
            return None
        return SuggestionDraft(Kind.CATEGORY, choices, said.decided, words_reason(said.words), source)

    def _by_keywords(self, said: TriageAnswer) -> SuggestionDraft | None:
        """Without any keyword the first categories of the table would share the chance: that is no suggestion."""
        return self._category(said, f"keywords:{self._keywords.id}") if said.words else None

    def _class_of(self, category: SuggestionDraft | None) -> SuggestionDraft | None:
        """Return the class of the clock that the suggested category has by default, where it is pressing."""
        node = self.tree.get(category.value) if category else None
        if category is None or node is None or node.urgency not in PRESSING or node.urgency not in self.rules.urgencies:
            return None
        choice = (RankedValue(node.urgency, category.confidence),)
        reasons = ({"kind": "category", "category": node.code}, *category.reasons)
        return SuggestionDraft(Kind.URGENCY, choice, category.decided, reasons, category.model)

    def _danger(self, said: TriageAnswer) -> SuggestionDraft | None:
        if said.urgency != DANGER or DANGER_URGENCY not in self.rules.urgencies:
            return None
        choice = (RankedValue(DANGER_URGENCY, DANGER_CONFIDENCE),)
        return SuggestionDraft(Kind.URGENCY, choice, True, words_reason(said.urgency_words), "urgency:rules")


def drop_repeats(case: SeenCase, draft: SuggestionDraft | None) -> SuggestionDraft | None:
    """Return the draft if it says something new: what a case already says is repeated by nobody.

    Whoever reported may have chosen a value; only a method that has decided speaks against it.

    Source: docs/topics/suggestions.md; docs/topics/triage.md.
    """
    if draft is None:
        return None
    present = {Kind.CATEGORY: case.category, Kind.AREA: case.area, Kind.URGENCY: case.urgency}[Kind(draft.kind)]
    if draft.value == present or (draft.kind == Kind.URGENCY and present in PRESSING):
        return None
    unset = not present or draft.kind == Kind.URGENCY  # every case has an urgency; nobody need have chosen it
    return draft if draft.decided or unset else None
