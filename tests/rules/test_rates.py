"""Rates, intervals, shrinkage, stratified estimates and agreement, against statsmodels, scipy and brute force."""

import json
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from bihuan.rules.agreement import cohen_kappa
from bihuan.rules.errors import InputError
from bihuan.rules.estimates import chapman, longest_run, percentile
from bihuan.rules.intervals import (
    bonferroni_level,
    clopper_pearson,
    newcombe_difference,
    proportion_interval,
    sidak_level,
    wilson,
)
from bihuan.rules.rates import Rate
from bihuan.rules.shrinkage import Prior, fit_prior, log_likelihood, shrink
from bihuan.rules.survey import SurveyStratum, stratified_share
from tests.examples import examples

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def test_wilson_published_vectors() -> None:
    nine = wilson(9, 10)
    assert (round(nine.low, 4), round(nine.high, 4)) == (0.5958, 0.9821)
    many = wilson(900, 1000)
    assert (round(many.low, 3), round(many.high, 3)) == (0.880, 0.917)


@given(counts, levels)
def test_wilson_and_clopper_pearson_equal_statsmodels(count: tuple[int, int], level: float) -> None:
    for method, ours in (("wilson", wilson), ("beta", clopper_pearson)):
        interval = ours(*count, level)
        low, high = proportion_confint(*count, alpha=1 - level, method=method)
        assert interval.low == pytest.approx(low, abs=1e-9)
        assert interval.high == pytest.approx(high, abs=1e-9)
        assert 0 <= interval.low <= count[0] / count[1] <= interval.high <= 1


@given(counts, counts)
def test_newcombe_equals_statsmodels(one: tuple[int, int], two: tuple[int, int]) -> None:
    interval = newcombe_difference(one, two)
    low, high = confint_proportions_2indep(*one, *two, method="newcomb")
    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


def test_adjusted_levels() -> None:
    assert sidak_level(0.95, 29) == pytest.approx(0.95 ** (1 / 29))
    assert bonferroni_level(0.95, 29) == pytest.approx(1 - 0.05 / 29)
    assert sidak_level(0.95, 29) < bonferroni_level(0.95, 29)


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_have_no_interval(successes: int, trials: int) -> None:
    with pytest.raises(InputError):
        wilson(successes, trials)


def test_unknown_method_and_level() -> None:
    with pytest.raises(InputError, match="clopper-pearson"):
        proportion_interval(1, 2, 0.95, "wald")
    with pytest.raises(InputError, match="between 0 and 1"):
        wilson(1, 2, 95)


def rate(numerator: int, denominator: int, **more: object) -> Rate:
    return Rate("solved", "2019", numerator, denominator, **more)  # type: ignore[arg-type]  # test shorthand


def test_a_rate_says_all_about_itself() -> None:
    one = rate(9, 10, exclusions={"not solvable": 2, "duplicate": 3}, data_cut="2026-10-31T16:00:00Z", min_n=30)
    assert one.value == Fraction(9, 10)
    assert (one.gross, one.exclusion_share, one.enough) == (15, Fraction(1, 3), False)
    said = one.to_json()
    assert said == {
        "definition": "solved",
        "version": "2019",
        "numerator": 9,
        "denominator": 10,
        "exclusions": {"duplicate": 3, "not solvable": 2},
        "data_cut": "2026-10-31T16:00:00Z",
        "value": "9/10",
        "percent": "90.00",
        "interval": {"low": "0.595850", "high": "0.982124", "method": "wilson", "level": "0.95"},
        "min_n": 30,
        "enough": False,
    }
    assert json.loads(json.dumps(said)) == said


def test_percent_rounds_once_half_to_even() -> None:
    assert rate(1, 800).percent(2) == "0.12 %"  # 0.125
    assert rate(3, 800).percent(2) == "0.38 %"  # 0.375
    assert rate(2, 3).percent(1) == "66.7 %"
    assert rate(0, 0).percent() == "–"


def test_without_cases_there_is_neither_value_nor_interval() -> None:
    empty = rate(0, 0)
    assert (empty.value, empty.interval, empty.exclusion_share, empty.enough) == (None, None, None, False)
    assert empty.to_json()["value"] is None


