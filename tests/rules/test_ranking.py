"""Ranking: official ranks, simultaneous rank intervals, pairwise comparison, classes cut by a dated document."""

import datetime as dt
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.problems import DeclarationError
from bihuan.rules.book import RuleBook, read_editions
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import Interval, wilson
from bihuan.rules.ranking import Ranked, ScorePart, UnitStanding, compare_rates, rank
from bihuan.rules.rates import Rate

DAY = dt.date(2026, 11, 23)


def rate(numerator: int, denominator: int, min_n: int = 1) -> Rate:
    return Rate("solved", "1", numerator, denominator, min_n=min_n)


def by_unit(lines: tuple[Ranked, ...]) -> dict[str, Ranked]:
    return {line.unit: line for line in lines}


def test_equal_scores_share_a_rank_and_the_next_skips() -> None:
    lines = rank([UnitStanding.of_rate(unit, rate(n, 100)) for unit, n in (("a", 80), ("b", 90), ("c", 90), ("d", 70))])
    assert [(line.unit, line.rank) for line in lines] == [("b", 1), ("c", 1), ("a", 3), ("d", 4)]


def test_one_case_of_one_leads_officially_but_could_be_anywhere() -> None:
    lines = by_unit(
        rank(
            [
                UnitStanding.of_rate("lucky", rate(1, 1)),
                *(UnitStanding.of_rate(f"u{n}", rate(900 - n, 1000)) for n in range(9)),
            ]
        )
    )
    assert (lines["lucky"].rank, lines["lucky"].rank_low, lines["lucky"].rank_high) == (1, 1, 10)
    assert len(lines["lucky"].like) == 9


def test_too_few_cases_are_listed_but_not_ranked() -> None:
    lines = rank(
        [UnitStanding.of_rate("few", rate(4, 4, min_n=30)), UnitStanding.of_rate("many", rate(50, 100, min_n=30))]
    )
    assert [(line.unit, line.rank, line.rank_high) for line in lines] == [("many", 1, 1), ("few", None, None)]
    assert lines[1].to_json()["score"] is None


def test_rank_bounds_count_units_surely_above_and_below() -> None:
    """Klein, Wright & Wieczorek by hand: three clear levels of two units each."""
    standings = [
        UnitStanding.of_estimate(f"{level}{n}", Fraction(level * 10 + n), 1.0) for level in (1, 2, 3) for n in (0, 1)
    ]
    lines = by_unit(rank(standings))
    assert [(lines[u].rank, lines[u].rank_low, lines[u].rank_high) for u in ("31", "30", "21", "10")] == [
        (1, 1, 2),
        (2, 1, 2),
        (3, 3, 4),
        (6, 5, 6),
    ]
    assert lines["31"].like == ("30",)
    assert lines["31"].interval is not None
    spread = (lines["31"].interval.high - lines["31"].interval.low) / 2
    assert spread == pytest.approx(2.631, abs=1e-3)  # Šidák for six at 95 %


def test_lower_can_be_better_and_groups_are_kept_apart() -> None:
    standings = [
        UnitStanding.of_estimate("a", Fraction(1), 0.01, "inner"),
        UnitStanding.of_estimate("b", Fraction(2), 0.01, "inner"),
        UnitStanding.of_estimate("c", Fraction(0), 0.01, "outer"),
    ]
    assert [(line.unit, line.rank) for line in rank(standings, higher_is_better=False)] == [
        ("a", 1),
        ("b", 2),
        ("c", 1),
    ]
    with pytest.raises(InputError, match="a appear more than once"):
        rank([standings[0], standings[0]])
    with pytest.raises(InputError, match="adjustment"):
        rank(standings, adjustment="none")


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=12))
def test_the_rank_lies_within_its_interval_and_overlap_is_mutual(counts: list[tuple[int, int]]) -> None:
    standings = [UnitStanding.of_rate(str(n), rate(min(x, m), m)) for n, (x, m) in enumerate(counts)]
    lines = by_unit(rank(standings))
    for line in lines.values():
        assert line.rank_low is not None
        assert line.rank is not None
        assert line.rank_high is not None
        assert 1 <= line.rank_low <= line.rank <= line.rank_high <= len(counts)
        assert all(line.unit in lines[peer].like for peer in line.like)
        assert line.rank_high - line.rank_low <= len(line.like)


def test_rank_intervals_hold_all_true_ranks_together() -> None:
    """In at least 95 % of months all 29 intervals hold at once (the method is conservative)."""
    rng = np.random.default_rng(3)
    truth = np.linspace(0.6, 0.95, 29)
    held, runs = 0, 200
    for _ in range(runs):
        solved = rng.binomial(150, truth)
        lines = by_unit(rank([UnitStanding.of_rate(str(n), rate(int(x), 150)) for n, x in enumerate(solved)]))
        held += all(lines[str(n)].rank_low <= 29 - n <= lines[str(n)].rank_high for n in range(29))  # type: ignore[operator]  # all units are ranked
    assert held / runs >= 0.95


