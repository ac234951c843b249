"""Grouping, figures, folds, shadow, drift, registry, corrections, duty prior."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bihuan.insight.registry import Registry, RegistryError
from bihuan.insight.shelf import Folder
from bihuan.insight.triage import Model, corrections, train_triage
from bihuan.insight.triage.drift import compare_in_shadow, measure_drift, psi
from bihuan.insight.triage.duty import Return, prior
from bihuan.insight.triage.fitting import calibrate_scores, fit_tone
from bihuan.insight.triage.grouping import groups
from bihuan.insight.triage.scores import calibration_error, coverage_at, macro_f1, mcnemar
from bihuan.insight.triage.training import TrainingResult, grouped_folds


def test_near_duplicates_are_one_group() -> None:
    text = "某小区三号楼从上周开始每天半夜施工噪音扰民，物业不管，请有关部门尽快处理，谢谢。"
    found = groups([text, text.replace("三号", "5号") + "急！", "学校门口堵车严重，每天接送孩子都要半小时以上。", ""])
    assert found[0] == found[1]
    assert len(set(found.tolist())) == 3


def test_no_group_is_parted() -> None:
    together = np.repeat(np.arange(20), 3)
    labels = ["ab"[i % 2] for i in together]
    for learn, judge in grouped_folds(labels, together, 5, 0):
        assert not set(together[learn]) & set(together[judge])
    assert grouped_folds(["a", "b"], np.arange(2), 5, 0) == []


def test_figures_by_hand() -> None:
    truth, guess = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert macro_f1(truth, guess) == pytest.approx((2 / 3 + 4 / 5) / 2)
    confidence, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])
    assert coverage_at(confidence, right, 1.0)[:2] == (0.8, 0.5)
    assert coverage_at(confidence, ~right, 1.0).coverage == 0
    assert calibration_error(np.full(100, 0.8), np.arange(100) < 80, equal_mass=False) == pytest.approx(0)
    assert calibration_error(np.full(100, 0.9), np.arange(100) < 60, equal_mass=False) == pytest.approx(0.3)
    assert mcnemar(np.array([True] * 10), np.array([False] * 10)) == pytest.approx(2 / 2**10)


def test_ties_are_decided_together() -> None:
    assert coverage_at(np.full(4, 0.7), np.array([True, True, True, False]), 0.9).coverage == 0


def test_calibration_finds_the_slope_and_the_noise() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(6000, 3))
    chances = np.exp(3 * scores) / np.exp(3 * scores).sum(axis=1, keepdims=True)
    targets = np.array([random.choice(3, p=p) for p in chances])
    targets[:600] = random.integers(0, 3, 600)
    found = calibrate_scores(np.stack([scores, random.normal(size=scores.shape)]), targets)
    assert found.slope[0] == pytest.approx(3, rel=0.15)
    assert found.slope[1] < 0.2  # a member that knows nothing is not heeded
    assert found.noise == pytest.approx(0.1, abs=0.03)


def test_tone_mends_what_is_too_sure() -> None:
    random = np.random.default_rng(0)
    odds = random.uniform(0, 6, 8000)
    said, true = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(-(0.5 * odds + 0.4)))
    right = random.random(8000) < true
    tone = fit_tone(said, right)
    assert tone.factor == pytest.approx(0.5, abs=0.08)
    assert tone.more == pytest.approx(0.4, abs=0.15)
    chances = np.column_stack([1 - said, said])
    mended = tone.set(chances)
    assert np.allclose(mended.sum(axis=1), 1)
    assert (mended.argmax(axis=1) == chances.argmax(axis=1)).all()
    assert calibration_error(mended.max(axis=1), right) < 0.02 < calibration_error(said, right)


def test_report_of_unseen_texts(trained: TrainingResult) -> None:
    assert trained.report is not None
    assert trained.report.rows > trained.report.groups / 2
    assert 0 <= trained.report.ece_mass <= 1
    assert trained.report.curve[-1].coverage == 1


def test_a_worse_candidate_is_refused(model: Model, labelled: tuple[list[str], list[str]]) -> None:
    texts, labels = labelled
    turned = labels[len(labels) // 2 :] + labels[: len(labels) // 2]
    assert compare_in_shadow(train_triage(texts, turned), model, texts, labels).refused
    assert compare_in_shadow(model, model, texts, labels) == (len(texts), (1.0, 1.0), (1.0, 1.0), 1.0, "")


def test_drift_sees_a_new_mix(model: Model) -> None:
    texts = ["夜间施工噪音"] * 20 + ["垃圾清运"] * 20 + ["小学招生"] * 40
    months = ["2026-01"] * 40 + ["2026-02"] * 40
    first, second = measure_drift(model, texts, months, ["environment.noise"] * 40 + [""] * 40)
    assert (first.verdict, second.verdict) == ("stable", "retrain")
    assert first.overruled == pytest.approx(0.5)
    assert second.overruled is None
    assert psi(np.array([5.0, 5.0]), np.array([5.0, 5.0])) == pytest.approx(0)


def test_registry_promotes_rolls_back_and_checks(tmp_path: Path) -> None:
    registry = Registry(tmp_path, "triage")
    first = registry.store(b"one", "# card", {"rows": 1})
    second = registry.store(b"two", "# card", {"rows": 2})
    assert registry.current() == first
    assert registry.store(b"one", "# card", {"rows": 1}) == first
    registry.promote(second)
    assert (registry.rollback(), registry.read()) == (first, b"one")
    assert [e.promoted for e in registry.entries() if e.id == first] == [True]
    with pytest.raises(RegistryError, match="no triage model was promoted before"):
        registry.rollback()
    registry.shelf.write(f"triage/{second}/model.bin", b"changed")
    with pytest.raises(RegistryError, match="altered"):
        registry.promote(second)
    with pytest.raises(RegistryError, match="there is no"):
        registry.read("../triage")


def test_corrections_survive_a_bad_line(tmp_path: Path) -> None:
    shelf = Folder(tmp_path / "k")
    corrections.append_corrections(shelf, [corrections.Correction("停水", "water"), corrections.Correction("", "x")])
    shelf.write(corrections.FILE, (shelf.read(corrections.FILE) or b"") + b"{broken\n")
    found, faults = corrections.read_corrections(shelf)
    assert found == [corrections.Correction("停水", "water")]
    assert len(faults) == 1
    assert f"{corrections.FILE}:2" in faults[0]


def test_duty_prior_is_shrunk_towards_the_other_areas() -> None:
    returns = [Return("water", "a", "u1"), Return("water", "a", "u1"), Return("water", "b", "u2")]
    found = prior(returns)
    assert found["water", "a"] == [("u1", 2 / 3), ("u2", 1 / 3)]
    assert found["water", "b"] == [("u1", 1 / 2), ("u2", 1 / 2)]
    assert prior([Return("heat", "a", "u1")])["heat", "a"] == [("u1", 1 / 2)]  # one single return decides nothing
    assert prior([Return("heat", "a", "u1")] * 9)["heat", "a"] == [("u1", 9 / 10)]
    with pytest.raises(ValueError, match="above 0"):
        prior(returns, 0)
