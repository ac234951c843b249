"""Forecasts recover drawn truth, borrow from groups, are deterministic, and never look ahead."""

from datetime import date

import numpy as np
import pytest
from scipy.stats import nbinom

from bihuan.insight.forecast import TooLittle, backtest, forecast, negbin
from bihuan.insight.forecast.bayes import fit_series, tame_bursts
from bihuan.insight.forecast.calibrate import learn_calibration

pytestmark = pytest.mark.slow

WEEK = np.array([1.3, 1.2, 1.2, 1.1, 1.0, 0.7, 0.5])
START = date(2026, 6, 1)  # a Monday


def drawn(series=400, days=140, seed=1, size=1.5):
    """Negative binomial counts of known rates with a common weekday profile."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.7, 0.8, series)[:, None] * WEEK[np.arange(days) % 7]
    return rng.negative_binomial(size, size / (size + rate)), rate


def groups(series):
    return (np.arange(series) % 8, np.arange(series) // 8 % 10)


def test_shape_dates_and_order_of_quantiles():
    counts, _rate = drawn(60)
    found = forecast(counts, START, 10, groups=groups(60))
    assert found.mean.shape == (60, 10)
    assert found.quantiles.shape == (60, 10, 5)
    assert (np.diff(found.quantiles, axis=-1) >= 0).all()
    assert (found.quantiles >= 0).all()
    assert found.dates[0] == date(2026, 10, 19)
    assert len(found.dates) == 10


def test_near_the_best_possible_and_calibrated():
    counts, rate = drawn()
    past, truth, real = counts[:, :126], counts[:, 126:].astype(float), rate[:, 126:]
    found = forecast(past, START, 14, groups=groups(400))
    ours = backtest.score_forecasts(truth, found.mean, found.quantiles)
    levels = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    ideal = nbinom.ppf(levels, 1.5, (1.5 / (1.5 + real))[..., None])
    flat = np.repeat(past.mean(axis=1)[:, None], 14, axis=1)[..., None]
    best = backtest.pinball(truth, ideal).mean()
    naive = backtest.pinball(truth, negbin.quantiles(flat, np.array(0.67), levels)).mean()
    assert ours.pinball < best * 1.06
    assert ours.pinball < naive  # which knows the true dispersion
    assert 0.87 <= ours.coverage <= 0.93
    assert abs(ours.bias) < 0.05


def test_weekday_profile_is_found():
    counts, _rate = drawn()
    mean = forecast(counts, START, 7, groups=groups(400), boosting=False).mean.sum(axis=0)
    assert np.allclose(mean / mean.mean(), WEEK, atol=0.12)


def test_holiday_starts_as_a_sunday_and_ordinary_days_are_not_moved():
    counts, _rate = drawn()
    day = date(2026, 10, 20)  # a Tuesday, the second day ahead
    plain = forecast(counts, START, 7, groups=groups(400), boosting=False).mean.sum(axis=0)
    festive = forecast(
        counts, START, 7, groups=groups(400), boosting=False, holidays=lambda d: 7 if d == day else None
    ).mean.sum(axis=0)
    assert festive[1] < 0.65 * plain[1]
    assert np.allclose(np.delete(festive, 1), np.delete(plain, 1), rtol=0.05)


def test_quiet_series_borrows_from_its_group():
    rng = np.random.default_rng(3)
    counts = np.vstack([rng.poisson(2.0, (20, 100)), rng.poisson(0.02, (20, 100))])
    counts[0] = counts[20] = 0
    code = np.repeat([0, 1], 20)
    mean = forecast(counts, START, 7, groups=(code,), boosting=False).mean.mean(axis=1)
    assert mean[0] > 5 * mean[20] > 0


def test_a_storm_does_not_lift_the_level():
    counts, _rate = drawn(200)
    stormy = counts.copy()
    stormy[:, -8] *= 12
    calm = forecast(counts, START, 14, groups=groups(200), boosting=False).mean.sum()
    after = forecast(stormy, START, 14, groups=groups(200), boosting=False).mean.sum()
    assert after < 1.25 * calm
    kinds = np.arange(140) % 7
    kept = tame_bursts(stormy.astype(float), kinds, groups(200))[:, -8].sum() - counts[:, -8].sum()
    assert kept < 0.65 * (stormy - counts).sum()
    assert np.allclose(tame_bursts(counts.astype(float), kinds, groups(200)).sum(), counts.sum(), rtol=0.02)


def test_same_seed_same_answer_and_the_input_is_not_changed():
    counts, _rate = drawn(150)
    before = counts.copy()
    first, second = (forecast(counts, START, 14, groups=groups(150), seed=5) for _ in range(2))
    assert np.array_equal(first.mean, second.mean)
    assert np.array_equal(first.quantiles, second.quantiles)
    assert np.array_equal(counts, before)


def test_rolling_hides_the_future():
    counts, _rate = drawn(30, 80)
    seen = []

    def spy(known, horizon):
        seen.append(known.shape[1])
        known[:] = -1  # a copy: the truth must not change
        return np.zeros((30, horizon)), np.zeros((30, horizon, 5))

    scores = backtest.score_rolling(counts.astype(float), [60, 66], 14, spy, least=0)
    assert seen == [60, 66]
    assert scores[0][1].coverage == pytest.approx((counts[:, 60:74] == 0).mean())


def test_weekly_sums_to_the_days():
    counts, _rate = drawn(300)
    weekly = forecast(counts, START, 2, "W", groups=groups(300))
    daily = forecast(counts, START, 14, groups=groups(300))
    assert weekly.mean.shape == (300, 2)
    assert weekly.dates == [date(2026, 10, 19), date(2026, 10, 26)]
    assert weekly.mean.sum() == pytest.approx(daily.mean.sum(), rel=0.06)


@pytest.mark.parametrize("counts", [np.ones((3, 13)), np.zeros((3, 60))])
def test_too_little_is_said(counts):
    with pytest.raises(TooLittle, match="at least 14 days"):
        forecast(counts, START, 7)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="≥ 0"):
        forecast(-np.ones((3, 60)), START, 7)
    with pytest.raises(ValueError, match="one code per series"):
        forecast(np.ones((3, 60)), START, 7, groups=(np.zeros(2, dtype=np.intp),))


def test_short_history_still_answers():
    counts, _rate = drawn(50, 15)
    found = forecast(counts, START, 14, groups=groups(50))
    assert np.isfinite(found.mean).all()
    assert found.method["boost_weight"] == 0


def test_quantiles_agree_with_the_definition():
    mean, alpha = np.array([0.05, 0.4, 3.0, 40.0]), np.array([2.0, 1.0, 0.5, 0.1])
    for level in (0.05, 0.5, 0.95):
        found = negbin.quantiles(mean, alpha, np.array(level))
        assert np.array_equal(found, nbinom.ppf(level, 1 / alpha, 1 / (1 + alpha * mean)))


def test_mid_quantiles_are_covered_as_often_as_their_level():
    rng = np.random.default_rng(2)
    mean = rng.uniform(0.5, 12, 60_000)
    counts = rng.negative_binomial(2, 2 / (2 + mean))
    half = np.full(len(mean), 0.5)
    for level in (0.5, 0.9):
        share = (counts <= negbin.mid_quantiles(mean, half, np.array(level))).mean()
        whole = (counts <= negbin.quantiles(mean, half, np.array(level))).mean()
        assert share == pytest.approx(level, abs=0.02)
        assert abs(whole - level) > abs(share - level)


def test_calibration_widens_what_was_too_narrow():
    rng = np.random.default_rng(4)
    mean = rng.uniform(1, 4, 8000)
    counts = rng.negative_binomial(1, 1 / (1 + mean)).astype(float)
    narrow = np.full(len(mean), 0.1)  # the truth is 1
    quantiles = learn_calibration(counts, mean, narrow).quantiles(mean[:, None], narrow)[:, 0]
    assert 0.87 <= ((quantiles[:, 0] <= counts) & (counts <= quantiles[:, -1])).mean() <= 0.93


def test_level_moves_with_a_lasting_change():
    rng = np.random.default_rng(6)
    counts = np.concatenate([rng.poisson(1.0, (40, 80)), rng.poisson(3.0, (40, 40))], axis=1).astype(float)
    kinds = np.arange(127) % 7
    level = fit_series(counts, kinds, ()).mean.mean()
    assert 1.8 < level < 3.2