def test_rates_add_by_counts_not_by_shares() -> None:
    total = rate(9, 10, exclusions={"a": 1}) + rate(0, 90, exclusions={"a": 2, "b": 1})
    assert (total.value, total.exclusions) == (Fraction(9, 100), {"a": 3, "b": 1})
    with pytest.raises(InputError, match="different version"):
        rate(1, 2) + Rate("solved", "2020", 1, 2)


@pytest.mark.parametrize(
    ("numerator", "denominator", "more"),
    [(3, 2, {}), (-1, 2, {}), (True, 2, {}), (1.0, 2, {}), (1, 2, {"exclusions": {"a": -1}})],
)
def test_impossible_rates_are_refused(numerator: int, denominator: int, more: dict[str, object]) -> None:
    with pytest.raises(InputError):
        rate(numerator, denominator, **more)


def test_shrinkage_finds_the_most_likely_prior() -> None:
    """The fitted prior is at least as likely, by scipy's beta-binomial, as every point of a fine grid."""
    rng = np.random.default_rng(7)
    trials = rng.integers(5, 300, 40)
    units = [(int(rng.binomial(n, p)), int(n)) for n, p in zip(trials, rng.beta(18, 6, 40), strict=True)]
    prior = fit_prior(units)

    def likelihood(alpha: float, beta: float) -> float:
        return float(sum(betabinom.logpmf(x, n, alpha, beta) for x, n in units))

    best = likelihood(prior.alpha, prior.beta)
    for mean in np.linspace(prior.mean - 0.05, prior.mean + 0.05, 11):
        for strength in prior.strength * np.geomspace(0.3, 3, 11):
            assert best >= likelihood(mean * strength, (1 - mean) * strength) - 1e-6
    assert prior.mean == pytest.approx(0.75, abs=0.04)
    # Our shorter likelihood differs from scipy's by a constant only.
    other = Prior(0.6, 10)
    assert log_likelihood(units, prior) - log_likelihood(units, other) == pytest.approx(best - likelihood(6, 4))


def test_one_of_one_is_not_the_best_unit() -> None:
    units = [(1, 1), (180, 200), (150, 200), (160, 200), (170, 200)]
    prior = fit_prior(units)
    shrunk = [shrink(*unit, prior) for unit in units]
    assert shrunk[0].mean < shrunk[1].mean
    assert abs(shrunk[0].mean - prior.mean) < 0.03
    assert shrunk[0].interval.low < prior.mean < shrunk[0].interval.high
    assert shrink(0, 0, prior).mean == pytest.approx(prior.mean)


def test_units_that_do_not_differ_are_drawn_together() -> None:
    prior = fit_prior([(90, 100), (91, 100), (89, 100), (90, 100)])
    assert prior.strength > 1e4
    with pytest.raises(InputError, match="at least two"):
        fit_prior([(1, 2), (0, 0)])


def test_stratified_share_by_hand() -> None:
    """Cochran's formulas written out: weights 0.6 and 0.4, shares 0.5 and 0.25, finite population correction."""
    estimate = stratified_share([SurveyStratum("a", 600, 60, 50, 25), SurveyStratum("b", 400, 40, 40, 10)])
    assert estimate.value == Fraction("0.4")
    by_hand = 0.36 * (1 - 50 / 600) * 0.25 / 49 + 0.16 * (1 - 40 / 400) * 0.1875 / 39
    assert float(estimate.variance) == pytest.approx(by_hand)
    assert estimate.merged == ()
    # It equals the Horvitz–Thompson sum over answers, each weighted by the inverse of its inclusion probability.
    assert estimate.value == (25 / Fraction(50, 600) + 10 / Fraction(40, 400)) / 1000


def test_a_census_leaves_no_uncertainty() -> None:
    estimate = stratified_share([SurveyStratum("a", 30, 30, 30, 7), SurveyStratum("b", 10, 10, 10, 1)], method="wald")
    assert estimate.variance == 0
    assert estimate.value == Fraction(8, 40)
    assert estimate.interval.low == estimate.interval.high


