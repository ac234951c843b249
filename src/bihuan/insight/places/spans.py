"""Every run of words that could be the place, and what speaks for and against it.

A text is about at most one place, so its candidates and "no place" compete in one log-linear model:
score(span) = what stands at its start + at its end + inside + what holds of the whole span. The first three are sums
over words and are worked out once per word, so that scoring millions of spans is a few NumPy additions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.places.repeats import Repeats
from bihuan.insight.places.tokens import Ints, Tokens
from bihuan.insight.places.words import CLASS_ID, CLASSES, ENDINGS, KINDS

MOST_WORDS, MOST_CHARACTERS = 11, 18
C = len(CLASSES)
W = (len(KINDS) + 1) * ENDINGS  # kind of ending × how much of the word it is
D = 6  # how common a word is in the file, see `Tokens.common`
SIZE = 4  # word lengths 1, 2, 3, longer
PLACES = 6  # position of the first word in its text: 0, 1, 2, 3–4, 5–7, later
BARRED = (CLASS_ID["edge"], CLASS_ID["area"], CLASS_ID["street"])
START = {
    "left": C, "left.kind": W, "left2": C, "right": C, "right.kind": W, "left+right": C * C, "right.size": SIZE,
    "left2+left": C * C, "position": PLACES, "left.kind+right": W * C, "right+right2": C * C,
    "right.common": D, "left.common": D, "right.common+left": D * C, "right.common+right": D * C,
}  # fmt: skip
END = {
    "last": C, "last.kind": W, "next": C, "next.kind": W, "next2": C, "last.kind+next": W * C, "last+next": C * C,
    "last.size": SIZE, "next+next2": C * C, "last.kind+next.kind": W * W, "before+last": C * C,
    "last.common": D, "next.common": D, "next.common+next": D * C, "last.common+next.common": D * D,
    "last.kind+next.common": W * D,
}  # fmt: skip
INSIDE = {
    "in": C,
    "in.kind": W,
    "in.size": SIZE,
    "in.kind+after": W * C,
    "in+after": C * C,
    "in.common": D,
    "in.common+in": D * C,
}
SPAN = {
    "characters": MOST_CHARACTERS + 1, "words": MOST_WORDS + 1, "kind+characters": W * (MOST_CHARACTERS + 1),
    "left+kind": C * W, "left+next": C * C, "alone+kind": 2 * W, "first+kind": C * W,
    "repeats": 80, "repeats+kind": 5 * W, "pieces+kind": 4 * W, "pieces+last": 4 * C,
}  # fmt: skip
NONE = {"none": 1, "none.endings": 4, "none.area": 2}


SIZES = {"start": START, "end": END, "inside": INSIDE, "span": SPAN, "none": NONE}
Columns = dict[str, Ints]


def _bases() -> tuple[dict[str, int], int]:
    bases, at = {}, 0
    for group, templates in SIZES.items():
        for name, size in templates.items():
            bases[f"{group}:{name}"] = at
            at += size
    return bases, at


BASES, FEATURES = _bases()


@dataclass(frozen=True)
class Spans:
    """Candidates of a batch, sorted by text.

    Attributes:
        text: Index of the text.
        first: Index of the first word.
        last: Index of the last word.
    """

    text: Ints
    first: Ints
    last: Ints


def enumerate_spans(tokens: Tokens) -> Spans:
    """All runs of at most `MOST_WORDS` words and `MOST_CHARACTERS` characters without area, street or line break."""
    classes = tokens.attributes[tokens.rows, 0]
    barred = np.isin(classes, BARRED)
    block = np.cumsum(barred)
    ends = np.append(tokens.starts[1:], len(tokens.joined)).astype(np.int32)
    firsts, lasts = [], []
    at = np.flatnonzero(~barred).astype(np.int32)
    for words in range(MOST_WORDS):
        last = at + words
        inside = last < len(block)
        at, last = at[inside], last[inside]
        fits = (block[last] == block[at]) & (ends[last] - tokens.starts[at] <= MOST_CHARACTERS)
        at = at[fits]
        firsts.append(at)
        lasts.append(last[fits])
    first, last = np.concatenate(firsts), np.concatenate(lasts)
    order = np.argsort(tokens.text[first], kind="stable")
    return Spans(tokens.text[first[order]], first[order], last[order])


def _columns(tokens: Tokens) -> Columns:
    """Class, kind and size of each word and of its neighbours."""
    classes, kinds, whole, lengths = tokens.attributes[tokens.rows].T
    kind = kinds * ENDINGS + whole
    index = np.arange(len(classes))
    own = index - np.searchsorted(tokens.starts, tokens.first)[tokens.text]
    return {
        "c": classes, "l": np.roll(classes, 1), "l2": np.roll(classes, 2), "n": np.roll(classes, -1),
        "n2": np.roll(classes, -2),
        "k": kind, "lk": np.roll(kind, 1), "nk": np.roll(kind, -1), "size": np.minimum(lengths, SIZE) - 1,
        "d": tokens.common, "ld": np.roll(tokens.common, 1), "nd": np.roll(tokens.common, -1),
        "place": np.digitize(own, (1, 2, 3, 5, 8)).astype(np.int32),
    }  # fmt: skip


def _word_columns(x: Columns) -> dict[str, Columns]:
    """Template values of each word: as the first word of a span, as the last, and inside."""
    start = {
        "left": x["l"], "left.kind": x["lk"], "left2": x["l2"], "right": x["c"], "right.kind": x["k"],
        "left+right": x["l"] * C + x["c"], "right.size": x["size"], "left2+left": x["l2"] * C + x["l"],
        "position": x["place"], "left.kind+right": x["lk"] * C + x["c"], "right+right2": x["c"] * C + x["n"],
        "right.common": x["d"], "left.common": x["ld"], "right.common+left": x["d"] * C + x["l"],
        "right.common+right": x["d"] * C + x["c"],
    }  # fmt: skip
    end = {
        "last": x["c"], "last.kind": x["k"], "next": x["n"], "next.kind": x["nk"], "next2": x["n2"],
        "last.kind+next": x["k"] * C + x["n"], "last+next": x["c"] * C + x["n"], "last.size": x["size"],
        "next+next2": x["n"] * C + x["n2"], "last.kind+next.kind": x["k"] * W + x["nk"],
        "before+last": x["l"] * C + x["c"],
        "last.common": x["d"], "next.common": x["nd"], "next.common+next": x["nd"] * C + x["n"],
        "last.common+next.common": x["d"] * D + x["nd"], "last.kind+next.common": x["k"] * D + x["nd"],
    }  # fmt: skip
    inside = {
        "in": x["c"], "in.kind": x["k"], "in.size": x["size"], "in.kind+after": x["k"] * C + x["n"],
        "in+after": x["c"] * C + x["n"],
        "in.common": x["d"], "in.common+in": x["d"] * C + x["c"],
    }  # fmt: skip
    return {"start": start, "end": end, "inside": inside}


def word_features(tokens: Tokens) -> dict[str, Ints]:
    """Feature numbers of each word: as the first word of a span, as the last, and inside."""
    return {group: _stack(group, columns) for group, columns in _word_columns(_columns(tokens)).items()}


def _stack(group: str, columns: Columns) -> Ints:
    return np.stack([values + BASES[f"{group}:{name}"] for name, values in columns.items()], axis=1).astype(np.int32)


def _sum(group: str, columns: Columns, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weights of all templates of a group, added up per row."""
    total: NDArray[np.float32] = np.zeros(len(next(iter(columns.values()))), dtype=np.float32)
    for name, values in columns.items():
        base = BASES[f"{group}:{name}"]
        total += weights[base : base + SIZES[group][name]].take(values)
    return total


