"""Terms of two sides and proofs that expire: counted by hand, and by properties."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.book import RuleBook
from bihuan.rules.errors import InputError
from bihuan.rules.terms import UNITS, Term, end_term, proof_state, term_of

TERMS = st.builds(
    Term, amount=st.integers(0, 400), unit=st.sampled_from(UNITS[:3]), citizen=st.booleans(), moves=st.booleans(),
    warn=st.integers(0, 40),
)  # fmt: skip
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))
TABLE = """
table: toy.remedy
edition: "2024"
name: {zh: 救济期限, en: Remedies}
source: a test
citation: article 9
verified: false
jurisdiction: "*"
effective_from: 2000-01-01
inputs:
  - {name: way, kind: code, values: [court, review]}
outputs:
  - {name: months, kind: integer}
  - {name: citizen, kind: flag}
  - {name: moves, kind: flag}
  - {name: warn, kind: integer, unit: day}
rows:
  - {way: court, months: 6, citizen: true, moves: true, warn: 14}
  - {way: review, months: 2, citizen: true, moves: true, warn: 7}
"""


def weekday(day: date) -> bool:
    return day.weekday() < 5


def test_a_row_of_any_table_says_a_term(tmp_path: Path) -> None:
    (tmp_path / "remedy.yaml").write_text(TABLE, encoding="utf-8")
    row = RuleBook.from_folder(tmp_path).lookup("toy.remedy", date(2026, 3, 31), "*", way="court")
    term = term_of(row)
    assert (term.amount, term.unit, term.citizen, term.citation, term.edition) == (
        6,
        "months",
        True,
        "article 9",
        "2024",
    )
    ending = end_term(term, date(2026, 3, 31), weekday)
    assert ending.counted == date(2026, 9, 30), "a month without that day ends on its last one"
    assert ending.last == date(2026, 9, 30)
    assert ending.told()["zh"] == "6个月内，至2026-09-30止"
    assert ending.told()["en"] == "within 6 months, until 2026-09-30"
    assert ending.to_json()["warn_on"] == "2026-09-16"


def test_petitions_are_such_a_table() -> None:
    row = method_rules().lookup("petition.term", date(2025, 9, 1), "*", clock="ask_review", extended=False)
    assert term_of(row).citizen
    assert term_of(row).amount == 30


def test_a_last_day_off_rolls_over_and_the_letter_says_so() -> None:
    ending = end_term(Term(60, citizen=True, moves=True), date(2026, 3, 4), weekday)
    assert (ending.counted, ending.last) == (date(2026, 5, 3), date(2026, 5, 4)), "a Sunday, then Monday"
    assert "顺延" in ending.told()["zh"]
    assert "moved" in ending.told()["en"]
    assert end_term(Term(60, citizen=True), date(2026, 3, 4), weekday).last == date(2026, 5, 3)


def test_an_authority_is_overdue_and_a_citizen_has_lapsed() -> None:
    begun, after = date(2026, 3, 2), date(2026, 5, 2)
    authority, citizen = (end_term(Term(30, citizen=side), begun, weekday) for side in (False, True))
    assert authority.standing(None, after) == "overdue"
    assert citizen.standing(None, after) == "lapsed"
    assert citizen.standing(citizen.last, after) == "in_time", "the last day is in time"
    assert citizen.standing(citizen.last + timedelta(days=1), after) == "late"
    assert citizen.standing(after, begun) == "running", "what happened later is not known"
    assert citizen.standing(None, begun - timedelta(days=1)) == "not_started"


def test_working_days_do_not_count_days_off() -> None:
    assert end_term(Term(5, "working_days"), date(2026, 3, 5), weekday).last == date(2026, 3, 12)
    assert end_term(Term(1, "years"), date(2024, 2, 29), weekday).last == date(2025, 2, 28)


@given(TERMS, DAYS)
def test_a_term_ends_on_or_after_what_was_counted_and_warns_within_it(term: Term, begun: date) -> None:
    ending = end_term(term, begun, weekday)
    assert begun <= ending.counted <= ending.last
    assert begun <= ending.warn_on <= ending.last
    assert weekday(ending.last) or not term.moves
    assert (ending.last - ending.counted).days <= 2


@given(TERMS, DAYS, st.integers(-5, 500), st.none() | st.integers(0, 500))
def test_a_term_stands_in_one_way_and_only_time_moves_it(term: Term, begun: date, at: int, met: int | None) -> None:
    ending, day = end_term(term, begun, weekday), begun + timedelta(days=at)
    done = None if met is None else begun + timedelta(days=met)
    state = ending.standing(done, day)
    assert (state in ("overdue", "lapsed")) == ((done is None or done > day) and day > ending.last)
    assert state != "overdue" or not term.citizen
    if ending.warned(done, day):
        assert state == "running"


@given(st.integers(1, 400), DAYS, st.integers(0, 900))
def test_a_proof_holds_from_its_day_to_its_last(days: int, issued: date, later: int) -> None:
    lasts, at = Term(days, warn=10), issued + timedelta(days=later)
    state = proof_state(issued, lasts, at)
    assert (state == "expired") == (later > days)
    assert proof_state(issued, lasts, issued - timedelta(days=1)) == "missing"
    assert proof_state(None, lasts, at) == "missing"
    assert (state == "expiring") == (max(1, days - 10) <= later <= days)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be counted"):
        Term(-1)
    with pytest.raises(InputError, match="beyond the calendar"):
        end_term(Term(9000, "years"), date(2026, 1, 1), weekday)