def test_thin_strata_are_merged_and_named() -> None:
    strata = [SurveyStratum("a", 50, 5, 1, 1), SurveyStratum("b", 50, 5, 4, 1), SurveyStratum("c", 50, 5, 0, 0)]
    estimate = stratified_share(strata)
    assert estimate.merged == ("a", "c")
    assert estimate.value == Fraction(2, 5)
    with pytest.raises(InputError, match="Fewer than two answers"):
        stratified_share([SurveyStratum("a", 50, 5, 1, 1)])
    with pytest.raises(InputError, match="does not hold"):
        SurveyStratum("a", 50, 5, 6, 1)


@pytest.mark.parametrize("base", [0.02, 0.1, 0.3])
def test_coverage_of_the_stratified_interval(base: float) -> None:
    """At least 93 % of nominal 95 % intervals hold the true share, strata and reach unequal (E08)."""
    rng = np.random.default_rng(20261123)
    sizes, asked = np.array([3000, 800, 250, 60]), np.array([120, 60, 40, 20])
    shares = np.minimum(0.95, base * np.array([0.7, 1.3, 2.0, 2.5]))
    held, runs = 0, 1500
    for _ in range(runs):
        true = rng.binomial(sizes, shares)
        answered = rng.binomial(asked, 0.6)
        positive = rng.hypergeometric(true, sizes - true, answered)
        rows = zip("abcd", sizes, asked, answered, positive, strict=True)
        estimate = stratified_share([SurveyStratum(name, *(int(n) for n in row)) for name, *row in rows])
        held += estimate.interval.low <= true.sum() / sizes.sum() <= estimate.interval.high
    assert held / runs >= 0.93


@settings(max_examples=examples(60))
@given(
    st.integers(2, 4).flatmap(
        lambda k: st.lists(st.lists(st.integers(1, 60), min_size=k, max_size=k), min_size=k, max_size=k)
    )
)
def test_kappa_equals_statsmodels(table: list[list[int]]) -> None:
    ours, theirs = cohen_kappa(table), cohens_kappa(np.array(table))
    assert ours.kappa is not None
    assert ours.interval is not None
    assert float(ours.kappa) == pytest.approx(theirs.kappa, abs=1e-12)
    assert ours.interval.low == pytest.approx(max(-1, theirs.kappa_low), abs=1e-9)
    assert ours.interval.high == pytest.approx(min(1, theirs.kappa_upp), abs=1e-9)


def test_kappa_at_its_ends() -> None:
    assert cohen_kappa([[10, 0], [0, 5]]).kappa == 1
    constant = cohen_kappa([[10, 0], [0, 0]])
    assert (constant.kappa, constant.observed) == (None, 1)
    assert constant.to_json()["kappa"] is None
    for wrong in ([[1, 2]], [[-1, 0], [0, 1]], [[0, 0], [0, 0]]):
        with pytest.raises(InputError, match="table"):
            cohen_kappa(wrong)


@pytest.mark.parametrize(("share", "value"), [("0.90", "328.6"), ("0.95", "346.8"), ("0.98", "357.72")])
def test_hj_663_percentiles(share: str, value: str) -> None:
    assert percentile(range(1, 366), Decimal(share)) == Fraction(value)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=50), st.integers(0, 100))
def test_percentile_equals_numpy(values: list[int], percent: int) -> None:
    assert float(percentile(values, Fraction(percent, 100))) == pytest.approx(np.percentile(values, percent))


def test_chapman() -> None:
    size, variance = chapman(900, 900, 810)
    assert round(float(size), 2) == 999.99
    assert float(variance) == pytest.approx(901 * 901 * 90 * 90 / (811**2 * 812))
    with pytest.raises(InputError):
        chapman(10, 5, 6)


def test_longest_run() -> None:
    assert longest_run([]) == 0
    assert longest_run([True, True, False, True]) == 2
    assert longest_run([True, False, True, True], including=[True, False, False, False]) == 1
    with pytest.raises(InputError):
        longest_run([True], including=[])