def span_features(tokens: Tokens, spans: Spans, repeats: Repeats) -> Ints:
    """Feature numbers of what holds of a span as a whole: spans × templates."""
    return _stack("span", _span_columns(_columns(tokens), tokens, spans, repeats))


def _span_columns(x: Columns, tokens: Tokens, spans: Spans, repeats: Repeats) -> Columns:
    ends = np.append(tokens.starts[1:], len(tokens.joined))
    size = (ends[spans.last] - tokens.starts[spans.first]).astype(np.int32)
    words = spans.last - spans.first + 1
    kind, left = x["k"][spans.last], x["l"][spans.first]
    often, bound_left, bound_right = repeats.features(tokens.joined, tokens.starts[spans.first], size).T
    once = often == 0
    ended = np.append(0, np.cumsum(x["k"] % ENDINGS > 0))
    pieces = np.minimum(ended[spans.last] - ended[spans.first], 3)
    columns = {
        "repeats": np.where(once, 0, often * 16 + bound_left * 4 + bound_right), "repeats+kind": kind * 5 + often,
        "pieces+kind": pieces * W + kind, "pieces+last": pieces * C + x["c"][spans.last],
        "characters": size, "words": words, "kind+characters": kind * (MOST_CHARACTERS + 1) + size,
        "left+kind": left * W + kind,
        "left+next": left * C + x["n"][spans.last], "alone+kind": (words == 1) * W + kind,
        "first+kind": x["c"][spans.first] * W + kind,
    }  # fmt: skip
    return {name: columns[name] for name in SPAN}


def none_features(tokens: Tokens) -> Ints:
    """Feature numbers of "no place": texts × templates."""
    count = len(tokens.first)
    x = _columns(tokens)
    endings = np.minimum(np.bincount(tokens.text[x["k"] > 0], minlength=count)[:count], 3)
    area = np.bincount(tokens.text[x["c"] == CLASS_ID["area"]], minlength=count)[:count] > 0
    columns = {"none": np.zeros(count), "none.endings": endings, "none.area": area}
    return _stack("none", columns)


def scores(tokens: Tokens, spans: Spans, repeats: Repeats, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The score of each span."""
    x = _columns(tokens)
    of_words = {group: _sum(group, columns, weights) for group, columns in _word_columns(x).items()}
    inside = np.append(0.0, np.cumsum(of_words["inside"], dtype=np.float64))
    middle = (inside[spans.last] - inside[spans.first]).astype(np.float32)
    whole = _sum("span", _span_columns(x, tokens, spans, repeats), weights)
    total: NDArray[np.float32] = of_words["start"][spans.first] + of_words["end"][spans.last] + middle + whole
    return total


def none_scores(tokens: Tokens, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The score of "no place" of each text."""
    found: NDArray[np.float32] = weights[none_features(tokens)].sum(axis=1)
    return found
