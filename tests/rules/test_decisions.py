"""Decision tables: published vectors, hit policies, completeness proofs, boundary cases derived from the table."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.problems import DeclarationError
from bihuan.rules.book import RuleBook, read_editions
from bihuan.rules.boundaries import boundary_cases
from bihuan.rules.decisions import DecisionTable
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.estimates import longest_run

DAY = dt.date(2026, 11, 23)

HEAD = """decision: d
edition: "1"
name: {zh: 判定, en: Decision}
source: s
citation: c
verified: true
jurisdiction: "*"
effective_from: 2020-01-01
inputs:
  - {name: x, kind: number}
  - {name: c, kind: code, optional: true}
outputs: [{name: y, kind: integer}]
"""


def decision(rest: str) -> DecisionTable:
    return RuleBook(read_editions("d.yaml", HEAD + rest)).decision("d", DAY)


def problems(rest: str) -> str:
    with pytest.raises(DeclarationError) as caught:
        decision(rest)
    return str(caught.value)


def warning(book: RuleBook, days: Sequence[int]) -> object:
    level4, level5, level6 = ([aqi > limit for aqi in days] for limit in (150, 200, 300))
    return (
        book.decision("air.heavy-pollution-warning", DAY, "110108")
        .decide(
            days_level_4=longest_run(level4),
            days_level_5=longest_run(level5),
            days_level_5_with_6=longest_run(level5, including=level6),
        )
        .value
    )


@pytest.mark.parametrize(
    ("days", "level"),
    [
        ([201], "yellow"),
        ([151, 151], "yellow"),
        ([151], "none"),
        ([200, 200], "yellow"),
        ([201, 201], "orange"),
        ([151, 160, 170], "orange"),
        ([201, 201, 201], "orange"),
        ([201, 301, 201], "red"),
        ([301, 100, 301, 301], "orange"),
    ],
)
def test_heavy_pollution_warning(book: RuleBook, days: list[int], level: str) -> None:
    assert warning(book, days) == level


@pytest.mark.parametrize(
    ("transparency", "oxygen", "ammonia", "depth", "bottom", "grade"),
    [
        (30, 5, 5, 50, False, "none"),
        (15, 1, 10, 50, False, "light"),
        (30, "0.1", 5, 50, False, "heavy"),
        (30, "2.0", 5, 50, False, "none"),
        (30, "0.2", 5, 50, False, "light"),
        (30, 5, 8, 50, False, "none"),
        (30, 5, 15, 50, False, "light"),
        (7, 5, 5, 20, False, "heavy"),
        (8, 5, 5, 20, False, "light"),
        (20, 5, 5, 20, True, "none"),
    ],
)
def test_black_odour(
    book: RuleBook, transparency: int, oxygen: object, ammonia: int, depth: int, bottom: bool, grade: str
) -> None:
    answer = book.decision("water.black-odour", DAY, "110108").decide(
        depth=depth,
        transparency=transparency,
        transparency_share=min(Decimal(100), Decimal(100 * transparency) / depth),
        bottom_visible=bottom,
        oxygen=oxygen,
        ammonia=ammonia,
    )
    assert answer.value == grade
    assert answer.to_json()["citation"] == "城市黑臭水体整治工作指南 表2"


def test_every_boundary_case_answers_as_declared(book: RuleBook) -> None:
    for name, place in (("air.heavy-pollution-warning", "11"), ("water.black-odour", "*")):
        table = book.decision(name, DAY, place)
        cases = 0
        for case in boundary_cases(table):
            assert (table.decide(**case.given).row.number,) == case.rows
            cases += 1
        assert cases > 30, name


def test_boundary_cases_stand_at_and_beside_every_end(book: RuleBook) -> None:
    table = book.decision("water.black-odour", DAY)
    seen = {case.given["oxygen"] for case in boundary_cases(table)}
    assert {Decimal("0.2"), Decimal(2), None} <= seen
    assert any(value is not None and Decimal(0) < value < Decimal("0.2") for value in seen)


def test_too_many_boundary_cases_are_refused(book: RuleBook) -> None:
    with pytest.raises(InputError, match="split the table"):
        list(boundary_cases(book.decision("water.black-odour", DAY), limit=10))


def test_missing_values_only_meet_cells_that_say_so() -> None:
    table = decision(
        "hit: first\nrows:\n"
        "  - {when: {c: missing}, then: {y: 1}}\n"
        "  - {when: {c: {not: [p]}, x: ['(-inf, 0)', 7]}, then: {y: 2}}\n"
        "  - {then: {y: 3}}\n"
    )
    assert table.decide(x=-1).value == 1
    assert table.decide(x=-1, c="q").value == 2
    assert table.decide(x=7, c="q").value == 2
    assert table.decide(x=-1, c="p").value == 3
    with pytest.raises(InputError, match="missing input x"):
        table.decide(c="p")
    with pytest.raises(InputError, match="call decide"):
        table.collect(x=1)


def test_collect_gives_all_that_fit_in_order() -> None:
    table = decision(
        "hit: collect\nrows:\n"
        "  - {when: {x: '[0, inf)'}, then: {y: 1}}\n"
        "  - {when: {x: '[10, inf)'}, then: {y: 2}}\n"
        "  - {when: {c: [p, q]}, then: {y: 3}}\n"
    )
    assert [answer.value for answer in table.collect(x=10, c="q")] == [1, 2, 3]
    assert table.collect(x=-1) == ()
    with pytest.raises(InputError, match="call collect"):
        table.decide(x=1)


def test_a_declared_gap_is_an_error_only_when_asked() -> None:
    table = decision(
        "hit: unique\ngaps: nothing is said below zero\nrows:\n  - {when: {x: '[0, inf)'}, then: {y: 1}}\n"
    )
    assert table.decide(x=0).value == 1
    with pytest.raises(NoRuleError, match="nothing is said below zero"):
        table.decide(x=-1)


@pytest.mark.parametrize(
    ("rest", "rule"),
    [
        (
            "hit: unique\nrows: [{when: {x: '[0, 5]'}, then: {y: 1}}, {when: {x: '[5, 9]'}, then: {y: 2}}]",
            "Rows 1 and 2 both answer x=5",
        ),
        ("hit: unique\nrows: [{when: {x: '[0, inf)'}, then: {y: 1}}]", "No row answers x=-1, c=unlisted: a gap"),
        ("hit: first\nrows: [{then: {y: 1}}, {when: {x: 3}, then: {y: 2}}]", "Row 2 can never answer"),
        ("hit: any\nrows: [{then: {y: 1}}]", "'any' is not one of the allowed words"),
        ("hit: first\nrows: [{when: {z: 3}, then: {y: 1}}]", "'z' is not a known field"),
        ("hit: first\nrows: [{when: {x: missing}, then: {y: 1}}]", "'x' can never be missing"),
        ("hit: first\nrows: [{when: {x: {not: [3]}}, then: {y: 1}}]", "'not' fits codes only"),
        ("hit: first\nrows: [{when: {x: 3}}]", "'then' is missing"),
        ("hit: first\nrows: []", "The decision has no row"),
    ],
)
def test_faulty_decisions_are_named(rest: str, rule: str) -> None:
    assert rule in problems(rest)


cells = st.sampled_from(["'(-inf, 0)'", "'[0, 3]'", "'(3, 5)'", "'[5, inf)'", "'(-inf, inf)'", None])
words = st.sampled_from(["p", "[p, q]", "{not: [p]}", "missing", None])


@given(st.lists(st.tuples(cells, words), min_size=1, max_size=5))
def test_the_proof_of_completeness_agrees_with_trying_everything(rows: list[tuple[str | None, str | None]]) -> None:
    """Overlaps and gaps are reported exactly when a brute-force search over all distinct inputs finds them."""
    lines = []
    for number, (x, c) in enumerate(rows):
        when = ", ".join(f"{name}: {cell}" for name, cell in (("x", x), ("c", c)) if cell)
        lines.append(f"  - {{when: {{{when}}}, then: {{y: {number}}}}}" if when else f"  - {{then: {{y: {number}}}}}")
    text = "hit: unique\nrows:\n" + "\n".join(lines) + "\n"

    def fits(row: tuple[str | None, str | None], given: Mapping[str, object]) -> bool:
        x, c = row
        value = Decimal(str(given["x"]))
        inside = {
            "'(-inf, 0)'": value < 0,
            "'[0, 3]'": 0 <= value <= 3,
            "'(3, 5)'": 3 < value < 5,
            "'[5, inf)'": value >= 5,
        }
        word = given["c"]
        among = {"p": word == "p", "[p, q]": word in ("p", "q"), "{not: [p]}": word not in ("p", None)}
        among["missing"] = word is None
        return inside.get(x or "", True) and among.get(c or "", True)

    counts = [
        sum(fits(row, {"x": x, "c": c}) for row in rows)
        for x, c in product([-1, 0, 2, 3, 4, 5, 9], ["p", "q", "other", None])
    ]
    if set(counts) == {1}:
        assert all(len(case.rows) == 1 for case in boundary_cases(decision(text)))
    else:
        told = problems(text)
        assert ("a gap" in told) == (0 in counts)
        assert ("an overlap" in told) == any(count > 1 for count in counts)
