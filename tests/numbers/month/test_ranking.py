"""The monthly ranking against a recount: weights, order and classes computed a second time by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bihuan.loop.indicator_files import definitions
from bihuan.numbers.cube import Cube, CubeCell
from bihuan.numbers.periods import Cut, Month, PeriodError
from bihuan.numbers.ranking import MonthRanking, rank_month
from bihuan.rules.intervals import sidak_level, wilson
from tests.loop.district import book, registers

MONTH = Month.parse("2026-10")
STREETS = sorted(o.code for o in registers().organisations if o.kind == "street")
RATES = ("response_rate", "resolution_rate", "satisfaction_rate")


def made_up(month: Month, counts: dict[str, tuple[int, int, int, int]]) -> Cube:
    """A cube from {street: (n, responded, resolved, satisfied)}; volume is twice the call-backs."""
    cells = []
    for unit, (n, *good) in counts.items():
        cells += [CubeCell(i, "hotline", "", unit, "", "", k, n) for i, k in zip(RATES, good, strict=True)]
        cells.append(CubeCell("volume", "hotline", "", unit, "", "", 2 * n, 2 * n))
    known = definitions(month.first)
    return Cube(str(month), Cut(0, "2026-11-09T00:00:00Z", ""), known, dict.fromkeys(known, ""), tuple(cells))


def counts(shift: int) -> dict[str, tuple[int, int, int, int]]:
    """29 streets of differing size and quality, one of them far too small to rank."""
    found = {u: (60 + 17 * k, 55 + 16 * k, 40 + 12 * k + shift % (k + 1), 45 + 13 * k) for k, u in enumerate(STREETS)}
    return {**found, STREETS[3]: (9, 9, 9, 9)}


@pytest.fixture(scope="module")
def ranking() -> MonthRanking:
    return rank_month(made_up(MONTH, counts(5)), made_up(MONTH.previous, counts(0)), registers(), book())


def by_hand(shift: int) -> dict[str, Fraction]:
    """30 % response, 35 % resolution, 35 % satisfaction, in points out of 100; units of ten cases or more."""
    return {
        unit: Fraction(30 * a, n) + Fraction(35 * b, n) + Fraction(35 * c, n)
        for unit, (n, a, b, c) in counts(shift).items()
        if n >= 10
    }


def test_scores_and_ranks_equal_those_by_hand(ranking: MonthRanking) -> None:
    scores = by_hand(5)
    assert {line.unit: line.ranked.score for line in ranking.lines if line.ranked.rank} == scores
    for line in ranking.lines:
        if line.ranked.rank:
            assert line.ranked.rank == 1 + sum(s > scores[line.unit] for s in scores.values())
            assert line.ranked.rank_low <= line.ranked.rank <= line.ranked.rank_high  # type: ignore[operator]  # ranked
            assert line.score is not None
            assert line.score.total == round(scores[line.unit], 2)


def test_all_29_are_listed_and_the_tiny_one_first_in_points_is_not_ranked(ranking: MonthRanking) -> None:
    assert sorted(line.unit for line in ranking.lines) == STREETS
    assert len(STREETS) == 29
    last = ranking.lines[-1]
    assert (last.unit, last.ranked.rank, last.ranked.score) == (STREETS[3], None, None)
    assert not [c for c in last.classes if c.basis == "score"]


def test_rank_intervals_come_from_the_weighted_intervals_of_the_rates(ranking: MonthRanking) -> None:
    ranked = [line for line in ranking.lines if line.ranked.interval]
    assert len(ranked) == 28
    for line in ranked:
        n, *good = counts(5)[line.unit]
        ends = [wilson(k, n, sidak_level(0.95, 28)) for k in good]
        assert line.ranked.interval is not None
        assert line.ranked.interval.low == pytest.approx(30 * ends[0].low + 35 * ends[1].low + 35 * ends[2].low)
        assert line.ranked.interval.high == pytest.approx(30 * ends[0].high + 35 * ends[1].high + 35 * ends[2].high)


def test_the_four_classes_by_hand(ranking: MonthRanking) -> None:
    scores, before = by_hand(5), by_hand(0)
    change = {u: scores[u] - before[u] for u in scores}
    volume = {u: 2 * n for u, (n, *_) in counts(5).items()}

    def top(numbers: dict[str, Fraction] | dict[str, int], n: int, sign: int) -> set[str]:
        ordered = sorted(numbers, key=lambda u: sign * numbers[u], reverse=True)
        limit = sign * numbers[ordered[n - 1]]
        return {u for u in ordered if sign * numbers[u] >= limit}

    expected = {
        "advanced": top(scores, 10, 1),
        "progress": top(change, 5, 1),
        "rectify": top(scores, 5, -1),
        "governance": top(volume, 5, 1),
    }
    found = {c: {line.unit for line in ranking.lines if c in {k.class_id for k in line.classes}} for c in expected}
    assert found == expected


def test_close_scores_are_shown_as_not_distinguishable(ranking: MonthRanking) -> None:
    ranked = [line.ranked for line in ranking.lines if line.ranked.rank]
    assert any(line.like for line in ranked)
    assert any((line.rank_high or 0) - (line.rank_low or 0) > 3 for line in ranked)


def test_the_ranking_names_its_rules_and_holds_no_float(ranking: MonthRanking) -> None:
    told = ranking.to_json()
    assert told["rules"]["scorecard"]["id"] == "three_rates"
    assert told["rules"]["classes"]["verified"] is False

    def floats(value: object) -> bool:
        if isinstance(value, dict):
            return any(floats(v) for v in value.values())
        return any(floats(v) for v in value) if isinstance(value, list) else isinstance(value, float)

    assert not floats(told)


def test_without_a_month_before_there_is_no_progress_class() -> None:
    alone = rank_month(made_up(MONTH, counts(5)), None, registers(), book())
    assert not [line for line in alone.lines if any(c.class_id == "progress" for c in line.classes)]


def test_an_unknown_programme_is_refused_with_those_that_rank() -> None:
    with pytest.raises(PeriodError, match="known: hotline"):
        rank_month(replace(made_up(MONTH, counts(5))), None, registers(), book(), programme="nope")
