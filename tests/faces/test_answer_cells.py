"""Cells of an answer: numbers lose zeros and no digits, a register's words stand for its codes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.faces.panels.cells import short, words_of
from bihuan.subjects.catalogue import subject_types


@pytest.mark.parametrize(("text", "told"), [
    ("2.000000", "2"), ("0.250000", "0.25"), ("12.50", "12.50"), ("1200", "1200"), ("-0.100", "-0.1"), ("0.000", "0"),
])  # fmt: skip
def test_zeros_that_say_nothing_go(text: str, told: str) -> None:
    assert short(text) == told


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_no_digit_is_lost(value: Decimal) -> None:
    assert Decimal(short(f"{value:f}")) == value


def test_a_column_takes_the_words_of_the_field_it_came_from() -> None:
    kind = next(each for each in subject_types().values() if any(rule.choices for rule in each.fields.values()))
    field = next(name for name, rule in kind.fields.items() if rule.choices)
    words = words_of({"other": (kind, field), "number": (kind, kind.key)})
    assert {code: label.zh for code, label in words["other"].items()} == {
        each.code: each.zh for each in kind.fields[field].choices
    }
    assert "number" not in words
