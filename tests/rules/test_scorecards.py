"""Scorecards: golden vectors, every method's edge, vetoes, too little evidence, and faulty cards."""

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.problems import DeclarationError
from bihuan.rules.book import RuleBook, read_editions
from bihuan.rules.errors import InputError
from bihuan.rules.rates import Rate
from bihuan.rules.scorecard_methods import Deduction
from bihuan.rules.scorecards import CardScore, Scorecard

DAY = dt.date(2026, 11, 23)
CARDS = RuleBook.from_files(Path(__file__).parent / "tables" / "scorecards.yaml")


@pytest.mark.parametrize(
    ("load", "points"),
    [(0, "100"), (10, "100"), (25, "75"), (40, "50"), ("69.9", "0.167"), (70, "0"), (500, "0")],
)
def test_road_dust(book: RuleBook, load: object, points: str) -> None:
    assert book.scorecard("road-dust", DAY, "110108").score({"dust": load}).total == Decimal(points)  # type: ignore[dict-item]  # the table of cases mixes int and text


@pytest.mark.parametrize(("count", "points"), [(0, "2"), (1, "1.5"), (3, "0.5"), (4, "0"), (9, "0")])
def test_capped_deduction(book: RuleBook, count: int, points: str) -> None:
    card = book.scorecard("two-point-item", DAY)
    score = card.score({"findings": [Deduction("finding", count, "case-7")] if count else []})
    assert score.total == Decimal(points)
    assert score.items[0].mark.refs == (("case-7",) if count else ())
    if count == 9:
        assert score.items[0].mark.reason["en"] == "Findings: finding × 9; 4.5 points due, 2 taken off (capped)"
        assert "已达上限" in score.items[0].mark.reason["zh"]


def test_a_veto_by_code(book: RuleBook) -> None:
    score = book.scorecard("two-point-item", DAY).score({"findings": [Deduction("fatal")]})
    assert (score.total, score.vetoed_by) == (0, ("findings",))
    assert score.items[0].points == 1


@pytest.mark.parametrize(
    ("raw", "total", "grade"),
    [
        ("89.5", 90, "优"),
        ("89.49", 89, "良"),
        ("88.5", 88, "良"),
        ("79.5", 80, "良"),
        ("59.5", 60, "中"),
        ("59.4", 59, "差"),
    ],
)
def test_grades_of_decimals_follow_the_declared_rounding(book: RuleBook, raw: str, total: int, grade: str) -> None:
    rest = Decimal(raw) - 40
    parts = {"decision": 20, "process": 20, "output": min(rest, Decimal(30)), "benefit": max(Decimal(0), rest - 30)}
    score = book.scorecard("budget-performance", DAY).score(parts)
    assert score.grade is not None
    assert (score.exact, score.total, score.grade.name["zh"]) == (Fraction(raw), total, grade)


def month(book: RuleBook, **found: list[Deduction]) -> CardScore:
    evidence = {"hotline": [], "sensing": [], "supervision": [], "enforcement": []} | found
    return book.scorecard("street-scene", DAY, "110108").score(evidence)


def test_a_thousand_point_month(book: RuleBook) -> None:
    assert month(book).total == 1000
    score = month(
        book,
        hotline=[Deduction("unsolved", 21, "c1"), Deduction("late", 5, "c2")],
        sensing=[Deduction("confirmed_hit", 120, "img")],
        supervision=[Deduction("problem", 4, "p1"), Deduction("problem", 2, "p2")],
        enforcement=[Deduction("not_enforced", 30)],
    )
    # 400 − 44.5; 300 − 150 (capped, 180 due); 200 − 18; 100 − 100 (150 due).
    assert [item.points for item in score.items] == [Fraction("355.5"), 150, 182, 0]
    assert score.total == Decimal("687.5")
    assert score.sections == {"complaints": Fraction("355.5"), "sensing": 150, "inspection": 182}
    assert score.items[2].mark.refs == ("p1", "p2")