def test_composite_interval_is_the_weighted_sum() -> None:
    one, two = rate(90, 100), rate(60, 100)
    standing = UnitStanding.of_parts("a", [ScorePart(one, Fraction(30)), ScorePart(two, Fraction(70))])
    assert standing.score == 27 + 42
    assert standing.interval is not None
    interval = standing.interval(0.95)
    assert interval.low == pytest.approx(30 * wilson(90, 100).low + 70 * wilson(60, 100).low)
    assert interval.high == pytest.approx(30 * wilson(90, 100).high + 70 * wilson(60, 100).high)
    assert UnitStanding.of_parts("b", [ScorePart(one, Fraction(30)), ScorePart(rate(0, 0), Fraction(70))]).score is None


def test_pairwise_comparison() -> None:
    clear = compare_rates("a", rate(90, 100), "b", rate(60, 100))
    assert clear.distinguishable
    assert clear.difference == Fraction(3, 10)
    assert json.loads(json.dumps(clear.to_json()))["percent_points"] == "30.00"
    assert not compare_rates("a", rate(9, 10), "b", rate(8, 10)).distinguishable
    with pytest.raises(InputError, match="b has no cases"):
        compare_rates("a", rate(1, 2), "b", rate(0, 0))
    with pytest.raises(InputError, match="cannot be compared"):
        compare_rates("a", rate(1, 2), "b", Rate("other", "1", 1, 2))


def month(scores: dict[str, float], error: float = 0.1) -> tuple[Ranked, ...]:
    return rank(
        [UnitStanding.of_estimate(unit, Fraction(score).limit_denominator(), error) for unit, score in scores.items()]
    )


def test_classes_of_29_units(book: RuleBook) -> None:
    classes = book.classes("hotline.rank-classes", DAY, "110108")
    assert classes.bases == ("change", "volume")
    units = [f"u{n:02}" for n in range(29)]
    ranked = month({unit: 100 - n for n, unit in enumerate(units)}, error=0.01)
    change = {unit: Fraction(n == 12) for n, unit in enumerate(units)}
    volume = {unit: Fraction(n) for n, unit in enumerate(units)}
    found = classes.assign(ranked, {"change": change, "volume": volume})
    named = {line.unit: (line.class_id, line.certain) for line in found}
    assert [unit for unit, (name, _) in named.items() if name == "advanced"] == units[:10]
    assert sorted(unit for unit, (name, _) in named.items() if name == "rectification") == units[19:]
    assert named["u12"] == ("progress", None)
    assert named["u00"] == ("advanced", True)
    # Two of 29 by volume are already in 整改; a unit gets one class only.
    assert "governance" not in {name for name, _ in named.values()}
    with pytest.raises(InputError, match="basis 'change'"):
        classes.assign(ranked)


def test_ties_at_the_cut_are_all_taken_and_straddling_units_are_not_certain(book: RuleBook) -> None:
    classes = book.classes("hotline.rank-classes", DAY, "110108")
    ranked = month({f"u{n:02}": 100 - max(9, n) + (n < 9) * n for n in range(29)}, error=5)
    everyone = {line.unit: Fraction(0) for line in ranked}
    found = classes.assign(ranked, {"change": everyone, "volume": everyone})
    assert not any(line.certain for line in found if line.class_id == "advanced")
    tied = month({f"u{n:02}": 50 if n >= 9 else 60 for n in range(29)})
    taken = {line.unit for line in classes.assign(tied, {"change": everyone, "volume": everyone})}
    assert len(taken) == 29


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("{id: a, name: {zh: 甲, en: A}, basis: score, end: highest}", "either a count or a share"),
        ("{id: a, name: {zh: 甲, en: A}, basis: score, end: top, count: 3}", "'top' is not one of"),
        ("{id: a, name: {zh: 甲, en: A}, basis: score, end: lowest, count: 0}", "take nobody"),
        ("{id: a, name: {zh: 甲}, basis: score, end: lowest, count: 1}", "'en' is missing"),
    ],
)
def test_faulty_classes_are_named(row: str, rule: str) -> None:
    head = (
        "classes: c\nedition: '1'\nname: {zh: 类, en: Classes}\nsource: s\ncitation: c\nverified: false\n"
        "jurisdiction: '*'\neffective_from: 2020-01-01\nexclusive: true\n"
    )
    with pytest.raises(DeclarationError) as caught:
        read_editions("c.yaml", f"{head}rows: [{row}]")
    assert rule in str(caught.value)


def test_intervals_that_touch_overlap() -> None:
    assert Interval(0, 1, "m", 0.95).overlaps(Interval(1, 2, "m", 0.95))
    assert not Interval(0, 1, "m", 0.95).overlaps(Interval(1.1, 2, "m", 0.95))
