"""Finding the false closer: honest units are left alone, false ones found, mixtures of cases not mistaken for lies."""

import json

import numpy as np
import pytest
from scipy.stats import binom

from bihuan.rules.discrepancy import UnitAnswers, _tails, audit_units
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import wilson

pytestmark = pytest.mark.slow

UNITS = 29


def months(seed: int, runs: int, shares: np.ndarray, reached: np.ndarray) -> list[list[UnitAnswers]]:
    """Random months of call-back: `shares` and `reached` per unit."""
    rng = np.random.default_rng(seed)
    return [
        [
            UnitAnswers(f"u{n}", {"all": (int(x), int(m))})
            for n, (x, m) in enumerate(zip(rng.binomial(reached, shares), reached, strict=True))
        ]
        for _ in range(runs)
    ]


def test_a_false_closer_among_28_honest_units_is_found() -> None:
    answers = [UnitAnswers(f"u{n}", {"all": (10 + n % 5, 120)}) for n in range(28)] + [
        UnitAnswers("false", {"all": (36, 120)})
    ]
    audit = audit_units(answers)
    assert audit.flagged == ("false",)
    first = audit.findings[0]
    assert (first.unit, first.discrepant, first.reached) == ("false", 36, 120)
    assert first.expected == pytest.approx(12, abs=1)
    assert first.p_adjusted < 0.01
    said = json.loads(json.dumps(audit.to_json()))
    assert said["flagged"] == ["false"]
    assert said["findings"][0]["interval"]["low"] == f"{wilson(36, 120).low:.6f}"
    assert not audit.reference_in_doubt


@pytest.mark.parametrize(("share", "runs"), [(0.03, 40), (0.1, 40), (0.2, 40)])
def test_power_and_false_alarms(share: float, runs: int) -> None:
    """A quick form of benchmarks/callback_power.py, with room for chance."""
    honest = np.full(UNITS, share)
    reached = np.full(UNITS, 120)
    false_alarms = sum(bool(audit_units(month).flagged) for month in months(1, runs, honest, reached))
    assert false_alarms / runs <= 0.1
    honest[0] += 0.2
    found = sum("u0" in audit_units(month).flagged for month in months(2, runs, honest, reached))
    assert found / runs >= 0.75


def test_honest_units_that_differ_are_not_flagged_for_being_different() -> None:
    """With a true spread of 4 points, a test that knows only luck flags somebody nearly every month."""
    rng = np.random.default_rng(5)
    runs, reached = 40, np.full(UNITS, 400)
    ours = naive = 0
    for _ in range(runs):
        shares = np.clip(rng.normal(0.12, 0.04, UNITS), 0.01, 1)
        (month,) = months(int(rng.integers(10**6)), 1, shares, reached)
        ours += bool(audit_units(month).flagged)
        counts = np.array([one.discrepant for one in month])
        naive += bool((binom.sf(counts - 1, 400, counts.sum() / (400 * UNITS)) < 0.05 / UNITS).any())
    assert ours / runs <= 0.12
    assert naive / runs >= 0.5


def test_several_false_closers_do_not_hide_each_other() -> None:
    answers = [UnitAnswers(f"u{n}", {"all": (10 + n % 5, 120)}) for n in range(24)]
    answers += [UnitAnswers(f"false{n}", {"all": (40 + n, 120)}) for n in range(5)]
    assert set(audit_units(answers).flagged) == {f"false{n}" for n in range(5)}


def test_a_hard_mix_of_cases_is_no_lie() -> None:
    """One unit has mostly cases of a kind that everybody solves badly; another closes falsely among easy ones."""
    answers = [UnitAnswers(f"u{n}", {"easy": (4 + n % 3, 100), "hard": (8, 20)}) for n in range(27)]
    hard, false = (
        UnitAnswers("hard-mix", {"easy": (1, 20), "hard": (40, 100)}),
        UnitAnswers("false", {"easy": (24, 100), "hard": (9, 20)}),
    )
    audit = audit_units([*answers, hard, false])
    assert audit.flagged == ("false",)
    expected = {finding.unit: finding.expected for finding in audit.findings}
    assert expected["hard-mix"] == pytest.approx(41, abs=2)
    crude = [UnitAnswers(one.unit, {"all": (one.discrepant, one.reached)}) for one in [*answers, hard, false]]
    assert "hard-mix" in audit_units(crude).flagged


def test_the_order_of_units_and_strata_plays_no_part() -> None:
    answers = [UnitAnswers(f"u{n}", {"x": (n % 7, 60), "y": (n % 3, 30)}) for n in range(20)]
    turned = [UnitAnswers(one.unit, dict(reversed(one.strata.items()))) for one in reversed(answers)]
    one, two = audit_units(answers), audit_units(turned)
    p_values = {finding.unit: finding.p for finding in two.findings}
    assert all(finding.p == pytest.approx(p_values[finding.unit], rel=1e-9) for finding in one.findings)


def test_more_discrepancies_are_never_less_suspicious() -> None:
    def p_value(count: int) -> float:
        answers = [UnitAnswers(f"u{n}", {"all": (10 + n % 5, 120)}) for n in range(28)]
        audit = audit_units([*answers, UnitAnswers("x", {"all": (count, 120)})])
        return next(finding.p for finding in audit.findings if finding.unit == "x")

    found = [p_value(count) for count in range(0, 121, 8)]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(1, abs=0.01)


def test_units_nobody_of_whom_was_reached_stay_visible() -> None:
    answers = [UnitAnswers(f"u{n}", {"all": (3, 40)}) for n in range(10)]
    audit = audit_units([*answers, UnitAnswers("silent", {"all": (0, 0)})])
    assert audit.findings[-1].unit == "silent"
    assert audit.findings[-1].to_json()["interval"] is None
    assert audit.flagged == ()


def test_all_perfect_and_all_hopeless() -> None:
    assert audit_units([UnitAnswers(f"u{n}", {"all": (0, 50)}) for n in range(10)]).flagged == ()
    assert audit_units([UnitAnswers(f"u{n}", {"all": (50, 50)}) for n in range(10)]).flagged == ()


def test_too_few_units_or_impossible_counts_are_refused() -> None:
    with pytest.raises(InputError, match="7 units reached; 8 are needed"):
        audit_units([UnitAnswers(f"u{n}", {"all": (0, 5)}) for n in range(7)])
    with pytest.raises(InputError, match="appears twice"):
        audit_units([UnitAnswers("u", {"all": (0, 5)})] * 9)
    with pytest.raises(InputError, match="impossible"):
        UnitAnswers("u", {"all": (6, 5)})


def test_tails_of_several_strata_equal_scipy() -> None:
    """P(X1 + X2 ≥ k) for binomials of two strata, by summing over the first."""
    shares = np.array([[0.05, 0.2, 0.7], [0.3, 0.1, 0.9]])
    tails = _tails(np.array([30, 17]), shares)
    for column in range(3):
        for k in (0, 1, 5, 20, 47):
            first = binom.pmf(np.arange(31), 30, shares[0, column])
            by_hand = (first * binom.sf(k - 1 - np.arange(31), 17, shares[1, column])).sum()
            assert tails[column, k] == pytest.approx(by_hand, abs=1e-12)
