"""Triage beside a calibrated LinearSVC on character 1–3-grams: the same grouped folds, in the same run.

Judged on labelled texts in `labelled_categories.csv`; near-duplicates never stand on both sides of a fold, and every
fold is calibrated by the others. Urgency is measured on the hand labels that the word table was written against.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.insight.row import Row

TASK = "triage"
QUICK = 900


def rows(shared: Path | None, quick: bool) -> Iterator[Row]:
    """The table's lines; none without the real data.

    Args:
        shared: Folder of the real data.
        quick: 900 texts only.
    """
    file = shared / "data" / "complaints" / "labelled_categories.csv" if shared else None
    if file is None or not file.exists():
        return
    with file.open(encoding="utf-8-sig", newline="") as handle:
        read = list(csv.DictReader(handle))[: QUICK if quick else None]
    texts, labels = [row["text"] for row in read], [row["label"] for row in read]
    yield from _quality(texts, labels)


def _quality(texts: list[str], labels: list[str]) -> Iterator[Row]:
    from bihuan.insight.triage.grouping import groups
    from bihuan.insight.triage.training import ACCURACY, fit_triage, grouped_folds, report_of

    trained = fit_triage(texts, labels)
    ours = trained.report
    if ours is None:
        return
    together = groups(texts)
    parts = grouped_folds(labels, together, 5, 0)
    truth = np.unique(np.asarray(labels), return_inverse=True)[1]
    chances = np.zeros((len(texts), truth.max() + 1))
    for learn, judge in parts:
        chances[judge] = _peer([texts[i] for i in learn], truth[learn], [texts[i] for i in judge])
    peer = report_of(chances, truth, together, ACCURACY)
    note = f"{ours.rows} texts, {ours.groups} groups, 5 grouped folds: trained on four fifths of them"
    name = "LinearSVC char 1–3 + sigmoid"
    yield Row(TASK, "macro-F1", ours.macro_f1, {name: peer.macro_f1}, "≥ .91", ours.macro_f1 >= 0.91, note)
    share, other = ours.coverage.coverage, peer.coverage.coverage
    yield Row(TASK, "decided at 97.5 % accuracy", share, {name: other}, "≥ .80", share >= 0.8, note)
    yield Row(TASK, "calibration error", ours.ece_mass, {name: peer.ece_mass}, "≤ .02", ours.ece_mass <= 0.02, note)
    begin = time.process_time()
    trained.model.predict(texts[:QUICK], explain=False)
    spent = (time.process_time() - begin) * 1e6 / QUICK
    letters = f"CPU ms per 1,000 texts of {np.mean([len(t) for t in texts[:QUICK]]):.0f} letters"
    yield Row(TASK, "CPU ms per 1,000 texts", spent, {}, "≤ 300", spent <= 300, letters)


def _peer(learn: list[str], truth: np.ndarray, judge: list[str]) -> np.ndarray:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    peer = make_pipeline(grams, CalibratedClassifierCV(LinearSVC(), cv=3)).fit(learn, truth)
    return np.asarray(peer.predict_proba(judge))
