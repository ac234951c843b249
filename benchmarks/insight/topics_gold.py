"""Topics against hand labels: the measure, cross-validation by topic, and the fit of the shipped weights.

Measure: mean over the labelled topics of the best F1 of any topic found, beside the share of hand-checked messages of
no topic that were pulled into topics of four or more. Each fold hides its topics' and its non-topic messages' labels
from the fit. `python -m benchmarks.insight.topics_gold SHARED` prints the folds; with `--write` it fits on all labels.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bihuan.cli.frames import read_frame
from bihuan.insight.topics.communities import RESOLUTION, _joined, potts
from bihuan.insight.topics.find import days_of
from bihuan.insight.topics.model import WEIGHTS, PairModel
from bihuan.insight.topics.pairs import FEATURES, Pairs, candidates, features
from bihuan.insight.topics.vectors import Vectors, vectors

STRENGTH = 0.3  # inverse of the ridge penalty on standardised measures
SWAP = 0.5  # weight of a swapped pair
FULL_WEIGHT = 8  # topics up to this size: each positive pair counts one; above, pairs count less


@dataclass
class Gold:
    """The labelled file in time order: topics as lists of rows, rows of no topic, pairs and their measures."""

    titles: list[str]
    bodies: list[str]
    rows: Vectors
    topics: list[list[int]]
    lone: list[int]
    pairs: Pairs
    measures: NDArray[np.float64]


def load(shared: Path) -> Gold:
    """Read the development messages and labels."""
    folder = shared / "data" / "complaints"
    frame = read_frame(folder / "messages_2019_q1_q3.xlsx", "messages-zh")
    days = days_of(frame.times())
    order = np.argsort(days, kind="stable")
    place = {frame.ids[k]: rank for rank, k in enumerate(order)}
    titles, bodies = frame.strings("title"), frame.strings("body")
    titles, bodies = [titles[k] for k in order], [bodies[k] for k in order]
    rows, _ = vectors(titles, bodies, days[order])
    grouped: dict[str, list[int]] = {}
    for row in _table(folder / "gold_topics_dev.csv"):
        grouped.setdefault(row["topic_id"], []).append(place[row["message_id"]])
    lone = [place[row["message_id"]] for row in _table(folder / "gold_topics_negatives_dev.csv")]
    pairs = candidates(rows)
    return Gold(titles, bodies, rows, list(grouped.values()), lone, pairs, features(rows, pairs))


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def best_f1(labels: Sequence[int], topic: Sequence[int], least: int = 2) -> float:
    """The best F1 of any topic found (of `least` or more) against one labelled topic."""
    size = Counter(labels)
    hits = Counter(labels[k] for k in topic)
    return max((2 * n / (size[c] + len(topic)) for c, n in hits.items() if c >= 0 and size[c] >= least), default=0.0)


def pulled(labels: Sequence[int], lone: Sequence[int], least: int = 4) -> float:
    """Share of rows of no topic that were put into topics of `least` or more."""
    size = Counter(labels)
    return float(np.mean([labels[k] >= 0 and size[labels[k]] >= least for k in lone]))


def fit(gold: Gold, topics: Sequence[int], lone: Sequence[int]) -> PairModel:
    """Logistic model from the labels of some topics and some rows of no topic; other labels are not looked at.

    A pair is positive inside a topic. It is negative between a member and any row outside its topic (labels of a
    topic are complete) and between two rows of no topic; pairs with a hidden row are left out.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    size = len(gold.titles)
    own, hidden, alone = np.full(size, -1), np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    hidden[[k for t in gold.topics for k in t]] = True
    hidden[gold.lone] = True
    for t in topics:
        own[gold.topics[t]] = t
        hidden[gold.topics[t]] = False
    alone[list(lone)] = True
    hidden[list(lone)] = False
    i, j = gold.pairs
    use = ~hidden[i] & ~hidden[j] & ((own[i] >= 0) | (own[j] >= 0) | (alone[i] & alone[j]))
    one = (own[i] == own[j])[use]
    many = np.array([len(t) for t in gold.topics])[own[i][use]]
    weight = np.where(one, 1 / np.maximum(many / FULL_WEIGHT, 1), 1.0)
    swapped = _swapped(gold, topics)
    measures = np.vstack([gold.measures[use], swapped])
    one = np.concatenate([one, np.zeros(len(swapped), dtype=bool)])
    weight = np.concatenate([weight, np.full(len(swapped), SWAP)])
    chain = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))
    chain.fit(measures, one, logisticregression__sample_weight=weight)
    scale, model = chain[0], chain[1]
    weights = model.coef_[0] / scale.scale_
    return PairModel(float(model.intercept_[0] - weights @ scale.mean_), tuple(float(w) for w in weights))


