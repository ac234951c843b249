"""`Locator`: texts in, places out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.places import spans as s
from bihuan.insight.places.english import find_english
from bihuan.insight.places.gazetteer import Gazetteer
from bihuan.insight.places.model import Place
from bihuan.insight.places.normalise import fold_all, fold_text, unfold_span
from bihuan.insight.places.repeats import Repeats
from bihuan.insight.places.tokens import Ints, Tokens, tokenise, weigh_words
from bihuan.insight.places.weights import shipped_weights
from bihuan.insight.places.words import KINDS, word_memory

BATCH = 4096  # texts scored at once
CHUNK = 100_000  # texts among which words and runs are counted; a longer file is taken as several, so memory stays flat
KNOWN = (
    4.0  # what a known name is worth, in log-odds: it was chosen to outweigh a doubtful border, not a clear other place
)
RANKED = 10
HANZI = re.compile(r"[\u4e00-\u9fff]")
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Scored:
    """One batch with its candidates: text, character span in the joined text, probability, kind and entry."""

    tokens: Tokens
    text: Ints
    start: Ints
    end: Ints
    chance: Floats
    none: Floats
    last: Ints
    entries: dict[int, str]


class Locator:
    """Finds the place each text is about.

    Args:
        gazetteer: Known places; a text that names one of them is located there. None: only the grammar.
    """

    def __init__(self, gazetteer: Gazetteer | None = None) -> None:
        self.gazetteer = gazetteer

    def locate(self, texts: Sequence[str], beside: Iterable[str] = ()) -> list[Place | None]:
        """The place of each text; None where neither area, street nor place is named.

        Args:
            texts: Short texts (titles) in Chinese or English; offsets refer to these very strings.
            beside: Further texts of the same file, for example the bodies of the titles; they only show how names
                recur.

        Source: docs/topics/places.md, "How it decides"; docs/adr/0102.
        """
        found: list[Place | None] = [None] * len(texts)
        chinese = [i for i, text in enumerate(texts) if HANZI.search(text)]
        hanzi = set(chinese)
        for i, text in enumerate(texts):
            if i not in hanzi:
                found[i] = next(iter(find_english(text)), None)
        others = list(beside)
        for low in range(0, len(chinese), CHUNK):
            chunk = chinese[low : low + CHUNK]
            share = slice(len(others) * low // len(chinese), len(others) * (low + len(chunk)) // len(chinese))
            for at, scored, folds in self._scored([texts[i] for i in chunk], others[share]):
                for offset, place in enumerate(_best(scored)):
                    i = chunk[at + offset]
                    found[i] = place and self._named(_original(place, texts[i], folds[offset]))
        return found

    def candidates(self, text: str, beside: Iterable[str] = ()) -> list[Place]:
        """All places one text may mean, best first (at most ten); "no place" takes part with its own chance.

        Source: docs/adr/0102 (candidates are ranked and "no place" is one of them).
        """
        if not HANZI.search(text):
            return find_english(text)
        for _, scored, folds in self._scored([text], beside):
            return [self._named(_original(place, text, folds[0])) for place in _ranked(scored)]
        return []

    def _named(self, place: Place) -> Place:
        """A place of the gazetteer has the kind that the gazetteer says."""
        if not place.entry or not self.gazetteer:
            return place
        known = self.gazetteer.entries.get(place.entry)
        return replace(place, kind=known.kind) if known else place

    def _scored(self, texts: list[str], beside: Iterable[str]) -> Iterable[tuple[int, _Scored, list[list[int] | None]]]:
        """Score in batches: (index of the first text, scores, offset maps)."""
        if not texts:
            return
        memory = word_memory()
        memory.trim()
        folded = fold_all(texts)
        flat = [_flat(text) for text, _ in folded]
        batches = weigh_words([tokenise(flat[at : at + BATCH], memory) for at in range(0, len(flat), BATCH)])
        repeats = Repeats([*flat, *(_flat(fold_text(text)[0]) for text in beside)])
        for number, tokens in enumerate(batches):
            at = number * BATCH
            yield at, self._score(tokens, repeats), [offsets for _, offsets in folded[at : at + BATCH]]

    def _score(self, tokens: Tokens, repeats: Repeats) -> _Scored:
        weights = shipped_weights()
        spans = s.enumerate_spans(tokens)
        score, none = s.score_spans(tokens, spans, repeats, weights)
        ends = np.append(tokens.starts[1:], len(tokens.joined)).astype(np.int32)
        start, end, text, last = tokens.starts[spans.first], ends[spans.last], spans.text, spans.last
        entries: dict[int, str] = {}
        if self.gazetteer:
            known, names = self._known(tokens, repeats, weights)
            entries = {len(text) + i: name for i, name in enumerate(names)}
            text, start = np.append(text, known[0]), np.append(start, known[1])
            end, last = np.append(end, known[2]), np.append(last, known[3])
            score = np.append(score, known[4]).astype(np.float32)
            order = np.argsort(text, kind="stable")
            moved = {int(row): i for i, row in enumerate(order) if int(row) in entries}
            entries = {moved[row]: name for row, name in entries.items()}
            text, start, end, last, score = text[order], start[order], end[order], last[order], score[order]
        chance, nothing = _softmax(score, text, none)
        return _Scored(tokens, text, start, end, chance, nothing, last, entries)

    def _known(
        self, tokens: Tokens, repeats: Repeats, weights: Floats
    ) -> tuple[tuple[Ints, Ints, Ints, Ints, Floats], list[str]]:
        """Places of the gazetteer named in the batch: text, start, end, last word, score; and their entries."""
        assert self.gazetteer is not None
        hits = self.gazetteer.matches(tokens.joined)
        start = np.array([hit.start for hit in hits], dtype=np.int32)
        end = np.array([hit.end for hit in hits], dtype=np.int32)
        first = (np.searchsorted(tokens.starts, start, side="right") - 1).astype(np.int32)
        last = np.maximum(np.searchsorted(tokens.starts, end, side="left") - 1, first).astype(np.int32)
        spans = s.Spans(tokens.text[first], first, last)
        score, none = s.score_spans(tokens, spans, repeats, weights)
        return (spans.text, start, end, last, np.maximum(score + KNOWN, none[spans.text] + 1)), [
            hit.entry for hit in hits
        ]


def _flat(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ")


def _softmax(score: Floats, text: Ints, none: Floats) -> tuple[Floats, Floats]:
    """Chance of each candidate and of "no place", per text; candidates are sorted by text."""
    top = none.copy()
    begins = np.flatnonzero(np.diff(text, prepend=-1))
    if len(begins):
        owners = text[begins]
        top[owners] = np.maximum(top[owners], np.maximum.reduceat(score, begins))
    grown = np.exp(score - top[text])
    total = np.exp(none - top) + np.bincount(text, weights=grown, minlength=len(none)).astype(np.float32)
    return (grown / total[text]).astype(np.float32), (np.exp(none - top) / total).astype(np.float32)


def _best(scored: _Scored) -> list[Place | None]:
    """The winner of each text, in offsets of its folded text."""
    count = len(scored.none)
    best = np.full(count, -1, dtype=np.int64)
    begins = np.flatnonzero(np.diff(scored.text, prepend=-1))
    if len(begins):
        top = np.zeros(count, dtype=np.float32)
        top[scored.text[begins]] = np.maximum.reduceat(scored.chance, begins)
        rows_of_top = np.flatnonzero(scored.chance == top[scored.text])[::-1]
        best[scored.text[rows_of_top]] = rows_of_top  # the last write is the first candidate of the greatest chance
    tokens = scored.tokens
    area, street = _areas(tokens)
    kinds = tokens.attributes[tokens.rows, 1]
    first = tokens.first.tolist()
    none, rows = scored.none.tolist(), best.tolist()
    # The 0 behind the end is what −1 finds: there may be no candidate in any text.
    chance, start, end = (np.append(each, 0)[best].tolist() for each in (scored.chance, scored.start, scored.end))
    kind = kinds[scored.last[best]].tolist() if len(scored.last) else []
    found: list[Place | None] = []
    for i in range(count):
        if rows[i] < 0 or none[i] >= chance[i]:
            named = area[i] or street[i]
            found.append(Place(area[i], street[i], "", -1, -1, none[i], "") if named else None)
            continue
        place = tokens.joined[start[i] : end[i]]
        entry = scored.entries.get(rows[i])
        low = start[i] - first[i]
        found.append(Place(area[i], street[i], place, low, low + len(place), chance[i], _kind(kind[i]), entry))
    return found


def _ranked(scored: _Scored) -> list[Place]:
    """The candidates of the only text of a batch."""
    tokens = scored.tokens
    area, street = _areas(tokens)
    kinds = tokens.attributes[tokens.rows, 1]
    found: list[Place] = []
    seen: set[tuple[int, int]] = set()
    for row in np.argsort(-scored.chance, kind="stable"):
        span = (int(scored.start[row]), int(scored.end[row]))
        if span in seen:
            continue
        seen.add(span)
        low, high = span[0] - int(tokens.first[0]), span[1] - int(tokens.first[0])
        name, kind = tokens.joined[span[0] : span[1]], _kind(int(kinds[scored.last[row]]))
        chance = float(scored.chance[row])
        found.append(Place(area[0], street[0], name, low, high, chance, kind, scored.entries.get(int(row))))
        if len(found) == RANKED:
            break
    if area[0] or street[0]:
        found.append(Place(area[0], street[0], "", -1, -1, float(scored.none[0]), ""))
    return sorted(found, key=lambda place: -place.confidence)


def _kind(number: int) -> str:
    return KINDS[number - 1] if number else "other"


def _areas(tokens: Tokens) -> tuple[list[str], list[str]]:
    """Area and street of each text: a district before a city, and of one level the first."""
    count = len(tokens.first)
    first = tokens.first.tolist()
    city, district, street = [""] * count, [""] * count, [""] * count
    for area in tokens.areas:
        i = bisect_left(first, area.start + 1) - 1
        column = {"city": city, "district": district}.get(area.level)
        if column is not None and not area.inner:
            column[i] = column[i] or tokens.joined[area.start : area.name_end]
    for area in tokens.streets:
        i = bisect_left(first, area.start + 1) - 1
        street[i] = street[i] or tokens.joined[area.start : area.name_end]
    return [near or far for near, far in zip(district, city, strict=True)], street


def _original(place: Place, text: str, offsets: list[int] | None) -> Place:
    """The same place with offsets and spelling of the text given."""
    if place.start < 0 or (offsets is None and text.startswith(place.place, place.start)):
        return place
    start, end = unfold_span((place.start, place.end), offsets)
    return replace(place, place=text[start:end], start=start, end=end)
