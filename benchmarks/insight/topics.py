"""Topics: hand labels (cross-validated by topic) and growth on planted topics, beside scikit-learn's clusterers."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.insight.row import Row

HERE = Path(__file__).parent

PEER_LIMIT = 10_000  # the peers' distance work grows with the square


def rows(shared: Path | None, quick: bool) -> Iterator[Row]:
    """Quality on labels, then seconds and agreement at 10k, 100k and 1M planted messages."""
    if shared is not None:
        yield from _quality(shared)
    planted = _module(HERE.parents[1] / "tests" / "insight" / "topics" / "planted.py").planted
    for size, target in ((10_000, None), (100_000, 30.0), (1_000_000, 600.0)):
        if not (quick and size > 10_000):
            yield from _growth(planted, size, target)


def _quality(shared: Path) -> Iterator[Row]:
    gold_module = _module(HERE / "topics_gold.py")
    gold = gold_module.load(shared)
    score, share = gold_module.cross_validated(gold)
    peers: dict[str, list[int]] = {name: run(gold.titles, gold.bodies) for name, run in PEERS.items()}
    f1 = {name: float(np.mean([gold_module.best_f1(labels, t) for t in gold.topics])) for name, labels in peers.items()}
    pulled = {name: gold_module.pulled(labels, gold.lone) for name, labels in peers.items()}
    note = "5-fold by topic, two seeds, 43 topics and 112 lone messages; peers untuned, defaults below"
    yield Row("topics", "mean best F1, hidden topics", score, dict(f1), "≥ .90", score >= 0.90, note)
    yield Row("topics", "lone messages pulled in", share, dict(pulled), "≤ .08", share <= 0.08, note)


def _growth(planted: Callable[..., tuple[object, ...]], size: int, target: float | None) -> Iterator[Row]:
    from sklearn.metrics import adjusted_rand_score

    from bihuan.insight.topics import find_topics

    ids, titles, bodies, times, truth = planted(size)  # type: ignore[misc]  # as its signature says
    started = time.process_time()
    found = find_topics(ids, titles, bodies, times)
    seconds = time.process_time() - started
    own = {member: n for n, topic in enumerate(found) for member in topic.members}
    labels = np.array([own.get(i, -1 - k) for k, i in enumerate(ids)])
    inside: NDArray[np.bool_] = truth >= 0
    agreement = float(adjusted_rand_score(truth[inside], labels[inside]))
    spent: dict[str, float | None] = {}
    agreed: dict[str, float | None] = {}
    for name, run in PEERS.items():
        spent[name] = agreed[name] = None
        if size <= PEER_LIMIT:
            started = time.process_time()
            theirs = np.array(run(titles, bodies))
            spent[name] = time.process_time() - started
            agreed[name] = float(adjusted_rand_score(truth[inside], theirs[inside]))
    passed = None if target is None else seconds <= target
    told = "" if target is None else f"≤ {target:.0f} s"
    note = "planted names × ten recurring matters; CPU seconds; peers beyond 10k left out (quadratic)"
    yield Row("topics", f"seconds at {size}", seconds, spent, told, passed, note)
    yield Row("topics", f"adjusted Rand index at {size}", agreement, agreed, "", None, note)


def _hdbscan(titles: Sequence[str], bodies: Sequence[str]) -> list[int]:
    from sklearn.cluster import HDBSCAN

    return [int(c) for c in HDBSCAN(min_cluster_size=3, copy=True).fit_predict(_reduced(titles, bodies))]


def _dbscan(titles: Sequence[str], bodies: Sequence[str]) -> list[int]:
    from sklearn.cluster import DBSCAN

    return [int(c) for c in DBSCAN(eps=0.25, min_samples=3, metric="cosine").fit_predict(_reduced(titles, bodies))]


def _reduced(titles: Sequence[str], bodies: Sequence[str]) -> NDArray[np.float64]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    texts = [f"{title} {title} {body}" for title, body in zip(titles, bodies, strict=True)]
    grams = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), min_df=2, sublinear_tf=True, max_features=100_000)
    reduced: NDArray[np.float64] = normalize(
        TruncatedSVD(100, random_state=0).fit_transform(grams.fit_transform(texts))
    )
    return reduced


PEERS = {"SVD+HDBSCAN": _hdbscan, "SVD+DBSCAN": _dbscan}


def _module(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module
