"""Triage before anything has been learnt: the keyword tables of a category tree."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bihuan.declare.source import read
from bihuan.insight.triage.model import SHOWN
from bihuan.insight.triage.suggestion import TriageAnswer
from bihuan.insight.triage.text import normalise
from bihuan.insight.triage.urgency import urgency

HEAVY = 3.0
"""How much a keyword of average length outweighs none; own choice, checked on no city's data."""


@dataclass(frozen=True)
class ColdStart:
    """Keywords per category; the answer is never decided, a person decides.

    Args:
        keywords: Category code → words.
    """

    keywords: dict[str, tuple[str, ...]]

    @cached_property
    def id(self) -> str:
        """Hash of the table."""
        text = json.dumps(self.keywords, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def _finder(self) -> tuple[Any, list[str], dict[str, list[tuple[str, float]]]]:
        import ahocorasick_rs

        spread: dict[str, dict[str, bool]] = {}
        for code, words in self.keywords.items():
            for word in words:
                spread.setdefault(normalise(word), {})[code] = True
        spread.pop("", None)
        owners = {
            word: [(code, HEAVY * math.log1p(len(word)) / len(codes)) for code in codes]
            for word, codes in spread.items()
        }
        known = sorted(owners)
        return ahocorasick_rs.AhoCorasick(known), known, owners

    def predict(self, texts: Sequence[str], *, explain: bool = True) -> list[TriageAnswer]:
        """One suggestion per text, in order; without any keyword the first categories share the probability.

        Source: docs/topics/triage.md, "A worked example".
        """
        return [self._one(text, explain) for text in texts]

    def _one(self, text: str, explain: bool) -> TriageAnswer:
        finder, known, owners = self._finder
        plain = normalise(text)
        found = {known[which] for which, _, _ in finder.find_matches_as_indexes(plain, overlapping=True)}
        scores = dict.fromkeys(self.keywords, 0.0)
        spoke: dict[str, list[str]] = {}
        for word in sorted(found, key=plain.find):
            for code, weight in owners[word]:
                scores[code] += weight
                spoke.setdefault(code, []).append(word)
        chances = _soft(scores)
        top = tuple(sorted(chances.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN])
        level, reasons = urgency(text)
        words = tuple(spoke.get(top[0][0], ())) if explain else ()
        return TriageAnswer(top[0][0], top[0][1], False, top, words, level, reasons)


def _soft(scores: Mapping[str, float]) -> dict[str, float]:
    highest = max(scores.values())
    raised = {code: math.exp(score - highest) for code, score in scores.items()}
    total = sum(raised.values())
    return {code: value / total for code, value in raised.items()}


def cold_start(tree: Path | str | Mapping[str, Sequence[str]]) -> ColdStart:
    """Keyword triage over a category tree.

    Args:
        tree: A file like a programme's `categories.yaml` (rows with `code`, `zh`, `keywords`), or code → keywords.
            A category without keywords is found by its own Chinese or English name.

    Raises:
        ValueError: no category has a keyword or a name.

    Source: docs/topics/triage.md, "A worked example" (without a model keywords answer, nothing is decided).
    """
    if isinstance(tree, Mapping):
        keywords = {code: tuple(words) for code, words in tree.items()}
    else:
        rows = read(Path(tree))["categories"]
        parents = {row["code"].rpartition(".")[0] for row in rows}
        keywords = {
            row["code"]: (*row.get("keywords", ()), row.get("zh", ""), row.get("en", ""))
            for row in rows
            if row["code"] not in parents
        }
    if not any(any(words) for words in keywords.values()):
        raise ValueError(f"{tree}: no category has keywords; add `keywords: [...]` to its rows")
    return ColdStart(keywords)