@given(st.lists(st.sampled_from(["unsolved", "late"]), max_size=300))
def test_a_month_recomputes_from_its_records_in_any_order(codes: list[str]) -> None:
    one = month(CARDS, hotline=[Deduction(code) for code in codes])
    two = month(CARDS, hotline=[Deduction(code, codes.count(code)) for code in sorted(set(codes))])
    due = Decimal(2) * codes.count("unsolved") + Decimal("0.5") * codes.count("late")
    assert one.total == two.total == 1000 - min(Decimal(400), due)


def mixed(book: RuleBook, level: object = 95, solved: Rate | None = None, survey: object = (4, 5, 5)) -> CardScore:
    rate = solved or Rate("solved", "1", 40, 50, {"not solvable": 5})
    return book.scorecard("mixed", DAY).score({"level": level, "solved": rate, "survey": survey})  # type: ignore[dict-item]  # wrong kinds are passed on purpose


def test_every_method_explains_itself(book: RuleBook) -> None:
    score = mixed(book)
    # 40 + (0.8 − 0.5)/0.4 × 100 × 0.4 = 30 + 20 × (5 − 1)/4 = 20.
    assert (score.total, score.exact) == (Decimal("90.00"), 90)
    assert [item.mark.reason["en"] for item in score.items] == [
        "95 lies in [90, 100]: 40 points",
        "40/50 = 80.00 %, 5 excluded: 75.0000 points",
        "Median of 3 answers 5.00: 20.0000 points",
    ]
    said = json.dumps(score.to_json(), ensure_ascii=False)
    assert "剔除 5 件" in said
    assert "." not in str(json.loads(said)["items"][1]["max"])


@pytest.mark.parametrize(("level", "points"), [(0, 0), ("59.5", 25), ("59.4", 0), (60, 25), ("89.5", 40), (100, 40)])
def test_bands_round_first(book: RuleBook, level: object, points: int) -> None:
    assert mixed(book, level=level).items[0].points == points


@pytest.mark.parametrize(("numerator", "points"), [(20, 0), (25, 0), (45, 100), (50, 100), (35, 50)])
def test_ratio_between_its_ends(book: RuleBook, numerator: int, points: int) -> None:
    assert mixed(book, solved=Rate("solved", "1", numerator, 50)).items[1].points == points


def test_a_veto_caps_the_total(book: RuleBook) -> None:
    score = mixed(book, solved=Rate("solved", "1", 14, 50))
    assert (score.total, score.vetoed_by) == (Decimal("30.00"), ("solved",))
    assert mixed(book, solved=Rate("solved", "1", 15, 50)).vetoed_by == ()


def test_too_few_cases_leave_the_item_out_and_scale_the_rest(book: RuleBook) -> None:
    score = mixed(book, level=60, solved=Rate("solved", "1", 1, 9))
    assert (score.left_out, score.scaled) == (("solved",), True)
    assert score.exact == Fraction(45, 60) * 100
    assert "left out of the total" in score.items[1].mark.reason["en"]


def test_too_few_answers_can_mean_full_marks(book: RuleBook) -> None:
    score = mixed(book, survey=[1, 1])
    assert score.items[2].points == 20
    assert "20.00 points as the card declares" in score.items[2].mark.reason["en"]
    assert not score.scaled


def test_three_rates_composite(book: RuleBook) -> None:
    rates = {
        "response": Rate("response", "1", 98, 100),
        "solved": Rate("solved", "1", 85, 95),
        "satisfied": Rate("satisfied", "1", 90, 100),
    }
    score = book.scorecard("hotline.three-rates", DAY).score(rates)
    exact = Fraction(98, 100) * 30 + Fraction(85, 95) * 35 + Fraction(90, 100) * 35
    assert score.exact == exact
    assert score.total == Decimal("92.22")


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ({"level": 1, "solved": None}, "items missing: \\['survey'\\]"),
        ({"level": 0.5, "solved": None, "survey": None}, "never a float"),
        ({"level": None, "solved": None, "survey": None}, "does not say what then"),
        ({"level": 1, "solved": "0.8", "survey": None}, "give a Rate"),
        ({"level": 1, "solved": None, "survey": [6]}, "outside the scale"),
        ({"level": 101, "solved": None, "survey": None}, "no band holds 101"),
    ],
)
def test_bad_evidence_is_told_why(book: RuleBook, evidence: dict[str, object], message: str) -> None:
    card: Scorecard = book.scorecard("mixed", DAY)
    with pytest.raises(InputError, match=message):
        card.score(evidence)  # type: ignore[arg-type]  # wrong kinds are passed on purpose


