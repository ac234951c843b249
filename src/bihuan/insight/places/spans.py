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
from bihuan.insight.places.words import CLASS_ID, CLASSES, ENDINGS, KIND_ID, KINDS, OWN, SHAPES

MOST_WORDS, MOST_CHARACTERS = 11, 18
C = len(CLASSES)
W = (len(KINDS) + 1) * ENDINGS  # kind of ending × how much of the word it is
D = 6  # how common a word is in the file, see `Tokens.common`
SIZE = 4  # word lengths 1, 2, 3, longer
PLACES = 6  # position of the first word in its text: 0, 1, 2, 3–4, 5–7, later
HELD = tuple(
    tuple(KIND_ID[name] for name in names)
    for names in (("road",), ("estate",), ("village", "facility"), ("school", "company"))
)  # kinds told apart among the words before the last
BARRED = (CLASS_ID["edge"], CLASS_ID["area"], CLASS_ID["street"], CLASS_ID["stop"])
START = {
    "left": C, "left.kind": W, "left2": C, "right": C, "right.kind": W, "left+right": C * C, "right.size": SIZE,
    "left2+left": C * C, "position": PLACES, "left.kind+right": W * C, "right+right2": C * C,
    "left.own": OWN, "right.own": OWN,
    "right.shape": SHAPES, "left.shape": SHAPES, "right.shape+right": SHAPES * C, "left.shape+left": SHAPES * C,
    "right.shape+left": SHAPES * C, "right.common": D, "left.common": D,
    "right.common+left": D * C, "right.common+right": D * C,
}  # fmt: skip
END = {
    "last": C, "last.kind": W, "next": C, "next.kind": W, "next2": C, "last.kind+next": W * C, "last+next": C * C,
    "last.size": SIZE, "next+next2": C * C, "last.kind+next.kind": W * W, "before+last": C * C,
    "last.own": OWN, "next.own": OWN,
    "last.shape": SHAPES, "next.shape": SHAPES, "last.shape+last": SHAPES * C, "next.shape+next": SHAPES * C,
    "last.kind+next.shape": W * SHAPES, "last.common": D, "next.common": D, "next.common+next": D * C,
    "last.common+next.common": D * D,
    "last.kind+next.common": W * D,
}  # fmt: skip
INSIDE = {
    "in": C,
    "in.kind": W,
    "in.own": OWN,
    "in.shape": SHAPES,
    "in.shape+in": SHAPES * C,
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
    "held+kind": 16 * W, "joined+kind": 4 * W,
}  # fmt: skip
BAG = {"class": C, "own": OWN, "shape+class": SHAPES * C, "beside": C * C}  # of every word of a text, for "no place"
NONE = {"none": 1, "none.endings": 4, "none.area": 2}


SIZES = {"start": START, "end": END, "inside": INSIDE, "span": SPAN, "bag": BAG, "none": NONE}
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
    """All runs of at most `MOST_WORDS` words and `MOST_CHARACTERS` characters without area, street or line break.

    Source: docs/topics/places.md, "How it decides" (4): runs of up to 11 words.
    """
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


def columns_of(tokens: Tokens) -> Columns:
    """Class, kind and size of each word and of its neighbours."""
    classes, kinds, whole, lengths, shapes, own_words = tokens.attributes[tokens.rows].T
    kind = kinds * ENDINGS + whole
    index = np.arange(len(classes))
    own = index - np.searchsorted(tokens.starts, tokens.first)[tokens.text]
    return {
        "c": classes, "l": np.roll(classes, 1), "l2": np.roll(classes, 2), "n": np.roll(classes, -1),
        "n2": np.roll(classes, -2),
        "k": kind, "lk": np.roll(kind, 1), "nk": np.roll(kind, -1), "size": np.minimum(lengths, SIZE) - 1,
        "d": tokens.common, "ld": np.roll(tokens.common, 1), "nd": np.roll(tokens.common, -1),
        "o": own_words, "lo": np.roll(own_words, 1), "no": np.roll(own_words, -1),
        "s": shapes, "ls": np.roll(shapes, 1), "ns": np.roll(shapes, -1),
        "place": np.digitize(own, (1, 2, 3, 5, 8)).astype(np.int32),
    }  # fmt: skip