def _swapped(gold: Gold, topics: Sequence[int]) -> NDArray[np.float64]:
    """Measures of each named member beside its own text with another name put in: the same words, another topic.

    People copy each other's wording, so likeness of wording must never outweigh a different name. Real files hold too
    few such pairs to learn it from. The body keeps between half and all of its likeness, the title half.
    """
    named = np.asarray(gold.rows.named.todense()).ravel()
    rows = [k for t in topics for k in gold.topics[t] if named[k]]
    chance = np.random.default_rng(0)
    body = chance.uniform(0.5, 1.0, len(rows))
    measures = dict.fromkeys(FEATURES, np.zeros(len(rows)))
    measures |= {"title": chance.uniform(0.3, 0.6, len(rows)), "body": body, "matter": np.ones(len(rows))}
    measures |= {"both": np.ones(len(rows)), "conflict": np.ones(len(rows)), "body_conflict": body}
    measures |= {"days": np.log1p(chance.uniform(0, 60, len(rows)))}
    return np.column_stack([measures[name] for name in FEATURES])


def found(gold: Gold, model: PairModel, resolution: float = RESOLUTION, seed: int = 0) -> list[int]:
    """Topics of the messages under a model; −1 for a row alone."""
    labels = potts(gold.pairs, model.probability(gold.measures), len(gold.titles), seed, resolution)
    labels = _joined(gold.rows, labels, model)
    size = np.bincount(labels)
    return [int(c) for c in np.where(size[labels] > 1, labels, -1)]


def folds(gold: Gold, count: int, seed: int) -> Iterator[tuple[list[int], list[int], list[int], list[int]]]:
    """(topics to fit, topics to judge, lone to fit, lone to judge) for each fold."""
    chance = np.random.default_rng(seed)
    topics, lone = chance.permutation(len(gold.topics)), chance.permutation(gold.lone)
    for k in range(count):
        of_topics, of_lone = np.arange(len(topics)) % count == k, np.arange(len(lone)) % count == k
        yield list(topics[~of_topics]), list(topics[of_topics]), list(lone[~of_lone]), list(lone[of_lone])


def cross_validated(
    gold: Gold, count: int = 5, seeds: Sequence[int] = (0, 1), resolution: float = RESOLUTION
) -> tuple[float, float]:
    """(mean best F1, share pulled in) over topics and messages whose labels the fit had not seen."""
    scores: list[float] = []
    shares: list[float] = []
    for seed in seeds:
        for fit_topics, judged, fit_lone, judged_lone in folds(gold, count, seed):
            labels = found(gold, fit(gold, fit_topics, fit_lone), resolution)
            scores += [best_f1(labels, gold.topics[t]) for t in judged]
            shares += [pulled(labels, judged_lone)] * len(judged_lone)
    return float(np.mean(scores)), float(np.mean(shares))


def main() -> None:
    """Print the folds; with --write fit on all labels and write the weights."""
    gold = load(Path(sys.argv[1]))
    for resolution in (0.2, 0.25, 0.3, 0.35, 0.4):
        score, share = cross_validated(gold, resolution=resolution)
        sys.stdout.write(f"5-fold by topic, resolution {resolution}: F1 {score:.3f}, pulled {share:.3f}\n")
    if "--write" in sys.argv:
        model = fit(gold, range(len(gold.topics)), gold.lone)
        labels = found(gold, model)
        f1 = float(np.mean([best_f1(labels, t) for t in gold.topics]))
        sys.stdout.write(f"fitted on all: F1 {f1:.3f}, pulled {pulled(labels, gold.lone):.3f} (seen labels)\n")
        note = "43 hand-labelled topics and 112 lone messages of citizen messages, January to September 2019"
        table = {"fitted_on": note, "fitted": "2026-11-24", "bias": round(model.bias, 4)}
        weights = dict(zip(FEATURES, (round(w, 4) for w in model.weights), strict=True))
        WEIGHTS.write_text(json.dumps({**table, "weights": weights}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