@pytest.mark.parametrize("wrong", [[Deduction("typo")], "3", [3], [Deduction("finding", -1)], 3])
def test_bad_deductions_are_refused(book: RuleBook, wrong: object) -> None:
    with pytest.raises(InputError, match="findings"):
        book.scorecard("two-point-item", DAY).score({"findings": wrong})  # type: ignore[dict-item]  # as above


HEAD = """scorecard: s
edition: "1"
name: {zh: 卡, en: Card}
source: s
citation: c
verified: false
jurisdiction: "*"
effective_from: 2020-01-01
total: 10
rounding: {method: half_even, digits: 0}
"""
ITEM = "{id: a, name: {zh: 甲, en: A}, max: 10, method: "


@pytest.mark.parametrize(
    ("rest", "rule"),
    [
        (f"items: [{ITEM}capped_deduction, points: {{}}}}]", "nothing to deduct"),
        (f"items: [{ITEM}capped_deduction, points: {{x: 1}}, cap: 11}}]", "cap of 11"),
        (f"items: [{ITEM}capped_deduction, points: {{x: -1}}}}]", "is no deduction"),
        (f"items: [{ITEM}capped_deduction, points: {{x: 1}}, weight: 2}}]", "Σ max × weight is 20"),
        (f"items: [{ITEM}ratio_with_exclusions}}]", "too few cases"),
        (f"items: [{ITEM}median_of_survey, too_few: full, scale: [5, 1]}}]", "no two ends"),
        (f"items: [{ITEM}piecewise_linear, corners: [[5, 0], [5, 10]]}}]", "does not lie above"),
        (f"items: [{ITEM}piecewise_linear, corners: [[5, 0], [6, 11]]}}]", "outside 0–10"),
        (
            f"items: [{ITEM}band, bands: [{{bounds: '[0, 5)', points: 1}}, {{bounds: '(5, 9]', points: 2}}]}}]",
            "Nothing holds 5, between [0, 5) and (5, 9]: a gap",
        ),
        (
            f"items: [{ITEM}band, bands: [{{bounds: '[0, 5]', points: 1}}, {{bounds: '[5, 9]', points: 2}}]}}]",
            "overlaps or precedes",
        ),
        (f"items: [{ITEM}magic}}]", "'magic' is not one of the allowed words"),
        (f"items: [{ITEM}capped_deduction, points: {{x: 1}}, veto: {{codes: [y], total: 0}}}}]", "Veto codes y"),
        (f"items: [{ITEM}capped_deduction, points: {{x: 1}}, veto: {{total: 0}}}}]", "never strikes"),
        (f"items: [{ITEM}capped_deduction, points: {{x: 1}}, section: z}}]", "Section 'z' is not declared"),
        (
            f"sections: {{z: 9}}\nitems: [{ITEM}capped_deduction, points: {{x: 1}}, section: z}}]",
            "Section 'z' is 9, its items are worth 10",
        ),
        (
            "grades: [{code: g, name: {zh: 好, en: Good}, bounds: '[5, 10]'}]\n"
            f"items: [{ITEM}capped_deduction, points: {{x: 1}}}}]",
            "No grade holds a total of 0",
        ),
    ],
)
def test_faulty_cards_are_named(rest: str, rule: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        read_editions("s.yaml", HEAD + rest)
    assert rule in str(caught.value)
