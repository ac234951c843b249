"""Topics against hand labels: the measure, cross-validation by topic, and the fit of the shipped weights.

Measure: mean over the labelled topics of the best F1 of any topic found, beside the share of hand-checked messages of
no topic that were pulled into topics of four or more. Each fold hides its topics' and its non-topic messages' labels
from the fit. `python -m benchmarks.insight.topics_gold SHARED` prints the folds; with `--write` it fits on all labels.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.cli.frames import read_frame
from bihuan.insight.topics.communities import RESOLUTION, join_fragments, potts_labels
from bihuan.insight.topics.find import days_of
from bihuan.insight.topics.model import WEIGHTS, PairModel
from bihuan.insight.topics.pairs import FEATURES, TextPairs, measure_crowding, measure_pairs, propose_pairs
from bihuan.insight.topics.vectors import Vectors, make_vectors

PLANTED = Path(__file__).parents[2] / "tests" / "insight" / "topics" / "planted.py"
TREES: dict[str, Any] = {
    "n_estimators": 80, "num_leaves": 6, "learning_rate": 0.08, "min_child_samples": 30, "reg_lambda": 10.0,
    "subsample": 0.8, "subsample_freq": 1, "colsample_bytree": 0.6, "verbose": -1, "n_jobs": 1, "random_state": 0,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip
COPIED = 0.02  # weight of a planted pair
FULL_WEIGHT = 8  # topics up to this size: each positive pair counts one; above, pairs count less


@dataclass
class Gold:
    """The labelled file in time order: topics as lists of rows, rows of no topic, pairs and their measures."""

    ids: list[str]
    titles: list[str]
    bodies: list[str]
    days: NDArray[np.float64]
    authors: list[str]
    rows: Vectors
    topics: list[list[int]]
    lone: list[int]
    pairs: TextPairs
    crowd: NDArray[np.float64]
    measures: NDArray[np.float32]
    copied: tuple[NDArray[np.float32], NDArray[np.bool_]]


def load(shared: Path) -> Gold:
    """Read the development messages and labels."""
    folder = shared / "data" / "complaints"
    frame = read_frame(folder / "messages_2019_q1_q3.xlsx", "messages-zh")
    days = days_of(frame.times())
    order = np.argsort(days, kind="stable")
    place = {frame.ids[k]: rank for rank, k in enumerate(order)}
    author = frame.strings(
        next(c for c in (frame.mapping.names("name") if frame.mapping else []) if c in frame.columns)
    )
    titles, bodies, authors = (
        [column[k] for k in order] for column in (frame.strings("title"), frame.strings("body"), author)
    )
    rows, _ = make_vectors(titles, bodies, days[order], authors)
    grouped: dict[str, list[int]] = {}
    for row in _table(folder / "gold_topics_dev.csv"):
        grouped.setdefault(row["topic_id"], []).append(place[row["message_id"]])
    lone = [place[row["message_id"]] for row in _table(folder / "gold_topics_negatives_dev.csv")]
    pairs = propose_pairs(rows)
    crowd = measure_crowding(rows, pairs)
    measures = measure_pairs(rows, pairs, crowd)
    ids = [frame.ids[k] for k in order]
    return Gold(
        ids, titles, bodies, days[order], authors, rows, list(grouped.values()), lone, pairs, crowd, measures, _copied()
    )


def _copied(size: int = 3000, seed: int = 77) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Measures of planted pairs and whether each is of one topic.

    People copy each other's wording, so likeness of wording must never outweigh a different name. Real files hold too
    few such pairs to learn it from.
    """
    spec = importlib.util.spec_from_file_location("planted", PLANTED)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(PLANTED)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _, titles, bodies, times, truth = module.planted(size, seed)
    order = np.argsort(times, kind="stable")
    rows, _ = make_vectors([titles[k] for k in order], [bodies[k] for k in order], days_of(times[order]))
    truth = truth[order]
    pairs = propose_pairs(rows)
    one = (truth[pairs.first] == truth[pairs.second]) & (truth[pairs.first] >= 0)
    return measure_pairs(rows, pairs, measure_crowding(rows, pairs)), one


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
    """Trees from the labels of some topics and some rows of no topic; other labels are not looked at.

    A pair is positive inside a topic. It is negative between a member and any row outside its topic (labels of a
    topic are complete) and between two rows of no topic; pairs with a hidden row are left out.
    """
    from lightgbm import LGBMClassifier

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
    one = ((own[i] == own[j]) & (own[i] >= 0))[use]
    many = np.array([len(t) for t in gold.topics])[own[i][use]]
    weight = np.where(one, 1 / np.maximum(many / FULL_WEIGHT, 1), 1.0)
    extra, same = gold.copied
    up = [{"days": -1, "both": 0}.get(name, 1) for name in FEATURES]
    trees = LGBMClassifier(**TREES, monotone_constraints=up)
    trees.fit(
        np.vstack([gold.measures[use], extra]),
        np.concatenate([one, same]),
        sample_weight=np.concatenate([weight, np.full(len(same), COPIED)]),
    )
    return PairModel(trees.booster_.model_to_string())


def found(gold: Gold, model: PairModel, resolution: float = RESOLUTION, seed: int = 0) -> list[int]:
    """Topics of the messages under a model; −1 for a row alone."""
    chance = model.probability(gold.measures)
    labels = potts_labels(gold.pairs, chance, len(gold.titles), seed, resolution)
    labels = join_fragments(gold.rows, labels, gold.pairs, chance, gold.crowd, model, seed)
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
    """Print the folds; with --write fit on all labels and write the trees."""
    gold = load(Path(sys.argv[1]))
    for resolution in (0.25, 0.3, 0.35, 0.4):
        score, share = cross_validated(gold, resolution=resolution)
        sys.stdout.write(f"5-fold by topic, resolution {resolution}: F1 {score:.3f}, pulled {share:.3f}\n")
    if "--write" in sys.argv:
        model = fit(gold, range(len(gold.topics)), gold.lone)
        labels = found(gold, model)
        f1 = float(np.mean([best_f1(labels, t) for t in gold.topics]))
        sys.stdout.write(f"fitted on all: F1 {f1:.3f}, pulled {pulled(labels, gold.lone):.3f} (seen labels)\n")
        note = "43 hand-labelled topics and 112 lone messages of citizen messages, January to September 2019"
        table = {"fitted_on": f"{note}; planted pairs", "fitted": "2026-11-24", "measures": FEATURES}
        table["trees"] = model.trees.split("\n")
        WEIGHTS.write_text(json.dumps(table, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
