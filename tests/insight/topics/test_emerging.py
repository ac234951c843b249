"""Alarms: published values, equality with a reference GLM, declared false-alarm rates, power."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from bihuan.insight.topics.emerging import benjamini_hochberg, ears, farrington, permutation_scan, poisson_scan
from bihuan.insight.topics.emerging.farrington import quasi_poisson
from bihuan.insight.topics.emerging.scan import log_likelihood_ratio

pytestmark = pytest.mark.slow

GRID = np.array([(x * 100.0, y * 100.0) for x in range(5) for y in range(4)])


def test_c1_and_c2_by_hand() -> None:
    counts = np.array([2, 4, 3, 3, 2, 4, 3, 9, 3, 12], dtype=float)  # first week: mean 3, sd √(4/6)
    sd = np.sqrt(4 / 6)
    assert ears(counts, "C1").statistic[7] == pytest.approx((9 - 3) / sd)
    assert ears(counts, "C2").statistic[9] == pytest.approx((12 - 3) / sd)
    assert np.isnan(ears(counts, "C2").statistic[8])
    assert ears(counts, "C2", threshold=3).alarm.tolist() == [False] * 9 + [True]


def test_c3_adds_three_days_of_excess() -> None:
    counts = np.array([2, 4, 3, 3, 2, 4, 3, 3, 3, 5, 6, 7], dtype=float)
    c2 = ears(counts, "C2").statistic
    assert ears(counts, "C3").statistic[11] == pytest.approx(sum(max(0.0, value - 1) for value in c2[9:12]))


@pytest.mark.parametrize("kind", ["C1", "C2", "C3"])
@pytest.mark.parametrize("mean", [0.3, 3.0, 30.0])
@pytest.mark.parametrize("dispersed", [False, True])
def test_ears_alarms_no_more_often_than_declared(kind: str, mean: float, dispersed: bool) -> None:
    chance = np.random.default_rng(11)
    size = 20_000
    counts = chance.negative_binomial(10, 10 / (10 + mean), size) if dispersed else chance.poisson(mean, size)
    rate = ears(counts.astype(float), kind, alpha=0.01).alarm.mean()
    assert rate <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / size) * 1.5  # C3's days overlap


def test_ears_sees_a_rise() -> None:
    counts = np.random.default_rng(2).poisson(4, 60).astype(float)
    counts[50] = 30  # seven days of baseline leave little power for less
    assert ears(counts, "C1").alarm[50]
    assert ears(counts, "C2").alarm[50]


@pytest.mark.parametrize("kind", ["C1", "C2", "C3"])
def test_ears_raises_at_eighteen_over_a_quiet_baseline(kind: str) -> None:
    counts = np.tile([1.0, 2.0, 1.0, 3.0, 1.0, 2.0, 2.0], 6)
    counts[30] = 18
    alarm = ears(counts, kind).alarm
    assert alarm[30]
    assert not alarm[:30].any()


def test_quasi_poisson_equals_statsmodels() -> None:
    chance = np.random.default_rng(5)
    design = np.column_stack([np.ones(200), chance.normal(size=200), chance.integers(0, 2, 200)])
    counts = chance.negative_binomial(3, 3 / (3 + np.exp(design @ [1.0, 0.4, -0.3]))).astype(float)
    weights = chance.uniform(0.2, 1.5, 200)
    ours = quasi_poisson(design, counts, weights)
    theirs = sm.GLM(counts, design, family=sm.families.Poisson(), freq_weights=weights).fit(tol=1e-12)
    np.testing.assert_allclose(ours.coefficients, theirs.params, rtol=1e-7)
    pearson = (weights * (counts - theirs.mu) ** 2 / theirs.mu).sum() / (200 - 3)
    assert ours.dispersion == pytest.approx(pearson, rel=1e-7)
    unscaled = np.linalg.inv((design * (weights * theirs.mu)[:, None]).T @ design)
    np.testing.assert_allclose(ours.covariance, ours.dispersion * unscaled, rtol=1e-6)


@pytest.mark.parametrize("dispersed", [False, True])
def test_farrington_alarms_no_more_often_than_declared(dispersed: bool) -> None:
    chance = np.random.default_rng(7)
    alarms = []
    for _ in range(400):
        mean = 8 * np.exp(0.4 * np.sin(2 * np.pi * np.arange(261) / 52))
        counts = chance.negative_binomial(8, 8 / (8 + mean)) if dispersed else chance.poisson(mean)
        alarms.append(farrington(counts.astype(float), 260, alpha=0.025).alarm)
    assert np.mean(alarms) <= 0.025 + 2 * np.sqrt(0.025 * 0.975 / 400)


def test_farrington_sees_an_outbreak_though_history_holds_one() -> None:
    chance = np.random.default_rng(8)
    counts = chance.poisson(6, 261).astype(float)
    counts[156:160] += 40
    counts[260] = 24
    bound = farrington(counts, 260)
    assert bound.alarm
    assert bound.upper < 24
    assert 4 < bound.expected < 9


def test_farrington_needs_history_and_says_what_else_to_use() -> None:
    with pytest.raises(ValueError, match="use ears"):
        farrington(np.ones(60), 59)


def test_kulldorffs_ratio_by_hand() -> None:
    ratio = log_likelihood_ratio(np.array([10.0, 2.0]), np.array([4.0, 4.0]), 20.0)
    assert ratio[0] == pytest.approx(10 * np.log(10 / 4) + 10 * np.log(10 / 16))
    assert ratio[1] == 0.0


def test_scans_find_a_planted_cluster() -> None:
    chance = np.random.default_rng(3)
    counts = chance.poisson(1.0, (20, 30))
    counts[[0, 1, 4], 26:] += 4
    for found in (
        permutation_scan(counts, GRID, runs=199),
        poisson_scan(counts, np.ones((20, 30)), GRID, runs=199),
    ):
        assert found is not None
        assert found.p <= 0.01
        assert {0, 1, 4} <= set(found.places)
        assert found.first >= 24


@pytest.mark.parametrize("kind", ["permutation", "poisson"])
def test_the_scans_p_value_keeps_its_level(kind: str) -> None:
    chance = np.random.default_rng(4)
    hits = 0
    for run in range(150):
        counts = chance.poisson(0.5, (8, 12))
        points = GRID[:8]
        found = (
            permutation_scan(counts, points, runs=19, seed=run)
            if kind == "permutation"
            else poisson_scan(counts, np.ones((8, 12)), points, runs=19, seed=run)
        )
        hits += found is not None and found.p <= 0.05
    assert hits / 150 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 150)


def test_no_cases_no_cluster_and_wrong_shapes() -> None:
    assert permutation_scan(np.zeros((20, 5)), GRID) is None
    with pytest.raises(ValueError, match="places, days"):
        permutation_scan(np.ones((3, 5)), GRID)


def test_benjamini_hochberg_published_example() -> None:
    # Benjamini & Hochberg (1995), section 3: fifteen p-values, four rejected at 5 %.
    small = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p = np.array([*small, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0])
    assert int((benjamini_hochberg(p) <= 0.05).sum()) == 4


def test_the_share_of_false_alarms_over_many_streams() -> None:
    chance = np.random.default_rng(9)
    shares = []
    for _ in range(60):
        counts = chance.poisson(5, (100, 10)).astype(float)
        counts[:10, 9] += 20
        p = np.array([ears(row, "C2").p[9] for row in counts])
        alarm = benjamini_hochberg(p) <= 0.1
        shares.append(alarm[10:].sum() / max(alarm.sum(), 1))
    assert np.mean(shares) <= 0.1
