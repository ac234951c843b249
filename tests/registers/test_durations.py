"""Durations: what is read, what is refused, and that the canonical text reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.registers.pure.durations import Duration
from bihuan.registers.pure.errors import RegisterError


@pytest.mark.parametrize(
    ("text", "amount", "unit", "due_at"),
    [
        ("2h", 2, "hours", "same_time"),
        ("30min", 30, "minutes", "same_time"),
        ("24 hours", 24, "hours", "same_time"),
        ("7d", 7, "days", "same_time"),
        ("7 days", 7, "days", "same_time"),
        ("1 day", 1, "days", "same_time"),
        ("7 working days", 7, "working_days", "end_of_day"),
        ("1 working days", 1, "working_days", "end_of_day"),
        ("  7   WORKING days ", 7, "working_days", "end_of_day"),
        ("3 working days, same time", 3, "working_days", "same_time"),
        ("7 days, end of day", 7, "days", "end_of_day"),
        ("end of month", 0, "month_end", "end_of_day"),
    ],
)
def test_reads_what_programmes_write(text: str, amount: int, unit: str, due_at: str) -> None:
    assert Duration.parse(text) == Duration(amount, unit, due_at)  # type: ignore[arg-type]  # literals in a table


@pytest.mark.parametrize(
    "text",
    ["", "7", "days", "0 days", "-1 days", "1.5h", "7 fortnights", "2h, end of day", "7 days, tomorrow",
     "3 end of month", "36501 days", "7 days same time", "七天"],
)  # fmt: skip
def test_refuses_the_rest_and_says_how_to_write_it(text: str) -> None:
    with pytest.raises(RegisterError) as caught:
        Duration.parse(text)
    assert caught.value.rule
    assert caught.value.remedy


@given(
    st.integers(1, 36_500),
    st.sampled_from(["minutes", "hours", "days", "working_days"]),
    st.sampled_from(["same_time", "end_of_day"]),
)
def test_canonical_text_reads_back(amount: int, unit: str, due_at: str) -> None:
    if unit in ("minutes", "hours"):
        due_at = "same_time"
    duration = Duration(amount, unit, due_at)  # type: ignore[arg-type]  # drawn from the literals
    assert Duration.parse(str(duration)) == duration
