"""The estimators recover a planted effect, the gates refuse where none can be told."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bihuan.insight.effect import Design, EffectError, Panel, estimate
from bihuan.insight.effect.selection import chance_fall, find_rise

from .worlds import START, WEEKS, WINDOW, hot_places

pytestmark = pytest.mark.slow


def gate(answer, name):
    return next(g for g in answer.gates if g.name == name)


@pytest.mark.parametrize("effect", [0.0, 0.2])
@pytest.mark.parametrize("half", [True, False])
def test_a_planted_effect_is_recovered_on_average(half, effect):
    found = [estimate(hot_places(s, effect, half=half), Design(selection=WINDOW, permutations=199)) for s in range(30)]
    given = [f for f in found if f.fit]
    assert len(given) >= 27, "at most a tenth may be refused where nothing is wrong"
    assert {f.method for f in given} == {"randomised" if half else "controls"}
    assert np.mean([f.estimate for f in given]) == pytest.approx(-100 * effect, abs=3)
    covered = np.mean([f.interval[0] <= -100 * effect <= f.interval[1] for f in given])
    assert covered >= 0.8
    if effect:
        assert np.mean([f.fit.significant for f in given]) >= 0.8


def test_before_after_would_have_been_wrong_and_is_only_shown():
    answer = estimate(hot_places(1, 0.0), Design(selection=WINDOW))
    assert answer.naive is not None
    assert answer.naive < -5
    assert answer.interval[0] <= 0 <= answer.interval[1]


def test_an_undeclared_selection_window_is_found_and_dropped():
    answer = estimate(hot_places(2, 0.2, units=4000, hot=400), Design())
    found = gate(answer, "regression_to_mean")
    assert found.status == "dropped"
    assert found.value > 0.05
    assert -32 < answer.estimate < -8


def test_a_baseline_that_is_the_selection_is_refused_with_the_remedy():
    panel = hot_places(3, 0.0)
    two = Panel(
        panel.units,
        ("before", "after"),
        np.column_stack([panel.counts[:, list(WINDOW)].sum(axis=1), panel.counts[:, START : START + 4].sum(axis=1)]),
        np.where(panel.treated, 1, 2),
    )
    answer = estimate(two)
    assert answer.estimate is None
    assert answer.interval is None
    assert "--selection" in answer.refused["en"]
    assert "自然回落" in answer.refused["zh"]
    assert gate(answer, "regression_to_mean").status == "refused"
    body = answer.to_json()
    assert body["estimate"] is None
    assert body["events_saved"] is None
    assert estimate(two, Design(selection=())).fit is not None, "declared not to be chosen by counts: a number is given"


def test_a_broken_trend_is_refused():
    answer = estimate(hot_places(4, 0.0, drift=0.12), Design(selection=WINDOW))
    assert answer.estimate is None
    assert "refused" in {gate(answer, "pre_trend").status, gate(answer, "placebo_time").status}


def test_too_few_events_are_refused():
    panel = hot_places(5, 0.0, units=40, hot=10, half=True)
    answer = estimate(replace(panel, counts=np.minimum(panel.counts, 1) * (np.arange(WEEKS) % 7 == 0)))
    assert answer.refused is not None
    assert gate(answer, "events").status == "refused"


def test_a_draw_that_was_none_is_refused():
    """The 'hold-out' are cold places: no draw could give that."""
    panel = hot_places(6, 0.0)
    cold = np.argsort(panel.counts.sum(axis=1))[200:300]
    fake = np.zeros(len(panel.units), bool)
    fake[cold] = True
    answer = estimate(replace(panel, holdout=fake & ~panel.treated))
    assert answer.estimate is None
    assert gate(answer, "balance").status == "refused"


def test_an_effect_on_what_cannot_be_touched_is_refused():
    panel = hot_places(7, 0.3, half=True)
    rng = np.random.default_rng(0)
    honest = rng.poisson(5.0, panel.counts.shape).astype(float)
    assert estimate(replace(panel, placebo=honest), Design(selection=WINDOW)).fit is not None
    assert estimate(replace(panel, placebo=panel.counts * 1.0), Design(selection=WINDOW)).estimate is None


def test_same_seed_same_answer_and_json_is_plain():
    import json

    panel = hot_places(8, 0.2, half=True)
    first, second = estimate(panel, seed=5).to_json(), estimate(panel, seed=5).to_json()
    assert json.dumps(first) == json.dumps(second)
    assert first["interval"][0] < first["estimate"] < first["interval"][1]
    assert first["events_saved"]["low"] < first["events_saved"]["estimate"]


def test_exposure_makes_rates_of_counts():
    """Twice as many days after the start would double the counts without any effect."""
    panel = hot_places(9, 0.0, half=True)
    longer = np.where(np.arange(WEEKS) >= START, 2.0, 1.0) * np.ones((600, 1))
    rng = np.random.default_rng(1)
    grown = panel.counts + rng.poisson(panel.counts * (longer - 1))
    answer = estimate(replace(panel, counts=grown, exposure=longer), Design(method="controls", selection=WINDOW))
    assert -20 < answer.estimate < 25


def test_waves_that_start_at_different_times():
    panel = hot_places(10, 0.0)
    rng = np.random.default_rng(2)
    first = panel.treated_from.copy()
    first[np.flatnonzero(panel.treated)[::2]] = START + 3
    inside = first[:, None] <= np.arange(WEEKS)
    counts = np.where(inside, rng.binomial(panel.counts.astype(int), 0.7), panel.counts)
    answer = estimate(replace(panel, counts=counts, treated_from=first), Design(selection=WINDOW))
    assert answer.method == "controls"
    assert -40 < answer.estimate < -18


def test_one_site_synthetic_control_and_interrupted_series():
    rng = np.random.default_rng(3)
    weeks, start = 60, 45
    season = 1 + 0.3 * np.sin(np.arange(weeks) / 6)
    rates = rng.uniform(20, 60, 25)[:, None] * season
    counts = rng.poisson(rates).astype(float)
    counts[0, start:] = rng.binomial(counts[0, start:].astype(int), 0.6)
    first = np.full(25, weeks)
    first[0] = start
    panel = Panel(tuple(map(str, range(25))), tuple(map(str, range(weeks))), counts, first)
    answer = estimate(panel)
    assert answer.method == "synthetic"
    assert -50 < answer.estimate < -30
    assert answer.fit.detail["rank"] == 1
    alone = Panel(
        ("a",), panel.periods, rng.poisson(np.r_[np.full(45, 40.0), np.full(15, 28.0)])[None, :] * 1.0, first[:1]
    )
    series = estimate(alone)
    assert series.method == "interrupted"
    assert series.interval[0] < -30 < series.interval[1]
    assert gate(series, "interference").status == "caution"


def test_an_interrupted_series_rarely_sees_what_is_not_there():
    rng = np.random.default_rng(4)
    seen = 0
    for _ in range(60):
        shocks = np.zeros(40)
        for t in range(1, 40):
            shocks[t] = 0.4 * shocks[t - 1] + rng.normal(0, 0.1)
        counts = rng.poisson(30 * np.exp(shocks))[None, :].astype(float)
        fit = estimate(Panel(("a",), tuple(map(str, range(40))), counts, np.array([28]))).fit
        seen += fit is not None and fit.significant
    assert seen / 60 <= 0.15


def test_the_chance_of_falling_is_what_chance_gives():
    """With pure chance the chosen fall back to the mean; with lasting differences they stay."""
    rng = np.random.default_rng(5)
    alike = rng.poisson(10.0, (500, 4)).astype(float)
    top = alike.sum(axis=1) >= np.quantile(alike.sum(axis=1), 0.9)
    expected = math.log(40 / alike[top].sum(axis=1).mean())
    assert chance_fall(alike, top, ~top) == pytest.approx(expected, abs=0.08)
    lasting = rng.poisson(rng.gamma(2, 50, 500)[:, None] * np.ones(4)).astype(float)
    high = lasting.sum(axis=1) >= np.quantile(lasting.sum(axis=1), 0.9)
    assert chance_fall(lasting, high, ~high) > -0.02


def test_a_steady_share_is_no_rise():
    rng = np.random.default_rng(6)
    found = [find_rise(rng.poisson(200.0, 12) * 1.0, rng.poisson(800.0, 12) * 1.0, 12) for _ in range(300)]
    assert np.mean([f > 0 for f in found]) <= 0.05
    jump = np.r_[np.full(8, 200.0), np.full(4, 300.0)]
    assert find_rise(rng.poisson(jump) * 1.0, rng.poisson(800.0, 12) * 1.0, 12) == 4


def test_what_cannot_be_compared_is_said():
    panel = hot_places(11, 0.0)
    nobody = replace(panel, treated_from=np.full(600, WEEKS))
    with pytest.raises(EffectError, match="no unit is treated"):
        estimate(nobody)
    with pytest.raises(EffectError, match="first period on"):
        estimate(replace(panel, treated_from=np.where(panel.treated, 0, WEEKS)))
    with pytest.raises(EffectError, match="randomised"):
        estimate(panel, Design(method="randomised"))