def _word_columns(x: Columns) -> dict[str, Columns]:
    """Template values of each word: as the first word of a span, as the last, and inside."""
    start = {
        "left": x["l"], "left.kind": x["lk"], "left2": x["l2"], "right": x["c"], "right.kind": x["k"],
        "left+right": x["l"] * C + x["c"], "right.size": x["size"], "left2+left": x["l2"] * C + x["l"],
        "position": x["place"], "left.kind+right": x["lk"] * C + x["c"], "right+right2": x["c"] * C + x["n"],
        "left.own": x["lo"], "right.own": x["o"],
        "right.shape": x["s"], "left.shape": x["ls"], "right.shape+right": x["s"] * C + x["c"],
        "left.shape+left": x["ls"] * C + x["l"], "right.shape+left": x["s"] * C + x["l"],
        "right.common": x["d"], "left.common": x["ld"], "right.common+left": x["d"] * C + x["l"],
        "right.common+right": x["d"] * C + x["c"],
    }  # fmt: skip
    end = {
        "last": x["c"], "last.kind": x["k"], "next": x["n"], "next.kind": x["nk"], "next2": x["n2"],
        "last.kind+next": x["k"] * C + x["n"], "last+next": x["c"] * C + x["n"], "last.size": x["size"],
        "next+next2": x["n"] * C + x["n2"], "last.kind+next.kind": x["k"] * W + x["nk"],
        "before+last": x["l"] * C + x["c"],
        "last.own": x["o"], "next.own": x["no"],
        "last.shape": x["s"], "next.shape": x["ns"], "last.shape+last": x["s"] * C + x["c"],
        "next.shape+next": x["ns"] * C + x["n"], "last.kind+next.shape": x["k"] * SHAPES + x["ns"],
        "last.common": x["d"], "next.common": x["nd"], "next.common+next": x["nd"] * C + x["n"],
        "last.common+next.common": x["d"] * D + x["nd"], "last.kind+next.common": x["k"] * D + x["nd"],
    }  # fmt: skip
    inside = {
        "in": x["c"], "in.kind": x["k"], "in.size": x["size"], "in.kind+after": x["k"] * C + x["n"],
        "in+after": x["c"] * C + x["n"],
        "in.own": x["o"],
        "in.shape": x["s"], "in.shape+in": x["s"] * C + x["c"],
        "in.common": x["d"], "in.common+in": x["d"] * C + x["c"],
    }  # fmt: skip
    bag = {"class": x["c"], "own": x["o"], "shape+class": x["s"] * C + x["c"], "beside": x["l"] * C + x["c"]}
    return {"start": start, "end": end, "inside": inside, "bag": bag}


def word_features(tokens: Tokens) -> dict[str, Ints]:
    """Feature numbers of each word: as the first word of a span, as the last, inside, and as one of a text."""
    return {group: _stack(group, columns) for group, columns in _word_columns(columns_of(tokens)).items()}


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
    return _stack("span", _span_columns(columns_of(tokens), tokens, spans, repeats))


def _span_columns(x: Columns, tokens: Tokens, spans: Spans, repeats: Repeats) -> Columns:
    ends = np.append(tokens.starts[1:], len(tokens.joined))
    size = (ends[spans.last] - tokens.starts[spans.first]).astype(np.int32)
    words = spans.last - spans.first + 1
    kind, left = x["k"][spans.last], x["l"][spans.first]
    often, bound_left, bound_right = repeats.features(tokens.joined, tokens.starts[spans.first], size).T
    once = often == 0
    ended = np.append(0, np.cumsum(x["k"] % ENDINGS > 0))
    pieces = np.minimum(ended[spans.last] - ended[spans.first], 3)
    held = sum(
        (_between(np.isin(x["k"] // ENDINGS, kinds) & (x["k"] % ENDINGS > 0), spans.first, spans.last) > 0) << bit
        for bit, kinds in enumerate(HELD)
    )
    joins = (x["c"] == CLASS_ID["join"]) | (x["c"] == CLASS_ID["mark"])
    joined = _between(joins, spans.first, spans.last) > 0
    roads = _between(joins & (x["lk"] // ENDINGS == KIND_ID["road"]), spans.first, spans.last) > 0
    columns = {
        "held+kind": held * W + kind, "joined+kind": (joined * 1 + roads * 2) * W + kind,
        "repeats": np.where(once, 0, often * 16 + bound_left * 4 + bound_right), "repeats+kind": kind * 5 + often,
        "pieces+kind": pieces * W + kind, "pieces+last": pieces * C + x["c"][spans.last],
        "characters": size, "words": words, "kind+characters": kind * (MOST_CHARACTERS + 1) + size,
        "left+kind": left * W + kind,
        "left+next": left * C + x["n"][spans.last], "alone+kind": (words == 1) * W + kind,
        "first+kind": x["c"][spans.first] * W + kind,
    }  # fmt: skip
    return {name: columns[name] for name in SPAN}


def _between(marked: NDArray[np.bool_], first: Ints, last: Ints) -> Ints:
    """How many words from `first` up to, without, `last` are marked."""
    before = np.append(0, np.cumsum(marked)).astype(np.int32)
    counted: Ints = before[last] - before[first]
    return counted


def none_features(tokens: Tokens) -> Ints:
    """Feature numbers of "no place": texts × templates."""
    return _stack("none", _none_columns(columns_of(tokens), tokens))


def _none_columns(x: Columns, tokens: Tokens) -> Columns:
    count = len(tokens.first)
    endings = np.minimum(np.bincount(tokens.text[x["k"] > 0], minlength=count)[:count], 3)
    area = np.bincount(tokens.text[x["c"] == CLASS_ID["area"]], minlength=count)[:count] > 0
    return {"none": np.zeros(count, np.int32), "none.endings": endings, "none.area": area.astype(np.int32)}


def score_spans(
    tokens: Tokens, spans: Spans, repeats: Repeats, weights: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The score of each span, and of "no place" of each text. Source: docs/adr/0102 (one log-linear model)."""
    x = columns_of(tokens)
    of_words = {group: _sum(group, columns, weights) for group, columns in _word_columns(x).items()}
    inside = np.append(0.0, np.cumsum(of_words["inside"], dtype=np.float64))
    middle = (inside[spans.last] - inside[spans.first]).astype(np.float32)
    whole = _sum("span", _span_columns(x, tokens, spans, repeats), weights)
    total: NDArray[np.float32] = of_words["start"][spans.first] + of_words["end"][spans.last] + middle + whole
    count = len(tokens.first)
    bag = np.bincount(np.maximum(tokens.text, 0), weights=of_words["bag"], minlength=count)
    none: NDArray[np.float32] = _sum("none", _none_columns(x, tokens), weights) + bag.astype(np.float32)
    return total, none
